"""Compare searches by the hypervolume that they reach (MoGA, Sec. 6.1 and Fig. 7).

``python -m bench.hypervolume RUN_FOLDER...``: one row a run; the reference point, which all rows share, is 0 top1 and
the slowest latency among all runs.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from mobilenas.algorithm import hypervolume
from mobilenas.evaluation import Evaluation
from mobilenas.evaluation.store import Store

HEAD = ("run", "algorithm", "mutation", "objectives", "seed", "evaluations", "all evaluated", "final front")


@dataclass(frozen=True)
class Run:
    """A finished search, with its settings in words."""

    labels: tuple[str, ...]
    evaluations: tuple[Evaluation, ...]
    front: tuple[Evaluation, ...]


def read_run(folder: Path) -> Run:
    """The search of a run's folder.

    Raises:
        ValueError: the run has no finished search
    """
    for name in ("config.yaml", "search/evaluations.sqlite", "search/front.json"):
        if not (folder / name).is_file():
            raise ValueError(f"{folder} has no {name}; give the folder of a run whose search is finished.")
    with Store(folder / "search" / "evaluations.sqlite") as store:
        contexts = store.contexts()
        evaluations = store.all(contexts[-1]) if contexts else []
    rows = json.loads((folder / "search" / "front.json").read_text())
    front = [Evaluation(**row | {"architecture": tuple(row["architecture"])}) for row in rows]
    return Run((folder.name, *_labels(folder / "config.yaml")), tuple(evaluations), tuple(front))


def table(runs: Sequence[Run]) -> list[tuple[str, ...]]:
    """A row of text for each run, under a head."""
    slowest = max((one.latency_ms for run in runs for one in run.evaluations), default=0.0)
    rows: list[tuple[str, ...]] = [HEAD]
    for run in runs:
        found = (hypervolume(run.evaluations, slowest), hypervolume(run.front, slowest))
        rows.append((*run.labels, str(len(run.evaluations)), *(f"{area:.5g}" for area in found)))
    return rows


def main(folders: Sequence[str]) -> str:
    """The table as text, or the usage if no run is given."""
    if not folders:
        return "Usage: python -m bench.hypervolume RUN_FOLDER..."
    rows = table([read_run(Path(folder)) for folder in folders])
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _labels(path: Path) -> tuple[str, str, str, str]:
    settings = yaml.safe_load(path.read_text())
    algorithm, objective = settings["algorithm"], settings["objective"]
    objectives = [f"+{figure}" for figure in objective.get("maximize") or {}]
    objectives += [f"-{figure}" for figure in objective.get("minimize") or {}]
    name = algorithm["_target_"].rsplit(".", 1)[-1]
    return name, algorithm.get("mutation", "-"), " ".join(objectives), str(settings["seed"])


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1:]) + "\n")
