"""Hypervolumes, means and costs of compared runs, beside pymoo's, numpy's and direct slow evaluations."""

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from pymoo.indicators.hv import Hypervolume

from mobilenas.comparison import Reference, compare_folders
from mobilenas.comparison.figures import Comparison, over_seeds
from mobilenas.comparison.rows import group_figures, run_rows
from mobilenas.evaluation import Evaluation
from tests.comparison.runs import write_search

SEEDS = (0, 1, 2)


@pytest.fixture
def told(tmp_path: Path) -> dict[int, list[Evaluation]]:
    """The evaluations of three runs that differ in their seed, without failures."""
    found = {seed: write_search(tmp_path / f"run-{seed}", seed) for seed in SEEDS}
    return {seed: [one for one in every if one.failure is None] for seed, every in found.items()}


def compared(folder: Path, *targets_ms: float, reference: Reference | None = None) -> Comparison:
    return compare_folders(sorted(folder.iterdir()), targets_ms, reference)


def test_a_hypervolume_is_that_of_pymoo_and_of_a_direct_evaluation(
    told: dict[int, list[Evaluation]], tmp_path: Path
) -> None:
    comparison = compared(tmp_path)
    every = [one for own in told.values() for one in own]
    slowest, least = max(one.latency_ms for one in every), min(one.accuracy for one in every)
    assert list(comparison.references.values()) == [Reference(slowest, least)]
    for seed, figures in zip(SEEDS, comparison.of(comparison.groups[0]), strict=True):
        points = np.array([[-one.accuracy, one.latency_ms] for one in told[seed]])
        assert figures.hypervolume == pytest.approx(Hypervolume(ref_point=np.array([-least, slowest]))(points))
        ends = sorted({one.latency_ms for one in told[seed]} | {slowest})
        area = sum(
            (end - begin) * (max(one.accuracy for one in told[seed] if one.latency_ms <= begin) - least)
            for begin, end in pairwise(ends)
        )
        assert figures.hypervolume == pytest.approx(area)


def test_a_given_reference_is_that_of_all_runs(told: dict[int, list[Evaluation]], tmp_path: Path) -> None:
    comparison = compared(tmp_path, reference=Reference(5.0, 0.3))
    points = np.array([[-one.accuracy, one.latency_ms] for one in told[1]])
    expected = Hypervolume(ref_point=np.array([-0.3, 5.0]))(points)
    assert comparison.of(comparison.groups[0])[1].hypervolume == pytest.approx(expected)


def test_means_and_deviations_over_seeds_are_those_of_numpy(told: dict[int, list[Evaluation]], tmp_path: Path) -> None:
    comparison = compared(tmp_path, 2.0, 4.0)
    (row,) = group_figures(comparison)
    for target in (2.0, 4.0):
        best = [max(one.accuracy for one in own if one.latency_ms <= target) for own in told.values()]
        assert float(row[f"best_within_{target:g}_ms_mean"]) == pytest.approx(np.mean(best))
        assert float(row[f"best_within_{target:g}_ms_std"]) == pytest.approx(np.std(best, ddof=1))
    areas = [float(one["hypervolume"]) for one in run_rows(comparison)]
    assert float(row["hypervolume_mean"]) == pytest.approx(np.mean(areas))
    assert float(row["hypervolume_std"]) == pytest.approx(np.std(areas, ddof=1))
    assert row["runs"] == "3"


def test_a_target_that_no_network_reaches_is_unknown_and_not_zero(
    told: dict[int, list[Evaluation]], tmp_path: Path
) -> None:
    fastest = [min(one.latency_ms for one in own) for own in told.values()]
    (row,) = group_figures(compared(tmp_path, 0.5, sorted(fastest)[0]))
    assert row["best_within_0.5_ms_mean"] == "" and row["best_within_0.5_ms_runs"] == "0"
    one = f"best_within_{sorted(fastest)[0]:g}_ms"
    assert row[f"{one}_runs"] in ("0", "1") and row[f"{one}_std"] == ""


def test_the_spread_of_a_single_run_is_unknown() -> None:
    assert over_seeds([0.5, None]).std is None
    assert over_seeds([None]).mean is None


def test_what_runs_share_costs_once(told: dict[int, list[Evaluation]], tmp_path: Path) -> None:
    costs = {one.stage: one for one in compared(tmp_path).costs}
    assert (costs["supernet"].runs, costs["supernet"].made, costs["supernet"].seconds) == (3, 1, 100.0)
    assert (costs["search"].runs, costs["search"].made, costs["search"].seconds) == (3, 3, 30.0)
    assert costs["search"].evaluations == 3 * 32 and costs["supernet"].evaluations is None


def test_devices_have_references_of_their_own(tmp_path: Path) -> None:
    write_search(tmp_path / "a")
    write_search(tmp_path / "b", 1, device={"engine": "litert"})
    comparison = compared(tmp_path)
    assert len(comparison.references) == 2
    assert any("of 2 different devices" in one and "onnxruntime; litert" in one for one in comparison.caveats)


def test_groups_are_named_by_what_differs_and_hold_seeds(tmp_path: Path) -> None:
    for seed in SEEDS:
        for population in (6, 8):
            algorithm = {"_target_": "mobilenas.algorithm.NSGA2", "population": population}
            write_search(tmp_path / f"{population}-{seed}", seed, {"algorithm": algorithm, "outputs": f"{seed}"})
    write_search(tmp_path / "other", 0, {"algorithm": {"_target_": "mobilenas.algorithm.Random", "samples": 3}})
    groups = compared(tmp_path).groups
    names = {group.name: [run.seed for run in group.runs] for group in groups}
    assert names == {
        "algorithm=NSGA2, algorithm.population=6": [0, 1, 2],
        "algorithm=NSGA2, algorithm.population=8": [0, 1, 2],
        "algorithm=Random": [0],
    }


def test_what_no_search_depends_on_divides_no_group(tmp_path: Path) -> None:
    supernet = {"_target_": "mobilenas.evaluator.SupernetScoring", "batch_size": 8}
    proxy = {"_target_": "mobilenas.evaluator.ProxyScoring", "batch_size": 8}
    for name, evaluator in (("supernet", supernet), ("proxy", proxy)):
        for seed, own in enumerate(({}, {"baselines": "published", "choose": 2, "recipe": {"lr": 0.5}})):
            write_search(tmp_path / name / str(seed), seed, {"evaluator": evaluator} | own)
    assert [len(group.runs) for group in compared(tmp_path / "supernet").groups] == [2]
    names = [group.name for group in compared(tmp_path / "proxy").groups]
    assert sorted(names) == ["recipe.lr=0.5", "recipe.lr=null"]


def test_a_search_that_two_runs_share_counts_once(tmp_path: Path) -> None:
    for name in "ab":
        write_search(tmp_path / name)
    shutil.copy(tmp_path / "a" / "search" / "artifact.json", tmp_path / "b" / "search" / "artifact.json")
    found = compared(tmp_path)
    assert [len(group.runs) for group in found.groups] == [1]
    assert found.left_out == (f"{tmp_path / 'b'} has the same search as {tmp_path / 'a'}.",)


def test_groups_that_differ_in_much_are_named_by_what_tells_them_apart(tmp_path: Path) -> None:
    common = {"algorithm": {"_target_": "mobilenas.algorithm.Random", "samples": 3}}
    many = {f"at_{place}": 1 for place in range(5)}
    for name, own in {"plain": {}, "many": many, "last": many | {"zeal": 2}}.items():
        write_search(tmp_path / name, 0, common | {"recipe": own})
    names = [group.name for group in compared(tmp_path).groups]
    assert len(set(names)) == len(names) == 3
    assert sorted(names) == [
        "recipe.at_0=1, recipe.zeal=2, and 4 more",
        "recipe.at_0=1, recipe.zeal=null, and 4 more",
        "recipe.at_0=null, recipe.zeal=null, and 4 more",
    ]


def test_a_supernet_of_its_own_is_told(tmp_path: Path) -> None:
    write_search(tmp_path / "a", supernet="one")
    write_search(tmp_path / "b", 1, supernet="two")
    assert any("scores of 2 different supernets" in one for one in compared(tmp_path).caveats)
