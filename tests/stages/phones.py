"""Runs of MnasNet's search on phones whose tables are made up, scored at once by what any process can compute."""

from dataclasses import replace
from pathlib import Path

from mobilenas.cli.composing import composed
from mobilenas.evaluation import Architecture, Score
from mobilenas.evaluator import Evaluator, ProxyScoring
from mobilenas.pipeline import Plan, Settings, plan
from mobilenas.search_space import MnasNet, MoGA
from mobilenas.settings import Given, aside, settings
from tests.executor.trials import note

MNASNET = (
    "experiment=mnasnet",
    "scale=laptop",
    "search_space.stages=1",
    "search_space.blocks=1",
    "algorithm=random",
    "scale.trials=6",
    "scale.trial_batch=3",
)
MOGA = ("experiment=moga", "scale=laptop", "search_space.stages=1", "search_space.blocks=1")
LAYERWISE = MoGA(0.25, stages=1, blocks=1, hidden=0.25, unstrided=2).space(10, 8)


@settings
class Instant(ProxyScoring):
    """Scores by the sum of the options, and notes each trial.

    Args:
        notes: a file
    """

    notes: str = aside(default="")

    def evaluator(self, given: Given) -> Evaluator:
        return Noting(super().evaluator(given).context, Path(self.notes))


class Noting(Evaluator):
    """What ``Instant`` makes."""

    def __init__(self, context: str, notes: Path) -> None:
        self._context, self._notes = context, notes

    @property
    def context(self) -> str:
        return self._context

    def score(self, architecture: Architecture) -> Score:
        note(self._notes, str(architecture))
        return Score(architecture, (1 + sum(architecture)) / 1000)


def chosen(folder: Path, *overrides: str, layer_ms: float = 1.0) -> Settings:
    """Settings for a run in its own folder, and for a phone whose layers take ``layer_ms`` each."""
    folder.mkdir(exist_ok=True)
    table = folder / "phone.csv"
    pieces = [*MnasNet(0.25, stages=1, blocks=1, hidden=0.25, unstrided=2).space(10, 8).pieces, *LAYERWISE.pieces]
    keys = dict.fromkeys(layer.key for layer in pieces)
    table.write_text("layer,latency_ms\n" + "".join(f"{key},{layer_ms}\n" for key in keys))
    where = ("hardware=table", f"hardware.path={table}", f"outputs={folder}", "trainer.accelerator=cpu")
    return composed(*overrides, *where)


def planned(folder: Path, notes: Path, *overrides: str, layer_ms: float = 1.0) -> Plan:
    """A search whose evaluator notes its trials in a file."""
    asked = chosen(folder, *MNASNET, "stages=[profile,search]", *overrides, layer_ms=layer_ms)
    instant = Instant(**{**vars(asked.evaluator), "notes": str(notes)})
    return plan(replace(asked, evaluator=instant), "seed: 0\n")
