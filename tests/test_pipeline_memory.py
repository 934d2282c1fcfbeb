"""A network or a batch that no machine can hold is told, with the figure, before the first stage."""

from dataclasses import replace
from pathlib import Path

import pytest

from mobilenas.cli.composing import composed
from mobilenas.data.memory import memory_bytes
from mobilenas.pipeline import plan
from mobilenas.pipeline.memory import MOST_PARAMETERS, too_large
from mobilenas.pipeline.settings import Settings
from mobilenas.settings import SettingsError

WIDE = """\
input: {channels: 3, height: 8, width: 8}
layers:
  - {op: conv, out: 40000, kernel: 3}
  - {op: conv, out: 40000, kernel: 1}
  - {op: classifier, classes: 10}
"""


def _refused(*overrides: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        plan(composed(*overrides), "")
    return list(refused.value.sentences)


def test_a_network_of_too_many_parameters_is_refused_with_their_number(tmp_path: Path) -> None:
    (tmp_path / "wide.yaml").write_text(WIDE)
    said = _refused("experiment=moga_a", f"network_file={tmp_path}/wide.yaml", f"outputs={tmp_path}/outputs")
    assert len(said) == 1 and int(said[0].split(" has ")[1].split()[0].replace(",", "")) > 40_000 * 40_000
    assert said[0].endswith("wide.yaml: wide has 1,601,640,010 parameters, more than 1,000,000,000.")
    assert not (tmp_path / "outputs").exists()


def test_a_space_that_is_too_wide_is_refused(tmp_path: Path) -> None:
    said = _refused("experiment=moga", "search_space.width=50", "search_space.stages=null", f"outputs={tmp_path}")
    assert len(said) == 1 and "parameters, more than 1,000,000,000: choose a smaller width." in said[0]


def test_a_batch_whose_layers_exceed_the_memory_is_refused_with_the_figure(tmp_path: Path) -> None:
    settings = composed(
        "experiment=moga_a", "data.resolution=64", "network_width=8", "trainer.accelerator=cpu", f"outputs={tmp_path}"
    )
    made = plan(_with_batch(settings, 32), "")
    memory = memory_bytes()
    assert memory
    one = sum(layer.output.channels * layer.output.height * layer.output.width for layer in made.run.networks[0].layers)
    fits = memory // (4 * one)
    assert list(too_large(_with_batch(settings, fits), made.run, {"retrain"})) == []
    (said,) = too_large(_with_batch(settings, 2 * fits), made.run, {"retrain"})
    assert said.startswith(f"recipe.batch_size={2 * fits} needs at least {2 * memory / 1e9:,.0f} GB for the layers of")
    assert list(too_large(_with_batch(settings, 2 * fits), made.run, {"profile"})) == []
    half = replace(settings, trainer=replace(settings.trainer, precision="bf16-mixed"))
    assert list(too_large(_with_batch(half, 2 * fits - 1), made.run, {"retrain"})) == []


def _with_batch(settings: Settings, batch: int) -> Settings:
    return replace(settings, recipe=replace(settings.recipe, batch_size=batch))


def test_published_presets_are_far_below_the_bound() -> None:
    for name in ("mobilenet_v3_large", "mnasnet_a1", "moga_a"):
        network = composed(f"network={name}").network
        assert network and network.params * 100 < MOST_PARAMETERS
