"""``python -m tests.combinations`` writes the page; with parts it says what is decided of their combination."""

import logging
import sys

from mobilenas.progress import Progress
from tests.combinations.cells import AXES, UNNAMED, cells, command
from tests.combinations.decisions import at_hand, decision
from tests.combinations.page import PAGE, TABLE, page, table


def main(parts: list[str]) -> None:
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    if parts:
        _tell(dict(part.split("=", 1) for part in parts))
        return
    every, decisions = list(cells()), {}
    with at_hand(), Progress("combinations", len(every), "combination") as progress:
        for cell in every:
            decisions[cell] = decision(cell)
            progress.advance()
    PAGE.write_text(page(decisions), "utf-8")
    TABLE.write_text(table(decisions), "utf-8")


def _tell(parts: dict[str, str]) -> None:
    default = {"algorithm": "nsga2", "evaluator": "supernet", "hardware": "cpu", "task": "classification"}
    cell = tuple(parts.get(axis, default.get(axis, UNNAMED)) for axis in AXES)
    for value, (axis, values) in zip(cell, AXES.items(), strict=True):
        if value not in values:
            sys.exit(f"{axis}={value} is none of {', '.join(values)}.")
    with at_hand():
        reasons = decision(cell)
    sys.stdout.write(f"mobilenas {' '.join(command(cell))}\n" + "\n".join(reasons or ("It runs.",)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
