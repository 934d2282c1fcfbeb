"""A search's stage: whose weights score, what its result depends on, and what runs may share of it."""

from pathlib import Path
from typing import NamedTuple

import pytest
import torch

from mobilenas.evaluation import Evaluation, Store
from mobilenas.hardware import LatencyTable
from mobilenas.pipeline import Plan, plan, run
from mobilenas.stages import SearchRecord, SearchStage, SupernetStage
from mobilenas.supernet import Supernet, save_supernet
from tests.executor.trials import lines
from tests.stages.phones import LAYERWISE, MNASNET, MOGA, chosen, planned


class Device(NamedTuple):
    """A run on a device with a table of its own."""

    plan: Plan
    table: LatencyTable
    record: SearchRecord


def stage(made: Plan) -> SearchStage:
    (found,) = (one for one in made.stages if isinstance(one, SearchStage))
    return found


def search(folder: Path, *overrides: str, layer_ms: float = 1.0) -> SearchStage:
    return stage(plan(chosen(folder, *overrides, layer_ms=layer_ms), ""))


def context(folder: Path, *overrides: str, layer_ms: float = 1.0) -> str:
    """What the store keys scores by."""
    return search(folder, *MNASNET, *overrides, layer_ms=layer_ms).evaluator().context


@pytest.mark.parametrize(
    "change",
    [
        "algorithm=ppo",
        "objective.beta=-1",
        "recipe.epochs=3",
        "executor.processes=2",
        "choose=1",
        "checkpoint_minutes=3",
        "executor.retries=0",
    ],
)
def test_runs_whose_scores_are_the_same_share_them(change: str, tmp_path: Path) -> None:
    assert context(tmp_path / "one") == context(tmp_path / "other", change)


@pytest.mark.parametrize(
    "change",
    [
        "evaluator.train_images=100",
        "recipe.lr=0.01",
        "seed=1",
        "search_space.kernels=[k3]",
        "data.split_seed=1",
        "trainer.precision=bf16-mixed",
        "executor.threads=2",
        "threads=2",
    ],
)
def test_runs_whose_scores_may_differ_keep_them_apart(change: str, tmp_path: Path) -> None:
    assert context(tmp_path / "one") != context(tmp_path / "other", change)


def test_a_new_device_needs_no_new_scores(tmp_path: Path) -> None:
    assert context(tmp_path / "one") == context(tmp_path / "other", layer_ms=2.0)


def test_the_same_threads_are_the_same_wherever_trials_run(tmp_path: Path) -> None:
    local = context(tmp_path / "local", "executor.threads=2")
    assert local == context(tmp_path / "ray", "executor=ray", "executor.threads=2")
    assert local == context(tmp_path / "threads", "threads=2")
    assert local != context(tmp_path / "one", "executor=ray", "executor.threads=1")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a supernet that was trained elsewhere."""
    torch.manual_seed(1)
    path = tmp_path_factory.mktemp("elsewhere") / "supernet.safetensors"
    save_supernet(Supernet(LAYERWISE), path)
    return path


def top1(folder: Path, *overrides: str) -> float:
    """The score of a path by the run that has a supernet of its own, with random weights."""
    own = search(folder, *MOGA, *overrides)
    torch.manual_seed(0)
    (own.run.folder / "supernet").mkdir(parents=True)
    save_supernet(Supernet(LAYERWISE), own.run.folder / "supernet" / "supernet.safetensors")
    return own.evaluator().score((5,)).accuracy


def test_the_weights_that_are_given_score_in_place_of_the_run_s_own(weights: Path, tmp_path: Path) -> None:
    given = top1(tmp_path / "given", f"evaluator.weights={weights}")
    own = top1(tmp_path / "own")
    assert own != given
    torch.manual_seed(0)
    save_supernet(Supernet(LAYERWISE), tmp_path / "same.safetensors")
    assert top1(tmp_path / "same", f"evaluator.weights={tmp_path / 'same.safetensors'}") == own


@pytest.mark.parametrize(
    ("overrides", "reads", "needed"),
    [
        (MOGA, ("profile", "supernet"), True),
        ((*MOGA, "evaluator.weights=theirs"), ("profile",), False),
        ((*MOGA, "method=gumbel", "algorithm=sampled", "evaluator.weights=theirs"), ("profile", "supernet"), True),
        (MNASNET, ("profile",), None),
    ],
    ids=["its own weights", "given weights", "what the run's own has learned", "no supernet"],
)
def test_the_run_s_supernet_is_read_where_its_weights_or_what_it_has_learned_are_needed(
    overrides: tuple[str, ...], reads: tuple[str, ...], needed: bool | None, weights: Path, tmp_path: Path
) -> None:
    made = plan(chosen(tmp_path, *(one.replace("theirs", str(weights)) for one in overrides)), "")
    assert stage(made).reads == reads
    supernets = [one for one in made.stages if isinstance(one, SupernetStage)]
    assert [not one.unneeded for one in supernets] == ([] if needed is None else [needed])


def depends_on(folder: Path, *overrides: str) -> dict[str, object]:
    return dict(search(folder, *overrides).depends_on)


@pytest.mark.parametrize(
    ("preset", "change", "changed"),
    [
        (MNASNET, "objective.beta=-1", {"objective"}),
        (MNASNET, "scale.trials=7", {"algorithm"}),
        (MNASNET, "recipe.lr=0.01", {"scoring"}),
        (MNASNET, "threads=2", {"scoring"}),
        (MNASNET, "evaluator.epochs=3", {"scoring"}),
        (MNASNET, "search_space.kernels=[k3]", {"space"}),
        (MNASNET, "data.split_seed=1", {"data"}),
        (MNASNET, "trainer.precision=bf16-mixed", {"trainer"}),
        (MNASNET, "seed=1", {"seed"}),
        (MNASNET, "store=shared.sqlite", set()),
        (MNASNET, "retry_failures=true", set()),
        (MNASNET, "executor.processes=2", set()),
        (MNASNET, "choose=1", set()),
        (MOGA, "recipe.lr=0.01", set()),
        (MOGA, "threads=2", set()),
        (MOGA, "evaluator.calibration_images=64", {"scoring"}),
        ((*MOGA, "method=gumbel", "algorithm=sampled"), "objective=accuracy_latency", set()),
    ],
)
def test_the_result_depends_on_what_the_search_reads(
    preset: tuple[str, ...], change: str, changed: set[str], tmp_path: Path
) -> None:
    before, after = depends_on(tmp_path / "one", *preset), depends_on(tmp_path / "other", *preset, change)
    assert {name for name in before if before[name] != after[name]} == changed


def test_given_weights_are_known_by_what_the_file_holds(weights: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(weights.read_bytes())
    given, same = (depends_on(tmp_path / "run", *MOGA, f"evaluator.weights={path}") for path in (weights, copy))
    save_supernet(Supernet(LAYERWISE), copy)
    assert given == same != depends_on(tmp_path / "run", *MOGA, f"evaluator.weights={copy}")


def searched(folder: Path, *overrides: str, layer_ms: float, store: Path, notes: Path) -> Device:
    """A whole search whose evaluator notes its trials."""
    made = planned(folder, notes, f"store={store}", *overrides, layer_ms=layer_ms)
    run(made)
    table = LatencyTable.load(made.run.folder / "profile" / "latency.csv")
    return Device(made, table, SearchRecord.load(made.run.folder / "search"))


@pytest.fixture(scope="module")
def devices(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Device]]:
    """Two runs, one after the other, that share a store: on a phone, and on one that is half as fast."""
    folder = tmp_path_factory.mktemp("devices")
    shared = {"store": folder / "shared.sqlite", "notes": folder / "notes"}
    return folder, [
        searched(folder / name, layer_ms=layer_ms, **shared) for name, layer_ms in (("fast", 1.0), ("slow", 2.0))
    ]


def costs(device: Device) -> list[float]:
    """Of the architectures that were told, by the device's own table."""
    return [device.table.latency_ms(device.plan.space.network(one.architecture)) for one in device.record.told]


def test_a_run_on_another_device_evaluates_nothing_that_the_shared_store_holds(
    devices: tuple[Path, list[Device]],
) -> None:
    folder, (fast, slow) = devices
    assert [one.architecture for one in slow.record.told] == [one.architecture for one in fast.record.told]
    assert [one.accuracy for one in slow.record.told] == [one.accuracy for one in fast.record.told]
    assert len(fast.record.told) == len(lines(folder / "notes")) == 6


def test_what_is_told_has_the_latency_of_the_run_s_own_device(devices: tuple[Path, list[Device]]) -> None:
    folder, (fast, slow) = devices
    for device in (fast, slow):
        assert [one.latency_ms for one in device.record.told] == costs(device)
        assert {one.latency_ms for one in device.record.front} <= set(costs(device))
        assert sorted(one.latency_ms for one in device.record.ranking) == sorted(costs(device))
    assert costs(slow) == [2 * ms for ms in costs(fast)]
    with Store(folder / "shared.sqlite") as store:
        (only,) = store.contexts()
        assert [one.latency_ms for one in store.all(only)] == costs(fast)


def test_parameters_and_multiply_adds_are_those_of_the_networks(devices: tuple[Path, list[Device]]) -> None:
    _, (fast, _) = devices
    networks = [fast.plan.space.network(one.architecture) for one in fast.record.told]
    assert [(one.params, one.macs) for one in fast.record.told] == [(one.params, one.macs) for one in networks]


def test_the_record_holds_what_the_search_was_given(devices: tuple[Path, list[Device]]) -> None:
    _, (fast, _) = devices
    record = fast.record
    assert record.made_by == "RandomSearch: samples 6, batch 3"
    assert record.scored_by.startswith("each network trained by itself: 2 epochs, batch size 32")
    assert (record.target_ms, record.by_reward) == (0.1, True)


def test_networks_of_the_highest_reward_are_chosen(devices: tuple[Path, list[Device]]) -> None:
    _, (fast, _) = devices
    rewards: dict[Evaluation, float] = {
        one: one.accuracy * (one.latency_ms / 0.1) ** -0.07
        for one in fast.record.told  # MnasNet, Eq. 2
    }
    found = [one.evaluation for one in fast.record.chosen(fast.plan.space, 2)]
    assert found == sorted(rewards, key=rewards.__getitem__, reverse=True)[:2]


def test_a_search_for_a_front_has_no_ranking_and_no_target(tmp_path: Path) -> None:
    shared = {"store": tmp_path / "shared.sqlite", "notes": tmp_path / "notes"}
    found = searched(tmp_path / "run", "objective=accuracy_latency", layer_ms=1.0, **shared).record
    assert (found.ranking, found.target_ms, found.by_reward) == ((), None, False)
