"""NetAdapt on a device that is at hand: each network has one latency, and everything that shows it says which."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from torch import nn

from mobilenas.cli.composing import composed
from mobilenas.engine import Engine
from mobilenas.evaluation import Evaluation
from mobilenas.hardware import MeasuredHardware
from mobilenas.network import NetworkSpec
from mobilenas.ops import Shape
from mobilenas.pipeline import plan, run
from mobilenas.report import Records, ReportStage, RunResult, gather
from mobilenas.report.front_figure import front_figure
from mobilenas.report.gathering import image_format
from mobilenas.settings import settings
from mobilenas.stages import AdaptRecord
from mobilenas.timing import Timing
from mobilenas.timing.rounds import TimedRun as Prepared
from tests.seed_network import SEED, WIDTHS

SETTINGS = (
    "experiment=netadapt",
    "scale=laptop",
    "trainer.accelerator=cpu",
    "algorithm.divisor=4",
    "algorithm.delta=0.08",
    "algorithm.target_share=0.7",
    "scale.fine_tune_steps=1",
    "recipe.epochs=1",
    "stages=[profile,seed,adapt,report]",
)


@settings
class Clockwork(Engine):
    """Takes longer the more parameters a module has, and a whole network less than its layers together.

    Args:
        batch: images a run
    """

    batch: int

    @property
    def images(self) -> int:
        return self.batch

    @property
    def about(self) -> Mapping[str, str]:
        return {"engine": "clockwork", "batch": str(self.batch)}

    def prepare(self, module: nn.Module, input: Shape) -> Prepared:
        time_ms = took_ms(sum(parameter.numel() for parameter in module.parameters()))
        return lambda: time_ms

    def breakdown(self, network: NetworkSpec) -> dict[str, float]:
        return {}


def took_ms(params: int) -> float:
    return float(0.05 + params**0.8 / 1000)


class Made(NamedTuple):
    """A complete run."""

    images: int
    record: AdaptRecord
    result: RunResult
    page: str


@pytest.fixture(scope="module", params=[1, 8], ids=["one image", "8 images"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    images, folder = int(request.param), tmp_path_factory.mktemp("at_hand")
    (folder / "mine.yaml").write_text(SEED)
    asked = composed(*SETTINGS, f"outputs={folder}", f"network_file={folder / 'mine.yaml'}")
    hardware = MeasuredHardware(Clockwork(images), Timing(2, 1e-3, 10.0), 5, 5, str(folder / "cache"))
    planned = plan(replace(asked, hardware=hardware), "seed: 0\n")
    run(planned)
    stage, records = planned.stages[-1], Records(planned.run.folder, ("profile", "seed", "adapt"))
    assert isinstance(stage, ReportStage)
    assert records.adapt
    images_expected = image_format(planned.run.data, 1.0)
    result = gather(planned.run, records, stage.choice, records.table, images_expected, "mine on digits", "seed: 0\n")
    return Made(images, records.adapt, result, (planned.run.folder / "report" / "index.html").read_text())


def taken(made: Made) -> dict[tuple[int, ...], Evaluation]:
    return {one.architecture: one for one in made.record.path}


def test_the_networks_that_are_told_and_taken_have_one_latency_each(made: Made) -> None:
    told = {one.architecture: one for one in made.record.told}
    assert len(told) == len(made.record.told)
    assert {architecture: told[architecture] for architecture in taken(made)} == taken(made)
    assert 2 < len(made.record.path) < len(told)


def test_what_was_taken_is_measured_as_a_whole_and_no_other_proposal_is(made: Made) -> None:
    assert {one.architecture for one in made.record.told if one.measured} == taken(made).keys()
    for one in made.record.path:
        assert one.latency_ms == pytest.approx(took_ms(WIDTHS.network(one.architecture).params))
    predicted = [made.record.table.latency_ms(WIDTHS.network(one.architecture)) for one in made.record.path]
    assert predicted != pytest.approx([one.latency_ms for one in made.record.path])  # else this would show nothing


def test_the_target_is_a_share_of_the_measured_latency(made: Made) -> None:
    assert made.record.target_ms == pytest.approx(0.7 * took_ms(WIDTHS.seed.params))
    assert made.record.path[-1].latency_ms <= made.record.target_ms == made.result.target_ms


def test_the_picture_has_each_network_once(made: Made) -> None:
    axes = front_figure(made.result).axes[0]
    others, front = [one for one in axes.collections if isinstance(one, PathCollection)][:2]
    drawn = [tuple(point) for dots in (others, front) for point in np.asarray(dots.get_offsets()).tolist()]
    assert sorted(drawn) == sorted((one.latency_ms, one.accuracy) for one in made.record.told)
    assert len(np.asarray(front.get_offsets())) == len(made.record.path)


def test_picture_and_page_say_that_some_latencies_are_predicted_and_of_how_many_images(made: Made) -> None:
    ending = " for 8 images" if made.images == 8 else ""
    axis = f"latency, predicted or measured, in ms{ending}"
    assert front_figure(made.result).axes[0].get_xlabel() == axis
    assert f'"{axis}"' in made.page
    assert ("the time of one forward pass with 8 images" in made.page) == (made.images == 8)
    assert "The networks with a rim were taken, and their latency is measured" in made.page
