"""Which runs have one supernet: neither a device nor a seed of the search is part of what makes it."""

from functools import partial
from itertools import product
from pathlib import Path

import pytest

from mobilenas.cli.composing import composed
from mobilenas.pipeline import Plan, plan
from mobilenas.pipeline.artifacts import artifacts_of

SEEDS, HARDWARE = ("0", "1"), ("cpu", "openvino")
FOR_NO_DEVICE = ("experiment=moga", "method=uniform", "method=sandwich")
FOR_A_DEVICE = ("experiment=fbnet", "experiment=proxyless_g", "experiment=proxyless_r")


def planned(outputs: Path, *overrides: str) -> Plan:
    return plan(composed(*overrides, f"outputs={outputs}", "search_space.stages=2"), "")


def supernets(outputs: Path, *overrides: str) -> set[str]:
    """The fingerprints of the supernets of two devices and two seeds."""
    found = partial(planned, outputs, *overrides)
    plans = [found(f"hardware={one}", f"seed={seed}") for one, seed in product(HARDWARE, SEEDS)]
    assert len({one.run.folder for one in plans}) == len(plans)
    return {artifacts_of(one.stages)["supernet"].fingerprint for one in plans}


@pytest.mark.parametrize("method", FOR_NO_DEVICE)
def test_runs_share_a_supernet_that_was_not_trained_for_a_device(method: str, tmp_path: Path) -> None:
    assert len(supernets(tmp_path, method)) == len(SEEDS)
    assert len(supernets(tmp_path, method, "supernet_seed=0")) == 1


@pytest.mark.parametrize("method", FOR_A_DEVICE)
def test_a_supernet_that_was_trained_for_a_device_is_shared_by_its_runs_alone(method: str, tmp_path: Path) -> None:
    assert len(supernets(tmp_path, method, "supernet_seed=0")) == len(HARDWARE)


def test_a_run_with_the_seed_of_its_supernet_is_the_same_run_as_without(tmp_path: Path) -> None:
    alone, shared, other = (
        planned(tmp_path, "seed=1", *more) for more in ([], ["supernet_seed=1"], ["supernet_seed=0"])
    )
    assert alone.run.folder == shared.run.folder != other.run.folder
    names = {
        name
        for name, one in artifacts_of(other.stages).items()
        if one.fingerprint != artifacts_of(alone.stages)[name].fingerprint
    }
    assert "supernet" in names and "profile" not in names


def test_the_searches_of_a_shared_supernet_have_seeds_of_their_own(tmp_path: Path) -> None:
    stages = {one.name: one for one in planned(tmp_path, "seed=3", "supernet_seed=0").stages}
    assert {name: one.run.seed for name, one in stages.items() if name in ("supernet", "search", "retrain")} == {
        "supernet": 0, "search": 3, "retrain": 3,
    }  # fmt: skip
