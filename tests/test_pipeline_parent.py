"""A search that begins with a given network: around it, or with its weights."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from mobilenas.cli.composing import composed
from mobilenas.data.marks import NO_MARKS, Marks
from mobilenas.network import NetworkSpec, improve, load_network, resized, scale_width
from mobilenas.ops import Classifier, Conv, MBConv, Shape
from mobilenas.pipeline import Plan, plan
from mobilenas.search_space import Around, LayerwiseSpace, MoGA
from mobilenas.settings import SettingsError
from mobilenas.stages import ProfileStage, RetrainStage, SupernetStage
from mobilenas.supernet import inherited, load_supernet
from tests.supernet.parents import trained

OPS = (Conv(8, 3, stride=2), MBConv(8, 3, expanded=24, residual=True), MBConv(16, 3, expanded=48), Classifier(4))
SMALL = NetworkSpec(Shape(3, 32, 32), OPS, name="small")
NAMED = ("search_space=around", "network=mobilenet_v2")
INHERIT = ("method.init=inherit", "network=mobilenet_v3_large")


def _plan(tmp_path: Path, *overrides: str) -> Plan:
    table = tmp_path / "phone.csv"
    table.write_text("layer,latency_ms\nskip,0.0\n")
    places = (f"hardware.path={table}", f"outputs={tmp_path}")
    return plan(composed("experiment=moga", "hardware=table", *places, "trainer.accelerator=cpu", *overrides), "")


def _file(tmp_path: Path, network: NetworkSpec = SMALL) -> tuple[str, ...]:
    path = tmp_path / "small.yaml"
    path.write_text(network.to_yaml())
    return "search_space=around", f"network_file={path}"


def _stage(made: Plan, kind: type) -> Any:
    return next(stage for stage in made.stages if isinstance(stage, kind))


@dataclass(frozen=True)
class Given:
    """Weights as a user gives them."""

    tensors: Mapping[str, Tensor]
    fingerprint: str = "abc"
    new: tuple[str, ...] = ()
    trained_on: Marks = field(default_factory=NO_MARKS.copy)


def test_the_space_lies_around_the_network_at_the_runs_size(tmp_path: Path) -> None:
    made = _plan(tmp_path, *NAMED, "network_width=0.5")
    expected = scale_width(resized(load_network("mobilenet_v2"), 10, 8, 0.25, 0.25, 2), 0.5)
    assert (made.run.parent, made.run.networks) == (expected, ())
    assert made.space.name == "around-mobilenet_v2"
    assert isinstance(made.space, LayerwiseSpace)
    assert made.space.network(made.space.architecture(expected)) == expected
    assert [stage.name for stage in made.stages] == ["profile", "supernet", "search", "retrain", "report"]


def test_a_network_of_a_file_has_its_own_size_and_the_datas(tmp_path: Path) -> None:
    made = _plan(tmp_path, *_file(tmp_path))
    assert made.run.parent == NetworkSpec(Shape(3, 8, 8), (*OPS[:-1], Classifier(10)))
    assert made.space.options == (6, 6)


def test_the_run_is_the_same_whichever_of_its_stages_are_asked_for(tmp_path: Path) -> None:
    for overrides in (NAMED, _file(tmp_path)):
        whole = _plan(tmp_path, *overrides)
        for stages in ("[profile]", "[retrain,report]", "[profile,supernet]"):
            some = _plan(tmp_path, *overrides, f"stages={stages}")
            assert (some.run.folder, some.run.parent) == (whole.run.folder, whole.run.parent)


def test_other_spaces_have_a_parent_only_to_inherit_from(tmp_path: Path) -> None:
    made = _plan(tmp_path, "experiment=moga_a", "network=mobilenet_v3_large", "stages=[profile,retrain]")
    assert made.run.parent is None and len(made.run.networks) == 1


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (
            ("search_space=around",),
            "search_space=around needs the network that the space lies around: add for example network=mobilenet_v2",
        ),
        (
            ("network=mobilenet_v2",),
            "leave out network, or leave out the stages supernet and search, for example with"
            " stages=[profile,retrain,report]; or add search_space=around to search around the network, or"
            " method.init=inherit to begin with its weights.",
        ),
        (
            ("method.init=inherit",),
            "method.init=inherit needs a network and its weights: add network=... and weights=..., or choose",
        ),
        (INHERIT, "method.init=inherit needs trained weights: add weights=..., or choose method.init=random."),
        ((*NAMED, "method.init=inherit"), "method.init=inherit needs trained weights: add weights=..."),
        (("network_width=0.5",), "network_width=0.5 has no effect, because no network is given"),
    ],
    ids=str,
)
def test_what_is_missing_is_told_before_any_work(overrides: tuple[str, ...], said: str, tmp_path: Path) -> None:
    table = tmp_path / "phone.csv"
    table.write_text("layer,latency_ms\nskip,0.0\n")
    settings = composed(
        "experiment=moga", "hardware=table", f"hardware.path={table}", f"outputs={tmp_path}", *overrides
    )
    with pytest.raises(SettingsError, match=re.escape(said)):
        plan(settings, "", overrides)
    assert {path.name for path in tmp_path.iterdir()} == {"phone.csv"}


def test_a_space_whose_skeleton_does_not_agree_is_told_before_any_work(tmp_path: Path) -> None:
    made = _plan(tmp_path, *_file(tmp_path))
    stage = _stage(made, SupernetStage)
    run = replace(made.run, space=MoGA().space(10, 8), weights=Given({}))
    with pytest.raises(ValueError, match="moga cannot inherit the weights of small: in layer 0 the space has"):
        replace(stage, run=run, method=replace(stage.method, init="inherit")).check()


def test_improvements_change_the_network_and_not_what_is_found_around_it(tmp_path: Path) -> None:
    change = ("network=mobilenet_v3_large", "search_space=around", "improvements=[relu]")
    made = _plan(tmp_path, *change)
    expected = resized(improve(load_network("mobilenet_v3_large"), ["relu"]), 10, 8, 0.25, 0.25, 2)
    assert made.run.parent == expected
    assert _stage(made, RetrainStage).choice.improvements == ()


def test_in_another_space_improvements_change_what_is_found(tmp_path: Path) -> None:
    made = _plan(tmp_path, *INHERIT, "improvements=[h_swish@80]", "stages=[profile]")
    assert made.run.parent == resized(load_network("mobilenet_v3_large"), 10, 8, 0.25, 0.25, 2)
    assert made.space.name == "moga"
    assert _stage(made, RetrainStage).choice.improvements == ("h_swish@20",)


def test_netadapt_makes_the_given_network_narrower_whatever_the_space(tmp_path: Path) -> None:
    made = _plan(tmp_path, "experiment=netadapt", "network=mobilenet_v2", "search_space=around")
    assert made.run.parent is None
    assert made.space.name == "mobilenet_v2 at all widths"


def test_another_file_is_another_run_even_under_the_same_name(tmp_path: Path) -> None:
    other = replace(SMALL, ops=(OPS[0], replace(OPS[1], kernel=5), *OPS[2:]))
    around = [_plan(tmp_path, *_file(tmp_path, network)).run.folder for network in (SMALL, SMALL, other)]
    given = [
        _plan(tmp_path, *_file(tmp_path, network)[1:], "method.init=inherit", "stages=[profile]").run.folder
        for network in (SMALL, other)
    ]
    assert around[0] == around[1]
    assert len({*around, *given}) == 4


def test_the_supernet_depends_on_what_it_inherits(tmp_path: Path) -> None:
    made = _plan(tmp_path, *_file(tmp_path))
    stage = _stage(made, SupernetStage)
    assert not {"parent", "weights"} & stage.depends_on.keys()
    inherits = replace(stage, method=replace(stage.method, init="inherit"))
    one, other = (
        replace(inherits, run=replace(made.run, weights=Given({}, name))).depends_on for name in ("abc", "def")
    )
    assert one["parent"] == made.run.parent.to_yaml()  # type: ignore[union-attr]
    assert (one["weights"], other["weights"]) == ("abc", "def")
    assert {name for name in one if one[name] != other[name]} == {"weights"}


def test_the_stage_trains_a_supernet_that_begins_with_the_parents_weights(tmp_path: Path) -> None:
    """With a learning rate of almost nothing it ends as it began."""
    made = _plan(
        tmp_path, *_file(tmp_path), "method=uniform", "supernet_recipe.epochs=1", "supernet_recipe.weight_decay=0",
        "supernet_recipe.lr=1e-20", "evaluator.random_architectures=1", "supernet_recipe.least_steps=1",
    )  # fmt: skip
    parent, space = made.run.parent, made.space
    assert parent is not None and isinstance(space, LayerwiseSpace)
    weights = trained(parent)
    stage = _stage(made, SupernetStage)
    stage = replace(stage, run=replace(made.run, weights=Given(weights)), method=replace(stage.method, init="inherit"))
    stage.check()
    folder = tmp_path / "stage"
    folder.mkdir()
    stage.make(folder, ())
    found = load_supernet(space, folder / "supernet.safetensors")
    expected = inherited(space, parent, weights)
    for name, weight in found.named_parameters():
        torch.testing.assert_close(weight.detach(), expected[name])


def test_the_profile_measures_all_candidates_around_the_network(tmp_path: Path) -> None:
    made = _plan(tmp_path, *_file(tmp_path))
    assert _stage(made, ProfileStage).run.space == Around(made.run.parent).space(10, 8)
