"""How many processes fit into Ray's machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def machines() -> list[Mapping[str, float]]:
    """Returns the resources of each machine of the connected Ray that is alive, whether they are used or not."""
    import ray

    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def room_for(cpus: float, gpus: float, resources: Iterable[Mapping[str, float]]) -> int:
    """Returns how many processes fit into the machines; the cores and GPUs of a process are those of one machine.

    Args:
        cpus: number of cores of a process, above 0
        gpus: number of GPUs of a process, 0 or more
        resources: the resources of each machine
    """
    return sum(
        int(min(one.get("CPU", 0) / cpus, one.get("GPU", 0) / gpus if gpus else float("inf"))) for one in resources
    )


def most_of(name: str, resources: Iterable[Mapping[str, float]]) -> float:
    """Returns the largest amount of a resource that one machine has."""
    return max((one.get(name, 0) for one in resources), default=0)
