"""The room in Ray's machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def machines() -> list[Mapping[str, float]]:
    """Returns the resources of each machine of the connected Ray that is alive, whether they are used or not."""
    import ray

    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def room_for(cpus: float, gpus: float, resources: Iterable[Mapping[str, float]]) -> int:
    """Returns how many processes of some cores and GPUs fit into machines, each within one machine.

    Args:
        cpus: number of cores of a process, above 0
        gpus: number of GPUs of a process, 0 or more
        resources: the resources of each machine
    """
    return sum(
        int(min(one.get("CPU", 0) / cpus, one.get("GPU", 0) / gpus if gpus else float("inf"))) for one in resources
    )


def most_of(name: str, resources: Iterable[Mapping[str, float]]) -> float:
    """Returns the most of a resource that a machine has."""
    return max((one.get(name, 0) for one in resources), default=0)
