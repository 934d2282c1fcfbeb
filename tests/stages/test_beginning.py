"""The weights that the chosen networks begin with, and what is refused before any work."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from mobilenas.adaptation import NetAdapt
from mobilenas.data.marks import NO_MARKS, Marks
from mobilenas.evaluation import Evaluation
from mobilenas.stages import Choice, RetrainStage, Run
from mobilenas.stages.beginning import beginning_of, check_beginning, weights_from
from mobilenas.stages.chosen import Chosen
from mobilenas.supernet import Supernet, save_supernet
from mobilenas.tracking import CsvLog
from mobilenas.training import Recipe, Trainer, Training
from mobilenas.training.accuracy import recalibrate
from tests.training import tiny

RECIPE = Recipe(2, 512, 0.05)
SCRATCH = Choice(NetAdapt(target_share=0.5, after="scratch"))
KEEPING = NetAdapt(target_share=0.5, after="fine_tune")
FOUND = Chosen(tiny.SPEC, Evaluation((0, 1), 0.5, 1.0, 10, 10))


@dataclass(frozen=True)
class Given:
    """Weights as a file gives them."""

    tensors: Mapping[str, Tensor]
    new: tuple[str, ...] = ()
    fingerprint: str = "given"
    trained_on: Marks = field(default_factory=NO_MARKS.copy)


def _run(folder: Path, given_network: bool = False, weights: Given | None = None) -> Run:
    training = Training(Trainer(accelerator="cpu", devices=1), CsvLog(), 1, 60.0)
    networks = (tiny.SPEC,) if given_network else ()
    return Run(folder, tiny.SPACE, tiny.data(), training, networks=networks, weights=weights)


@pytest.mark.parametrize(
    ("init", "network", "weights", "source"),
    [
        ("auto", True, True, "given"),
        ("auto", True, False, "random"),
        ("auto", False, False, "random"),
        ("given", True, True, "given"),
        ("random", True, True, "random"),
        ("supernet", False, False, "supernet"),
    ],
)
def test_weights_come_from_where_the_recipe_says(
    init: str, network: bool, weights: bool, source: str, tmp_path: Path
) -> None:
    run = _run(tmp_path, network, Given(tiny.begin(), tiny.new()) if weights else None)
    recipe = replace(RECIPE, init=init)  # type: ignore[arg-type]
    check_beginning(run, recipe, Choice())
    assert weights_from(run, recipe, Choice()) == source
    if source != "supernet":
        begin = beginning_of(run, recipe, Choice(), FOUND)
        assert begin.new == (tiny.new() if source == "given" else ())
        assert (begin.tensors is not None) == (source == "given")


@pytest.mark.parametrize(
    ("init", "epochs", "network", "choice", "said"),
    [
        ("given", 2, True, Choice(), "^recipe.init=given needs .* add network=... and weights="),
        ("given", 2, False, Choice(), "^recipe.init=given needs a network with weights"),
        ("supernet", 2, True, Choice(), "^recipe.init=supernet is for networks that a search has found"),
        (
            "supernet",
            2,
            False,
            Choice(improvements=("relu",)),
            "^improvements=.* would change a network after",
        ),
        ("supernet", 2, False, Choice(NetAdapt(target_share=0.5)), "^recipe.init=supernet cannot be with NetAdapt"),
        ("auto", 0, True, Choice(), "^recipe.epochs=0 trains nothing, and the weights would be random"),
        ("auto", 0, True, SCRATCH, "^recipe.epochs=0 trains nothing, and the weights would be random"),
        ("auto", 2, True, Choice(KEEPING, ("relu",)), "fit: leave out .* or set after=scratch of netadapt"),
    ],
)
def test_weights_that_cannot_be_are_refused(
    init: str, epochs: int, network: bool, choice: Choice, said: str, tmp_path: Path
) -> None:
    stage = RetrainStage(_run(tmp_path, network), replace(RECIPE, init=init, epochs=epochs), choice, 128)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=said):
        stage.check()


def _supernet(folder: Path) -> Supernet:
    torch.manual_seed(3)
    supernet = Supernet(tiny.SPACE)
    (folder / "supernet").mkdir()
    save_supernet(supernet, folder / "supernet" / "supernet.safetensors")
    return supernet.eval()


@pytest.mark.parametrize("architecture", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_found_network_begins_as_its_path(architecture: tuple[int, ...], tmp_path: Path) -> None:
    supernet, recipe = _supernet(tmp_path), replace(RECIPE, init="supernet")
    spec = tiny.SPACE.network(architecture)
    found = Chosen(spec, Evaluation(architecture, 0.5, 1.0, 10, 10))
    begin = beginning_of(_run(tmp_path), recipe, Choice(), found)
    network = spec.build().eval()
    assert begin.tensors is not None
    network.load_state_dict(dict(begin.tensors))
    images, _ = next(iter(tiny.data().eval_loader("search", 16)))
    assert torch.equal(network(images), supernet(images, architecture))


def test_statistics_that_will_be_frozen_are_those_of_the_path_alone(tmp_path: Path) -> None:
    supernet = _supernet(tmp_path)
    recipe = replace(RECIPE, init="supernet", norm_statistics="frozen", calibration_images=256)
    begin = beginning_of(_run(tmp_path), recipe, Choice(), FOUND)
    path = supernet.path((0, 1))
    recalibrate(path, tiny.data().calibration_batches(256, 256), torch.device("cpu"))
    assert begin.tensors is not None
    for name, tensor in path.state_dict().items():
        torch.testing.assert_close(begin.tensors[name], tensor)


def test_a_supernet_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"There are no supernet weights at .*: run the stage supernet"):
        beginning_of(_run(tmp_path), replace(RECIPE, init="supernet"), Choice(), FOUND)


def test_a_training_depends_on_the_weights_that_it_begins_with(tmp_path: Path) -> None:
    def depends_on(init: str, *weights: str) -> object:
        (given,) = (Given({}, (), one) for one in weights)
        return RetrainStage(_run(tmp_path, True, given), replace(RECIPE, init=init), Choice(), 128).depends_on  # type: ignore[arg-type]

    assert depends_on("given", "one") != depends_on("given", "other")
    assert depends_on("random", "one") == depends_on("random", "other")


def test_a_training_that_depends_on_the_supernet_reads_it(tmp_path: Path) -> None:
    def reads(init: str) -> tuple[str, ...]:
        return RetrainStage(_run(tmp_path), replace(RECIPE, init=init), Choice(), 128).reads  # type: ignore[arg-type]

    assert reads("supernet") == ("search", "supernet")
    assert reads("auto") == ("search",)


def test_the_best_epoch_costs_the_images_that_choose_it(tmp_path: Path) -> None:
    data = tiny.data()
    most = data.sizes["train"] + 1
    stage = RetrainStage(_run(tmp_path, True), replace(RECIPE, batch_size=most), Choice(), 128)
    stage.check()
    best = replace(stage, recipe=replace(stage.recipe, keep_best=True))
    with pytest.raises(ValueError, match=f"from the {most - 1} images of train; set recipe.batch_size"):
        best.check()
