"""A small network with weights as a user has them, a device's table, and runs that begin with them."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path

import pytest
import torch
from torch import Tensor

from mobilenas.adaptation import WidthSpace
from mobilenas.cli.composing import composed
from mobilenas.data.normalization import Normalization
from mobilenas.files.tensors import write_tensors
from mobilenas.network import NetworkSpec, set_classes
from mobilenas.pipeline import Plan, plan, run
from mobilenas.search_space import Around
from mobilenas.settings import SettingsError
from mobilenas.training.weights import about_weights
from tests.supernet.parents import trained

YAML = """
name: mine
input: {channels: 3, height: 8, width: 8}
layers:
  - {op: conv, kernel: 3, out: 8, act: relu}
  - {op: mbconv, kernel: 5, expanded: 16, out: 12, act: relu, stride: 2}
  - {op: mbconv, kernel: 3, expanded: 24, out: 12, act: relu, residual: true}
  - {op: conv, kernel: 1, out: 16, act: relu}
  - {op: classifier, classes: 10}
"""
MINE = NetworkSpec.from_yaml(YAML)
WIDTHS = WidthSpace(MINE, 4)
SPACE = Around(MINE, kernels=(3, 5), expansions=(1.0,), skips=True).space(10, 8)
NORMALIZATION = Normalization.of((0.4, 0.5, 0.6, 0.3, 0.25, 0.2))
DIGITS = tuple("0123456789")
FORMS = ("safetensors", "state_dict", "run")

COMMON = ("scale=laptop", "hardware=table", "trainer.accelerator=cpu", "checkpoint_minutes=60")
BRIEF = ("recipe.epochs=1", "recipe.least_steps=0", "supernet_recipe.least_steps=0")
AS_BEGUN = ("recipe.epochs=0", "recipe.calibration_images=null")
FINE_TUNE = ("experiment=fine_tune", "stages=[retrain]")
ADAPT = (
    "experiment=netadapt", "algorithm.divisor=4", "algorithm.delta=0.08", "algorithm.target_share=0.75",
    "scale.fine_tune_steps=2", "stages=[profile,seed,adapt,retrain]",
)  # fmt: skip
AROUND = (
    "experiment=around", "search_space.kernels=[3,5]", "search_space.expansions=[1]", "search_space.skips=true",
    "scale.population=4", "scale.generations=1", "choose=2", "evaluator.random_architectures=2",
    "stages=[profile,parent,supernet,search,retrain]",
)  # fmt: skip


def weights(classes: int = 10, seed: int = 0) -> dict[str, Tensor]:
    """Weights whose batch norms have statistics, scales and shifts of their own."""
    return trained(set_classes(MINE, classes), seed)


def as_given(folder: Path, form: str, tensors: Mapping[str, Tensor]) -> str:
    """Writes weights, and returns what ``weights=`` says of them; a run knows its normalization and its classes."""
    if form == "safetensors":
        write_tensors(folder / "mine.safetensors", tensors)
        return str(folder / "mine.safetensors")
    if form == "state_dict":
        names = [f"features.{place}.{name.rpartition('.')[2]}" for place, name in enumerate(tensors)]
        torch.save(OrderedDict(zip(names, tensors.values(), strict=True)), folder / "mine.pth")
        return str(folder / "mine.pth")
    return write_run(folder, tensors)


def write_run(folder: Path, tensors: Mapping[str, Tensor], names: Sequence[str] = DIGITS) -> str:
    """Writes the weights of a run that was trained on classes of these names, and returns its folder."""
    place = folder / "a_run" / "retrain" / "mine"
    place.mkdir(parents=True, exist_ok=True)
    about = about_weights(set_classes(MINE, len(names)), NORMALIZATION, names)
    write_tensors(place / "weights.safetensors", tensors, about)
    return str(folder / "a_run")


@cache
def _rows() -> Mapping[str, float]:
    """What each layer takes, of all networks of the space at all widths: it rises with the multiply-adds."""
    pieces = list(SPACE.pieces)
    for architecture in product(*map(range, SPACE.options)):
        widths = WidthSpace(SPACE.network(architecture), WIDTHS.divisor)
        for narrow in product(*map(range, widths.options)):
            pieces += widths.network(narrow).pieces
    return {layer.key: 0.0001 + layer.macs / 1e7 for layer in pieces}


def files(folder: Path) -> tuple[str, ...]:
    """Writes the network and the table of a device."""
    lines = "".join(f"{key},{ms!r}\n" for key, ms in _rows().items())
    (folder / "mine.yaml").write_text(YAML)
    (folder / "table.csv").write_text(f"layer,latency_ms\n{lines}")
    return f"network_file={folder / 'mine.yaml'}", f"hardware.path={folder / 'table.csv'}"


def planned(folder: Path, *overrides: str) -> Plan:
    """Returns the run of these settings, on digits, in a folder that has or gets the network and the table."""
    where = (*files(folder), f"outputs={folder}")
    every = (*COMMON, *where, *overrides)
    return plan(composed(*every), "", every)


def refusal(folder: Path, *overrides: str) -> str:
    """Returns the only sentence with which these settings are refused."""
    with pytest.raises(SettingsError) as error:
        planned(folder, *overrides)
    (sentence,) = error.value.sentences
    return sentence


def made(folder: Path, *overrides: str) -> Plan:
    """Returns the run after all of its stages."""
    done = planned(folder, *overrides)
    run(done)
    return done
