"""Runs beside published networks: their names and sizes, and when the stage is there."""

from pathlib import Path

import pytest

from mobilenas.cli.composing import composed
from mobilenas.network import load_network, resized
from mobilenas.pipeline import Plan
from mobilenas.pipeline.baselines import PUBLISHED_BASELINES, baseline_networks
from mobilenas.pipeline.settings import Settings
from mobilenas.report.result import BaselineResult
from mobilenas.stages import BaselinesStage, RetrainRecord
from tests.given_weights import made, planned, refusal
from tests.shapes_on_disk import coco, masks

SEARCH = ("experiment=moga_a", "stages=[retrain]", "recipe.epochs=1", "recipe.least_steps=0", "scale.width=0.05")
TWO = "baselines=[mobilenet_v3_small,mobilenet_v2@0.5]"


def stage_of(plan: Plan) -> BaselinesStage:
    (stage,) = [one for one in plan.stages if isinstance(one, BaselinesStage)]
    return stage


def settings(*overrides: str) -> Settings:
    return composed("experiment=moga", *overrides)


def test_a_baseline_is_the_published_network_at_the_scale_of_the_run_and_its_own_width() -> None:
    full = settings("scale=full", TWO, "data=digits", "data.resolution=16")
    small, half = baseline_networks(full, full.data.load())
    assert (small.name, half.name) == ("mobilenet_v3_small", "mobilenet_v2-0.5")
    assert small == resized(load_network("mobilenet_v3_small"), 10, 16, 1.0, 1.0, full.scale.unstrided)
    assert half.ops == resized(load_network("mobilenet_v2"), 10, 16, 0.5, 1.0, full.scale.unstrided).ops


def test_every_network_of_the_ready_list_is_published_and_different_at_its_own_size() -> None:
    full = settings("scale=full", "baselines=published", "data=digits", "data.resolution=32")
    names = [name.replace("@", "-") for name in PUBLISHED_BASELINES]
    found = baseline_networks(full, full.data.load())
    assert [one.name for one in found] == names
    networks = [BaselineResult(one.name, 1.0, None, None, one.params, one.macs).network for one in found]
    assert networks == [name.partition("@")[0] for name in PUBLISHED_BASELINES]


def test_two_widths_with_the_same_channels_are_one_network(caplog: pytest.LogCaptureFixture) -> None:
    tiny = settings("scale=laptop", "scale.width=0.05", "baselines=[mobilenet_v2,mobilenet_v2@0.99]")
    (one,) = baseline_networks(tiny, tiny.data.load())
    assert one.name == "mobilenet_v2"
    assert "mobilenet_v2@0.99 is left out, because it has the same channels as mobilenet_v2" in caplog.text


@pytest.mark.parametrize(
    ("baselines", "said"),
    [
        ("[mobilenet_v9]", "baselines: 'mobilenet_v9' is no published network"),
        ("[mobilenet_v2@wide]", "baselines: mobilenet_v2@wide: the width after the @ must be a number"),
        ("[mobilenet_v2@0]", "must be a number from 0.01 to 10, not '0'"),
        ("[mobilenet_v2@nan]", "must be a number from 0.01 to 10, not 'nan'"),
        ("famous", "baselines must be"),
    ],
)
def test_a_wrong_baseline_is_told_before_any_work(baselines: str, said: str, tmp_path: Path) -> None:
    assert said in refusal(tmp_path, *SEARCH, f"baselines={baselines}")


def test_a_stage_without_a_baseline_is_told(tmp_path: Path) -> None:
    assert "add for example baselines=[mobilenet_v2@0.5]" in refusal(tmp_path, *SEARCH, "stages=[retrain,baselines]")


def test_a_run_with_given_weights_says_why_it_has_no_baselines(tmp_path: Path) -> None:
    from tests.given_weights import FINE_TUNE, as_given, weights

    given = f"weights={as_given(tmp_path, 'safetensors', weights())}"
    assert "baselines begin with new weights" in refusal(tmp_path, *FINE_TUNE, given, TWO)


def test_a_complete_run_is_continued_with_baselines_and_another_run_shares_them(tmp_path: Path) -> None:
    before = made(tmp_path, *SEARCH).run.folder
    (weights_file,) = before.glob("retrain/*/weights.safetensors")
    then = weights_file.stat().st_mtime_ns
    after = made(tmp_path, *SEARCH, TWO).run.folder
    assert after == before and weights_file.stat().st_mtime_ns == then
    trained = RetrainRecord.load(after / "baselines").networks
    assert [one.spec.name for one in trained] == ["mobilenet_v3_small", "mobilenet_v2-0.5"]
    other = made(tmp_path, *SEARCH, TWO, "experiment=mobilenetv3_small", "recipe=moga").run.folder
    assert other != after
    assert [one.weights.read_bytes() for one in RetrainRecord.load(other / "baselines").networks] == [
        one.weights.read_bytes() for one in trained
    ]


def test_the_stage_follows_the_training_and_its_recipe(tmp_path: Path) -> None:
    plan = planned(tmp_path, *SEARCH, TWO)
    assert [stage.name for stage in plan.wanted] == ["retrain", "baselines"]
    stage = stage_of(plan)
    assert stage.recipe == next(one for one in plan.stages if one.name == "retrain").recipe  # type: ignore[attr-defined]


@pytest.mark.parametrize("task", ["detection", "segmentation"])
def test_baselines_have_the_head_of_the_task(task: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (coco if task == "detection" else masks)(folder, train=3, test=2)
    one = composed(f"experiment={task}", "scale=full", f"data.root={folder}", "data.resolution=[96,128]", TWO)
    heads = [network.head for network in baseline_networks(one, one.data.load())]
    assert heads and all(isinstance(head, one.task.heads) for head in heads)
