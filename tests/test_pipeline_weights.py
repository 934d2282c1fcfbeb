"""What the plan of a run makes of trained weights: the stage parent, the normalization, and the run's identity."""

import csv
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from mobilenas.data.normalization import NORMALIZATIONS, Normalization
from mobilenas.files.tensors import read_tensors
from mobilenas.pipeline import Plan
from mobilenas.pipeline.artifacts import artifacts_of
from mobilenas.search_space import MoGA
from mobilenas.settings import SettingsError
from mobilenas.stages import ParentStage, SupernetStage
from mobilenas.stages.retrain_record import RetrainRecord
from mobilenas.supernet import load_supernet
from tests.given_weights import (
    ADAPT,
    AROUND,
    AS_BEGUN,
    BRIEF,
    DIGITS,
    FINE_TUNE,
    MINE,
    NORMALIZATION,
    SPACE,
    as_given,
    made,
    planned,
    weights,
    write_run,
)
from tests.supernet.parents import trained

ALONE = ("stages=[profile,supernet,search,retrain]",)
SEARCH = {"parent", "supernet", "search", "retrain"}


def _fingerprints(plan: Plan) -> dict[str, str]:
    return {name: artifact.fingerprint for name, artifact in artifacts_of(plan.stages).items()}


def _parent(plan: Plan) -> ParentStage:
    (stage,) = [one for one in plan.stages if isinstance(one, ParentStage)]
    return stage


def _said(folder: Path, *overrides: str) -> Sequence[str]:
    with pytest.raises(SettingsError) as error:
        planned(folder, *overrides)
    return error.value.sentences


@pytest.mark.parametrize(
    ("classes", "names", "is_needed"),
    [
        (10, None, False),
        (7, None, True),
        (10, DIGITS, False),
        (10, DIGITS[::-1], False),  # the last layer is brought into the order of the digits
        (10, tuple("abcdefghij"), True),
    ],
    ids=["unnamed", "seven", "digits", "reversed", "letters"],
)
def test_the_parent_is_fine_tuned_exactly_if_its_last_layer_is_new(
    classes: int, names: Sequence[str] | None, is_needed: bool, tmp_path: Path
) -> None:
    own = weights(classes)
    given = write_run(tmp_path, own, names) if names else as_given(tmp_path, "safetensors", own)
    plan = planned(tmp_path, *AROUND, f"weights={given}")
    assert bool(_parent(plan).unneeded) != is_needed
    (supernet,) = [one for one in plan.stages if isinstance(one, SupernetStage)]
    assert ("parent" in supernet.reads) == is_needed
    assert plan.run.weights
    assert plan.run.weights.new == (("4.3.weight", "4.3.bias") if is_needed else ())


def test_the_supernet_inherits_the_weights_of_the_stage_parent(tmp_path: Path) -> None:
    given = as_given(tmp_path, "safetensors", weights(7))
    plan = made(tmp_path, *AROUND, *BRIEF, "supernet_recipe.epochs=0", "recipe.head_epochs=0.5", f"weights={given}")
    parent = read_tensors(plan.run.folder / "parent" / "weights.safetensors")
    supernet = load_supernet(SPACE, plan.run.folder / "supernet" / "supernet.safetensors")
    path = supernet.path(SPACE.architecture(MINE)).state_dict()
    assert all(torch.equal(path[name], tensor) for name, tensor in parent.items())
    assert plan.run.weights and not torch.equal(parent["4.3.weight"], plan.run.weights.tensors["4.3.weight"])
    record = RetrainRecord.load(plan.run.folder / "retrain")
    assert record.made_by.endswith(", beginning with weights inherited from the given network")


def test_the_stage_parent_scores_what_it_has_written(tmp_path: Path) -> None:
    given = as_given(tmp_path, "safetensors", weights(7))
    run = made(tmp_path, *AROUND, *BRIEF, "stages=[profile,parent]", f"weights={given}").run
    network = MINE.build().eval()
    network.load_state_dict(read_tensors(run.folder / "parent" / "weights.safetensors"))
    images, labels = next(iter(run.data.eval_loader("search", 1000)))
    right = (network(images).argmax(1) == labels).double().mean().item()
    mark = (run.folder / "parent" / "artifact.json").read_text()
    (score,) = re.findall(r'"search_top1": ([0-9.e-]+)', mark)
    assert float(score) == pytest.approx(right, abs=1e-9)


@pytest.mark.parametrize("classes", [7, 10])
def test_a_run_that_makes_the_parent_shows_everything_that_it_has_made(
    classes: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stages = "stages=[profile,supernet,search,retrain,report]"
    given = f"weights={as_given(tmp_path, 'safetensors', weights(classes))}"
    plan = made(tmp_path, *AROUND, *BRIEF, stages, given)
    assert "leaves out" not in caplog.text
    assert all(artifact.complete for name, artifact in artifacts_of(plan.stages).items() if name in plan.asked)
    rows = list(csv.DictReader((plan.run.folder / "report" / "networks.csv").read_text().splitlines()))
    results = RetrainRecord.load(plan.run.folder / "retrain").networks
    assert [float(row["test_accuracy"]) for row in rows] == pytest.approx([one.test_accuracy for one in results])
    before = {path: path.stat().st_mtime_ns for path in plan.run.folder.rglob("artifact.json")}
    made(tmp_path, *AROUND, *BRIEF, stages, given)
    assert {path: path.stat().st_mtime_ns for path in plan.run.folder.rglob("artifact.json")} == before


def test_networks_inherit_from_the_parent_whichever_stages_are_asked_for(tmp_path: Path) -> None:
    given = f"weights={as_given(tmp_path, 'safetensors', weights(7))}"
    first = made(tmp_path, *AROUND, *BRIEF, given)
    (again,) = {made(tmp_path, *AROUND, *BRIEF, given, "choose=3", f"stages=[{stages}]").run.folder for stages in (
        "retrain", "profile,parent,supernet,search,retrain",
    )}  # fmt: skip
    assert again != first.run.folder and (again / "parent" / "artifact.json").exists()
    before, after = (RetrainRecord.load(folder / "retrain").networks for folder in (first.run.folder, again))
    (known,) = [one for one in after if one.spec == before[0].spec]
    assert known.weights.read_bytes() == before[0].weights.read_bytes()


@pytest.mark.parametrize("preset", [FINE_TUNE, ADAPT, AROUND], ids=["fine_tune", "netadapt", "around"])
def test_weights_are_not_for_a_wider_network(preset: Sequence[str], tmp_path: Path) -> None:
    given = f"weights={as_given(tmp_path, 'safetensors', weights())}"
    (sentence,) = _said(tmp_path, *preset, given, "network_width=1.5")
    assert "network_width=1.5 makes channels that the weights have not: with weights it must be 1 or less" in sentence


def test_settings_of_a_teacher_need_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    given = f"weights={as_given(tmp_path, 'safetensors', weights())}"
    planned(tmp_path, *FINE_TUNE, given, "recipe.teacher_weight=0.3")
    assert "recipe.teacher_weight=0.3 has no effect, because there is no teacher: set recipe.teacher." in caplog.text
    caplog.clear()
    planned(
        tmp_path, *FINE_TUNE, given, "recipe.teacher_weight=0.3", f"recipe.teacher={write_run(tmp_path, weights())}"
    )
    assert "teacher_weight" not in caplog.text


def test_a_front_with_fewer_networks_than_are_wanted_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    given = f"weights={as_given(tmp_path, 'safetensors', weights())}"
    plan = made(tmp_path, *AROUND, *BRIEF, given, "choose=40")
    count = len(RetrainRecord.load(plan.run.folder / "retrain").networks)
    plural = "s" * (count != 1)
    assert 0 < count < 40 and f"choose=40, and there is no more than {count} network{plural} to" in caplog.text
    caplog.clear()
    made(tmp_path, *AROUND, *BRIEF, given, "choose=1")
    assert "to choose from" not in caplog.text


@pytest.mark.parametrize("preset", [FINE_TUNE, ADAPT], ids=["fine_tune", "netadapt"])
def test_a_last_layer_cannot_stay_random(preset: Sequence[str], tmp_path: Path) -> None:
    given = f"weights={as_given(tmp_path, 'safetensors', weights(7))}"
    (sentence,) = _said(tmp_path, *preset, "recipe.epochs=0", given)
    assert "recipe.epochs=0 would leave the last layer of the given network random" in sentence


def test_the_parent_that_a_supernet_needs_is_made_without_being_asked_for(tmp_path: Path) -> None:
    given = f"weights={as_given(tmp_path, 'safetensors', weights(7))}"
    assert planned(tmp_path, *AROUND, *BRIEF, "stages=[profile,supernet]", given).asked[0] == "parent"
    assert "parent" not in planned(tmp_path, *AROUND, *BRIEF, "stages=[profile]", given).asked


def test_a_parent_that_no_supernet_reads_is_not_fine_tuned(tmp_path: Path) -> None:
    given = f"weights={as_given(tmp_path, 'safetensors', weights(7))}"
    around = [one for one in AROUND if one != "evaluator.random_architectures=2"]
    trials = (*around, "evaluator=proxy_task", given)
    assert "parent" not in _fingerprints(planned(tmp_path, *trials, "stages=[profile,search,retrain]"))
    (sentence,) = _said(tmp_path, *trials, "stages=[profile,parent,search]")
    assert sentence.startswith("The stage parent fine-tunes the network whose weights a supernet inherits")
    other = made(tmp_path, *AROUND, *BRIEF, "stages=[profile,parent,supernet]", given).run.folder
    there = f"evaluator.weights={other / 'supernet' / 'supernet.safetensors'}"
    assert _parent(planned(tmp_path, *AROUND, there, given)).unneeded == "evaluator.weights are given"


def test_no_training_cannot_make_a_new_last_layer_useful(tmp_path: Path) -> None:
    given = f"weights={as_given(tmp_path, 'safetensors', weights(7))}"
    (sentence,) = _said(tmp_path, *AROUND, "recipe.epochs=0", given)
    assert sentence.startswith("recipe.epochs=0 would leave the last layer of the given network random: set recipe.")


@pytest.mark.parametrize("classes", [7, 10])
def test_a_last_layer_that_is_not_new_does_not_train_alone(
    classes: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    planned(
        tmp_path, *FINE_TUNE, "recipe.head_epochs=1", f"weights={as_given(tmp_path, 'safetensors', weights(classes))}"
    )
    assert ("recipe.head_epochs=1 has no effect" in caplog.text) == (classes == 10)


@pytest.mark.parametrize("classes", [7, 10])
def test_other_weights_are_another_run_whose_trainings_are_made_again(classes: int, tmp_path: Path) -> None:
    path = as_given(tmp_path, "safetensors", weights(classes))
    before = planned(tmp_path, *AROUND, f"weights={path}")
    save_file(weights(classes, seed=1), path)
    after = planned(tmp_path, *AROUND, f"weights={path}")
    assert before.run.folder != after.run.folder
    one, other = _fingerprints(before), _fingerprints(after)
    assert {name for name in one if one[name] != other[name]} == SEARCH | {"report"}


@pytest.mark.parametrize("preset", [FINE_TUNE, ADAPT, AROUND], ids=["fine_tune", "netadapt", "around"])
def test_the_place_and_the_form_of_weights_do_not_name_the_run(preset: Sequence[str], tmp_path: Path) -> None:
    path = Path(as_given(tmp_path, "safetensors", weights()))
    shutil.copyfile(path, tmp_path / "copy.safetensors")
    places = (path, tmp_path / "copy.safetensors", as_given(tmp_path, "state_dict", weights()))
    first, *others = [planned(tmp_path, *preset, f"weights={place}") for place in places]
    for other in others:
        assert other.run.folder == first.run.folder
        assert _fingerprints(other) == _fingerprints(first)


@pytest.mark.parametrize("preset", [FINE_TUNE, ADAPT, AROUND], ids=["fine_tune", "netadapt", "around"])
def test_images_are_normalized_as_the_weights_need_it_unless_the_user_says_otherwise(
    preset: Sequence[str], tmp_path: Path
) -> None:
    run, bare = (as_given(tmp_path, form, weights()) for form in ("run", "safetensors"))
    six = "[0.1,0.2,0.3,0.4,0.5,0.6]"
    given = {
        own: planned(tmp_path, *preset, f"weights={run}", f"data.normalization={own}").run
        for own in ("null", "measured", "imagenet", six)
    }
    measured = planned(tmp_path, *preset, f"weights={bare}").run
    assert given["null"].data.normalization == NORMALIZATION
    assert given["measured"].data.normalization == measured.data.normalization != NORMALIZATION
    assert given["imagenet"].data.normalization == Normalization.of(NORMALIZATIONS["imagenet"])
    assert given[six].data.normalization == Normalization((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    assert given["measured"].data.fingerprint == measured.data.fingerprint
    assert len({one.data.fingerprint for one in given.values()}) == 4
    assert len({one.folder for one in given.values()}) == 4


def test_a_trained_network_tells_which_normalization_it_was_trained_with(tmp_path: Path) -> None:
    first = made(tmp_path, *FINE_TUNE, *AS_BEGUN, f"weights={as_given(tmp_path, 'run', weights())}").run
    again = planned(tmp_path, *FINE_TUNE, f"weights={first.folder}", "recipe.lr=0.1").run
    assert first.data.normalization == again.data.normalization == NORMALIZATION


def test_weights_without_their_network_are_refused(tmp_path: Path) -> None:
    path = as_given(tmp_path, "safetensors", weights())
    (sentence,) = _said(tmp_path, "experiment=moga", "network_file=null", f"weights={path}")
    assert sentence.startswith(f"weights={path} needs the network that was trained: add network=")


def test_weights_with_which_nothing_begins_are_refused(tmp_path: Path) -> None:
    given = f"weights={as_given(tmp_path, 'safetensors', weights())}"
    (sentence,) = _said(tmp_path, *AROUND, *ALONE, "method.init=random", "recipe.init=random", given)
    assert "has no effect, because neither the supernet nor the networks begin with them" in sentence
    planned(tmp_path, *AROUND, *ALONE, "method.init=random", "recipe.init=given", given)
    planned(tmp_path, *AROUND, "method.init=inherit", "recipe.init=random", given)


def test_weights_bring_the_recipe_of_fine_tuning_unless_another_is_chosen(tmp_path: Path) -> None:
    given = f"weights={as_given(tmp_path, 'safetensors', weights())}"
    preset = ("experiment=moga_a", "stages=[retrain]")
    lrs = [
        planned(tmp_path, *preset, *own).stages[-2].recipe.lr  # type: ignore[attr-defined]
        for own in ((), (given,), (given, "recipe=moga"))
    ]
    assert lrs[0] == lrs[2] != lrs[1] == 0.02


@pytest.mark.parametrize("preset", ["fine_tune", "around"])
def test_published_weights_of_a_network_that_the_scale_has_narrowed_are_refused_with_the_way_out(
    preset: str, tmp_path: Path
) -> None:
    file = as_given(tmp_path, "safetensors", weights())
    (sentence,) = _said(tmp_path, f"experiment={preset}", "network_file=null", f"weights={file}")
    assert sentence.startswith("scale=laptop makes the network 0.25 times as wide, and scale=full leaves it as it is: ")


@torch.no_grad()
def test_another_space_computes_with_the_epsilon_and_the_padding_of_the_network_that_it_inherits(
    tmp_path: Path,
) -> None:
    """The parent has the options of MoGA's space with kernel 3, but other batch norms and another padding."""
    moga = MoGA(0.25, stages=1, blocks=2, hidden=0.25, unstrided=1, candidates=("e3_k3", "e6_k5")).space(10, 8)
    plain = moga.network([0] * len(moga.options))
    parent = replace(plain, norm=replace(plain.norm, eps=0.5), padding="same")
    (tmp_path / "parent.yaml").write_text(parent.to_yaml())
    save_file(trained(parent), tmp_path / "parent.safetensors")
    settings = (
        "experiment=moga", "method=uniform", "method.init=inherit", "search_space.stages=1", "scale.unstrided=1",
        "search_space.candidates=[e3_k3,e6_k5]", "supernet_recipe.epochs=0", "evaluator.random_architectures=1",
        "stages=[supernet]", f"weights={tmp_path / 'parent.safetensors'}",
    )  # fmt: skip
    run = made(tmp_path, *settings, f"network_file={tmp_path / 'parent.yaml'}").run
    supernet = load_supernet(run.layerwise, run.folder / "supernet" / "supernet.safetensors").eval()
    network = parent.build().eval()
    network.load_state_dict(trained(parent))
    images = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(supernet(images, [0] * len(moga.options)), network(images))
    unlike = plain.build().eval()
    unlike.load_state_dict(trained(parent))
    assert not torch.allclose(unlike(images), network(images), rtol=0.01)
