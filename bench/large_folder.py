"""A folder of many images: the seconds until the first batch, how long steps wait for images, and the memory.

``python -m bench.large_folder FOLDER``, with a folder of ``bench.many_photos``. Each case is the real command at 224
pixels. Seconds are those from the start of the process to its first batch: with 200 of these images, with the whole
folder and no earlier run, and with the whole folder once more, in a run with another seed. The wait is the share of the
time between two steps in which the training waits for its batch. Memory is the proportional set size
(a page that processes share counts in parts) of the command, and of the processes that read for it, from the first
batch on.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import children

BATCH = 64
TINY = ("experiment=mobilenetv3_small", "network_width=0.25")
CASES: Mapping[str, tuple[str, ...]] = {
    "MobileNetV3-Large": ("experiment=mobilenetv3_large", "stages=[retrain]"),
    "MobileNetV3-Small, a quarter of its width": (*TINY, "stages=[retrain]"),
    "fair supernet of MoGA, small": (
        "experiment=moga", "stages=[supernet]", "search_space.width=0.25", "search_space.stages=2",
        "search_space.blocks=1",
    ),
}  # fmt: skip
SHARED = (
    "scale=full", "data=image_folder", "data.resolution=224", "recipe.epochs=1", "recipe.warmup_epochs=0", "threads=1",
    f"recipe.batch_size={BATCH}", f"supernet_recipe.batch_size={BATCH}", "supernet_recipe.epochs=1",
    "recipe.least_steps=0", "supernet_recipe.least_steps=0",
)  # fmt: skip
SECONDS = 900.0


@dataclass(frozen=True)
class Seen:
    """What was seen of a command.

    Args:
        begun: the moment of its start, in seconds
        asked: the moments at which a batch was asked for
        got: the moments at which it was there
        images: the number of images in a batch
        memory: moments, megabytes of the command and of its readers
    """

    begun: float
    asked: tuple[float, ...]
    got: tuple[float, ...]
    images: int
    memory: tuple[tuple[float, float, float], ...]

    @property
    def start(self) -> float:
        return self.got[0] - self.begun

    @property
    def wait(self) -> float:
        """The share of the time that steps wait, without the first two, which start processes and take memory."""
        return sum(got - asked for asked, got in list(zip(self.asked, self.got, strict=True))[2:]) / self._time

    @property
    def rate(self) -> float:
        """Images a second."""
        return self.images * (len(self.got) - 2) / self._time

    @property
    def step(self) -> float:
        """Images a second of a step that never waits."""
        return self.rate / max(1e-9, 1 - self.wait)

    @property
    def _time(self) -> float:
        return self.got[-1] - self.got[1]


def megabytes(process: int) -> float:
    """Return the proportional set size of a process, 0 after its end."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def few_of(folder: Path, few: Path) -> Path:
    """Return a folder with links to 40 images of each of five classes."""
    for name in sorted(folder.iterdir())[:5]:
        (few / name.name).mkdir(parents=True, exist_ok=True)
        for image in sorted(name.iterdir())[:40]:
            link = few / name.name / image.name
            link.unlink(missing_ok=True)
            link.symlink_to(image)
    return few


def seen(words: Sequence[str], steps: int | None, place: Path) -> Seen:
    """Run the command, to its end or to a number of steps, and return what was seen of it."""
    notes, memory = place / "notes", list[tuple[float, float, float]]()
    notes.unlink(missing_ok=True)
    begun = time.monotonic()
    command = [sys.executable, "-m", "bench.noted", str(notes), *words]
    with (place / "said.txt").open("w") as said, subprocess.Popen(command, stdout=said, stderr=said) as running:
        while running.poll() is None and time.monotonic() < begun + SECONDS:
            if notes.exists():  # to ask for it slows the start
                each = [megabytes(child) for child in children(running.pid)]
                memory.append((time.monotonic() - begun, megabytes(running.pid), sum(each)))
            if steps and notes.exists() and notes.read_text().count("\n") > steps:
                running.send_signal(signal.SIGTERM)
                break
            time.sleep(0.5)
    if not notes.exists():
        raise SystemExit((place / "said.txt").read_text())
    asked, got, images = zip(*(map(float, line.split()) for line in notes.read_text().splitlines()), strict=True)
    return Seen(begun, asked, got, int(images[0]), tuple(memory))


def show_memory(one: Seen) -> None:
    """Print the memory at some moments of the training, and its largest values in all."""
    first, last, end = one.got[0] - one.begun, one.got[-1] - one.begun, one.memory[-1][0]
    for name, moment in (("a tenth of the steps", 0.1), ("half of them", 0.5), ("all of them", 1.0)):
        at = min(one.memory, key=lambda found: abs(found[0] - first - moment * (last - first)))
        sys.stdout.write(f"    after {name:20} {at[1]:6.0f} MB, readers {at[2]:6.0f} MB\n")
    most, readers = (max(found[part] for found in one.memory) for part in (1, 2))
    sys.stdout.write(f"    largest until its end at {end:.0f} s {most:6.0f} MB, readers {readers:6.0f} MB\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.large_folder", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=25, help="steps of each case")
    parser.add_argument("--case", choices=CASES, nargs="*", default=[*CASES])
    parser.add_argument("--whole", action="store_true", help="the smallest network to the end of an epoch and its test")
    given = parser.parse_args()
    with TemporaryDirectory() as place:
        for name in given.case:
            outputs = Path(place, "outputs")
            shutil.rmtree(outputs, ignore_errors=True)
            words = (*CASES[name], *SHARED, f"data.root={given.folder}", f"outputs={outputs}")
            few = seen((*words, f"data.root={few_of(given.folder, Path(place, 'few'))}", "seed=2"), 1, Path(place))
            first = seen(words, given.steps, Path(place))
            second = seen((*words, "seed=1"), given.steps, Path(place))
            starts = f"{few.start:.1f} s with 200 images, {first.start:.1f} s, again {second.start:.1f} s"
            about = f"{second.rate:.0f} images/s, waits {100 * second.wait:.1f}% of a step"
            sys.stdout.write(f"{name}: first step after {starts}; {about}\n")
            show_memory(second)
        if given.whole:
            words = (*TINY, "stages=[retrain]", *SHARED, f"data.root={given.folder}", f"outputs={place}/whole")
            one = seen(words, None, Path(place))
            about = f"{one.rate:.0f} images/s, waits {100 * one.wait:.1f}% of a step"
            sys.stdout.write(f"an epoch of {len(one.got)} steps: {about}\n")
            show_memory(one)


if __name__ == "__main__":
    main()
