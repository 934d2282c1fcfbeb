"""Kills tiny runs of all presets at random moments, continues each by the same command, and compares the ends.

``nice python -m bench.kills --kills 3``: each preset runs once undisturbed, and is then stopped by SIGKILL, SIGTERM or
SIGINT at moments drawn from a seed, until it has had its kills. A run is lost if its last command fails; its end is
different if a file, or a row of a store, is different. ``--with trainer=ray`` gives every command more settings.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import presets, tiny
from bench.ends import ended, rows
from bench.processes import adopt_orphans, orphans

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
EARLIEST, LONGEST = 0.3, 0.6  # seconds, and share of those of the undisturbed run, until a kill
SECONDS, GRACE = 900.0, 15.0  # processes that read images look for their parent every five seconds
TEMPORARY = ("*.new", "*.tmp", "*.part", "tmp*")
STOPPED = "stopped; the same command goes on"


@dataclass
class Bench:
    """A preset in a folder, and what was counted.

    Args:
        name: of the preset
        words: its command line
        outputs: folder of the runs
        said: folder of what the commands say
        draw: draws moments and signals
        counts: of kills and of what is wrong
    """

    name: str
    words: Sequence[str]
    outputs: Path
    said: Path
    draw: random.Random
    counts: Counter[str]

    def undisturbed(self) -> tuple[float, dict[str, str], int]:
        """Return the seconds of a run, its end, and the rows of its stores."""
        shutil.rmtree(self.outputs, ignore_errors=True)
        begun = time.monotonic()
        status = tiny.command(self.words, self.said / f"{self.name}.txt", SECONDS)
        assert status == 0, (self.said / f"{self.name}.txt").read_text()[-2000:]
        return time.monotonic() - begun, ended(self.outputs), self.rows

    @property
    def rows(self) -> int:
        return sum(map(rows, self.outputs.rglob("*.sqlite")))

    def kill(self, seconds: float) -> int | None:
        """Run the command, stop it at a random moment of these seconds, and return its status."""
        number, moment = self.draw.choice(SIGNALS), time.monotonic() + self.draw.uniform(EARLIEST, LONGEST * seconds)
        said = self.said / f"{self.name}-{self.counts['kills']}-{number.name}.txt"
        status = tiny.command(self.words, said, SECONDS, lambda: time.monotonic() > moment, number)
        if status == 0:
            return status
        self.counts[f"{self.stage} {number.name}"] += 1
        self.counts["kills"] += 1
        text = said.read_text(errors="replace")
        if number != signal.SIGKILL and ((status in (None, 1) and STOPPED not in text) or "Traceback" in text):
            self._tell("said otherwise", f"{said}, status {status}: {text[-300:]}")
        if left := orphans(GRACE):
            self._tell("orphans", f"{said}: {left}")
        return status

    @property
    def stage(self) -> str:
        """The stage that was begun last and is not complete."""
        begun = sorted(self.outputs.glob("*/*/begun.json"), key=lambda path: path.stat().st_mtime)
        open_ones = [path.parent.name for path in begun if not (path.parent / "artifact.json").exists()]
        return open_ones[-1] if open_ones else "between stages"

    def finish(self, end: dict[str, str], count: int) -> None:
        """Run the command to its end, and compare it."""
        said = self.said / f"{self.name}-{self.counts['kills']}-end.txt"
        status = tiny.command(self.words, said, SECONDS)
        self.compare(status, said, end, count)

    def compare(self, status: int | None, said: Path, end: dict[str, str], count: int) -> None:
        """Compare the end of a run with that of the undisturbed one."""
        now, self.counts["continued"] = ended(self.outputs), self.counts["continued"] + (status == 0)
        if status != 0:
            self._tell("lost", f"{said}: {said.read_text(errors='replace')[-500:]}")
        elif wrong := sorted(one for one in end.keys() | now.keys() if end.get(one) != now.get(one)):
            self._tell("different ends", f"{said}: {wrong}")
        if self.rows != count:
            self._tell("rows", f"{said}: {self.rows} instead of {count}")
        if left := [str(path) for kind in TEMPORARY for path in self.outputs.rglob(kind)]:
            self._tell("temporary files", f"{said}: {left}")

    def _tell(self, what: str, about: str) -> None:
        self.counts[what] += 1
        sys.stdout.write(f"  {self.name}: {what}: {about}\n")


def killed(bench: Bench, kills: int) -> None:
    """Kill runs of a preset until there were this number of kills, and compare the end of each run."""
    seconds, end, count = bench.undisturbed()
    while bench.counts["kills"] < kills:
        shutil.rmtree(bench.outputs, ignore_errors=True)
        before = bench.counts["kills"]
        while bench.counts["kills"] < kills and bench.kill(seconds) != 0:
            pass
        if bench.counts["kills"] > before:
            bench.finish(end, count)
            bench.counts["runs"] += 1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.kills", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=4, help="of each preset")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--preset", choices=presets.names(), nargs="*", default=presets.names())
    parser.add_argument("--with", nargs="*", default=[], dest="more", help="settings for every command")
    parser.add_argument("--keep", type=Path, help="folder for what the commands say")
    given, begun, total = parser.parse_args(), time.monotonic(), Counter[str]()
    tiny.warm()
    adopt_orphans()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background processes ignore it, and theirs
    with TemporaryDirectory() as place, presets.given_latencies():
        said = (given.keep or Path(place, "said")).absolute()
        said.mkdir(parents=True, exist_ok=True)
        presets.write_inputs(Path(place))
        os.chdir(place)
        for name in given.preset:
            words = (*presets.arguments(name, Path("outputs")), *given.more)
            bench = Bench(name, words, Path("outputs"), said, random.Random(f"{given.seed} {name}"), Counter())
            start = time.monotonic()
            killed(bench, given.kills)
            total += bench.counts
            sys.stdout.write(f"{name:32} {dict(bench.counts)}, {time.monotonic() - start:.0f} s\n")
            sys.stdout.flush()
    sys.stdout.write(f"{time.monotonic() - begun:.0f} s: {dict(total)}\n")


if __name__ == "__main__":
    main()
