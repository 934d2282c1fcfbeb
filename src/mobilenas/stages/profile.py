"""Measure the latency table of the space, and how far it can be trusted."""

from pathlib import Path

from mobilenas.hardware import LatencyTable
from mobilenas.progress import Progress
from mobilenas.stages.base import Experiment

TABLE, VALIDATION, PREDICTOR = "latency.csv", "validation.csv", "predictor.csv"


def profile(experiment: Experiment, folder: Path) -> dict[str, object]:
    """Write the table and, where it was measured here, its predictions beside whole networks' latencies."""
    bars: dict[str, Progress] = {}
    try:
        found = experiment.hardware.profile(
            experiment.space, experiment.networks, on_progress=lambda *state: _show(bars, *state)
        )
    finally:
        for bar in bars.values():
            bar.close()
    found.table.save(folder / TABLE)
    if found.predictor:
        found.predictor.save(folder / PREDICTOR)
    if found.validation is None:
        return {}
    found.validation.save(folder / VALIDATION)
    return dict(found.validation.facts)


def read_table(run: Path) -> LatencyTable:
    """The latency table in a run's folder.

    Raises:
        ValueError: there is none
    """
    path = run / "profile" / TABLE
    if not path.exists():
        raise ValueError(f"There is no latency table at {path}: run the stage profile first.")
    return LatencyTable.load(path)


def _show(bars: dict[str, Progress], doing: str, done: int, total: int) -> None:
    if doing not in bars:
        for bar in bars.values():
            bar.close()
        bars[doing] = Progress(f"profile: {doing}", total, "round")
    bars[doing].reach(done)
