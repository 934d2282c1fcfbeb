"""Reads 30,000 changed inputs of all kinds as the program reads them, and judges each by an independent check.

``python -m bench.fuzz``: each input is a valid file, command line or folder with a few changes. Right is a sentence
that names the file or the setting, or a value that the check finds right. ``--keep FOLDER`` keeps inputs that went
wrong, and ``--again FILE`` reads one of them again and shows the traceback.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import hashlib
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from bench import tiny
from bench.fuzz.kinds import finished, kinds
from bench.fuzz.target import Target
from bench.fuzz.worker import OUTCOMES, RIGHT, Outcome, judged, outcomes

KEPT = 3  # inputs of one fault


class Faults:
    """Counts what went wrong by its cause, and keeps some of the inputs.

    Args:
        folder: folder for the inputs; None keeps none
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder, self._counts = folder, Counter[str]()
        self._examples: dict[str, tuple[str, list[str]]] = {}

    def add(self, kind: str, outcome: Outcome) -> None:
        cause = f"{kind}: {outcome.outcome}: {_cause(outcome)}"
        self._counts[cause] += 1
        _, files = self._examples.setdefault(cause, (outcome.about, []))
        if self._folder and len(files) < KEPT:
            path = self._folder / f"{outcome.target}.{hashlib.sha256(outcome.content).hexdigest()[:12]}"
            path.write_bytes(outcome.content)
            files.append(path.name)

    def show(self) -> None:
        for cause, count in self._counts.most_common():
            about, files = self._examples[cause]
            sys.stdout.write(f"{count:6} {cause}\n       {about[:240]!a}\n       {' '.join(files)}\n")


def _cause(outcome: Outcome) -> str:
    """Returns what the inputs of one cause have in common."""
    if outcome.outcome == "traceback":
        return outcome.about.partition(": ")[0]
    target = re.sub(r"(-2|-bytes)$", "", outcome.target)
    if outcome.outcome == "not named":
        return f"{target}: {outcome.about.partition(':')[0]}"
    return f"{target}: {re.sub(r'[^a-z_ ].*|is .*', '', outcome.about)}"


def main() -> None:
    """Print a table of the outcomes by kind, and the causes of those that are wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=30_000, help="number of all inputs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="*", help="only these kinds")
    parser.add_argument("--keep", type=Path, help="folder for inputs that went wrong")
    parser.add_argument("--again", type=Path, help="reads one kept input again")
    given = parser.parse_args()
    torch.set_num_threads(1)
    tiny.warm()
    with TemporaryDirectory() as place:
        finished(Path(place))
        every = kinds(Path(place))
        if given.again:
            _again(given.again, [target for _, targets in every.values() for target in targets])
        else:
            wanted = {name: every[name] for name in given.kinds or every}
            sys.exit(_all(wanted, given.inputs, given.seed, given.keep))


def _all(wanted: dict[str, tuple[float, list[Target]]], inputs: int, seed: int, keep: Path | None) -> bool:
    """Reads the inputs; returns whether one went wrong."""
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
    faults, whole, begun, rows = Faults(keep), sum(share for share, _ in wanted.values()), time.monotonic(), []
    for kind, (share, targets) in wanted.items():
        count, started = round(inputs * share / whole), time.monotonic()
        found, grown = Counter[str](), 0
        for number, outcome in enumerate(outcomes(kind, targets, seed, count), 1):
            found[outcome.outcome] += 1
            grown = max(grown, outcome.grown)
            if outcome.outcome not in RIGHT:
                faults.add(kind, outcome)
            if number % 20 == 0:
                sys.stderr.write(f"\r{kind}: {number}/{count}, {time.monotonic() - begun:.0f} s")
        counts = [str(found[name]) for name in OUTCOMES]
        rows.append([kind, str(count), *counts, f"{grown / 2**20:.0f}", f"{time.monotonic() - started:.0f}"])
    sys.stderr.write("\r")
    _show([["kind", "inputs", *OUTCOMES, "peak, MB", "seconds"], *rows])
    faults.show()
    return any(int(number) for row in rows for number in row[2 + len(RIGHT) : -2])


def _show(rows: Sequence[Sequence[str]]) -> None:
    for row in rows:
        sys.stdout.write(f"{row[0]:12}" + "".join(f"{cell:>11}" for cell in row[1:]) + "\n")


def _again(path: Path, targets: Sequence[Target]) -> None:
    name = path.name.rpartition(".")[0]
    target = next((one for one in targets if one.name == name), None)
    if target is None:
        raise SystemExit(f"{path}: the name must begin with one of {', '.join(sorted(one.name for one in targets))}")
    found = judged(target, path.read_bytes())
    sys.stdout.write(f"{found.outcome}: {found.about}; {found.grown / 2**20:.0f} MB\n")
    with target.holding(path.read_bytes()):
        sys.stdout.write(f"{target.read()!r}\n"[:2000])


if __name__ == "__main__":
    main()
