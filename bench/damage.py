"""Damages every file of a run, one at a time and in four ways, and compares what the same command makes of it.

``python -m bench.damage``: finished runs of MoGA's and NetAdapt's presets, tiny and with given latencies. An
outcome is right if the run ends as the undisturbed one does, if a sentence names the file and the exit status is not 0,
or if no later stage reads the file: the store of a finished search. ``--stopped`` takes runs
that were killed in the middle of each stage instead of finished ones. ``--keep FOLDER`` keeps what the commands said.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import tiny
from bench.ends import ended, rows

DAMAGES: Mapping[str, Callable[[bytes], bytes]] = {
    "emptied": lambda _: b"",
    "cut": lambda whole: whole[: len(whole) // 2],
    "zeros": lambda whole: bytes(len(whole)),
    "a bit": lambda whole: whole[: (half := len(whole) // 2)] + bytes([whole[half] ^ 4]) + whole[half + 1 :],
}
SECONDS = 120.0
RIGHT = ("same end", "sentence", "unread")
MARKS = ("artifact.json", "begun.json")

STOPS = {  # preset: stage and the file that is there when the run is killed, or a store and its rows
    "moga": (("supernet", "*.ckpt"), ("search", 4), ("retrain", "*.ckpt"), ("report", "*.onnx")),
    "netadapt": (("seed", "*.ckpt"), ("adapt", 5), ("retrain", "*.ckpt"), ("report", "*.onnx")),
}


@dataclass(frozen=True)
class Bench:
    """A preset's run in a folder.

    Args:
        preset: its name
        inputs: folder of the inputs
        outputs: folder of the runs, which the command writes
        kept: folder for what the commands say
    """

    preset: str
    inputs: Path
    outputs: Path
    kept: Path

    def command(self, name: str, stop: Callable[[], bool] = lambda: False) -> tuple[int | None, str]:
        """Returns the exit status and the output of the run's command."""
        said = self.kept / f"{name}.txt"
        status = tiny.command(tiny.arguments(self.preset, self.inputs, self.outputs), said, SECONDS, stop)
        return status, said.read_text(errors="replace").replace("\r", "\n")

    def outcome(self, copy: Path, end: Mapping[str, str], name: str, damage: str) -> str:
        """Damages one file of the copy, runs the command and returns its outcome."""
        shutil.rmtree(self.outputs)
        shutil.copytree(copy, self.outputs)
        file = self.outputs / name
        file.write_bytes(DAMAGES[damage](file.read_bytes()))
        status, said = self.command(f"{copy.name}-{name.replace('/', '+')}-{damage.replace(' ', '-')}")
        if status is None:
            return "hang"
        if "Traceback" in said or status < 0:
            return "traceback"
        if status:
            named = any(file.name in line for line in said.splitlines() if line.startswith("mobilenas: "))
            return "sentence" if named else "file not named"
        now = ended(self.outputs)
        different = sorted(one for one in end.keys() | now.keys() if end.get(one) != now.get(one))
        if different == [name] and file.name in MARKS:  # another word in a mark is no other end, if the stage is whole
            return "same end" if f"{file.parent.name}: complete" in self.command("again")[1] else "never complete"
        if different == [name] and file.suffix == ".sqlite" and copy.name.endswith("finished"):
            return "unread"  # all that a later stage reads of a finished search stands in its record
        return f"other end: {_listed(different)}" if different else "same end"


def _listed(names: Sequence[str]) -> str:
    """Returns the first names, without their run's."""
    return " ".join(one.partition("/")[2] for one in names[:3]) + f" and {len(names) - 3} more" * (len(names) > 3)


def copies(bench: Bench, place: Path, stopped: bool) -> Iterator[Path]:
    """Yields copies of the run: finished, or killed in each of its stages."""
    for stage, sign in STOPS[bench.preset] if stopped else (("finished", None),):
        shutil.rmtree(bench.outputs, ignore_errors=True)
        status, said = bench.command(f"{bench.preset}-{stage}", lambda s=stage, f=sign: _reached(bench.outputs, s, f))
        assert status == (-9 if stopped else 0), said
        copy = place / f"{bench.preset}-{stage}"
        shutil.copytree(bench.outputs, copy)
        yield copy


def _reached(outputs: Path, stage: str, sign: str | int | None) -> bool:
    if isinstance(sign, str):
        return any(not path.name.endswith(".new") for path in outputs.glob(f"*/{stage}/**/{sign}"))
    return sign is not None and any(rows(path) >= sign for path in outputs.glob(f"*/{stage}/evaluations.sqlite"))


def main() -> None:
    """Print a row for each file, and the number of each outcome."""
    parser = argparse.ArgumentParser(prog="python -m bench.damage", description=__doc__.splitlines()[0])
    parser.add_argument("--stopped", action="store_true", help="runs that were killed, instead of finished ones")
    parser.add_argument("--preset", choices=STOPS, nargs="*", default=[*STOPS])
    parser.add_argument("--only", default="", help="damage only files with this text in their name")
    parser.add_argument("--keep", type=Path, help="folder for what the commands say")
    given, begun, total = parser.parse_args(), time.monotonic(), Counter[str]()
    tiny.warm()
    with TemporaryDirectory() as place:
        for preset in given.preset:
            kept = given.keep or Path(place, "said")
            kept.mkdir(parents=True, exist_ok=True)
            total += _preset(Bench(preset, Path(place), Path(place, "outputs"), kept), given.stopped, given.only)
    sys.stdout.write(f"{sum(total.values())} damages in {time.monotonic() - begun:.0f} s: {dict(total)}\n")
    sys.exit(any(outcome not in RIGHT for outcome in total))


def _preset(bench: Bench, stopped: bool, only: str) -> Counter[str]:
    tiny.write_inputs(bench.inputs)
    shutil.rmtree(bench.outputs, ignore_errors=True)
    status, said = bench.command(f"{bench.preset}-undisturbed")
    assert status == 0, said
    end, total = ended(bench.outputs), Counter[str]()
    for copy in copies(bench, bench.inputs / "copies", stopped):
        inner = f"*/{copy.name.partition('-')[2]}/**/*" if stopped else "**/*"  # the stage that was not finished
        files = [path for path in sorted(copy.glob(inner)) if path.is_file() and path.stat().st_size]
        for name in (name for name in (str(path.relative_to(copy)) for path in files) if only in name):
            found = [bench.outcome(copy, end, name, damage) for damage in DAMAGES]
            total.update(one.partition(":")[0] for one in found)
            sys.stdout.write(f"{copy.name}  {name.partition('/')[2]:45} {_words(found)}\n")
            sys.stdout.flush()
    return total


def _words(found: list[str]) -> str:
    return "  ".join(f"{damage}: {one}" for damage, one in zip(DAMAGES, found, strict=True))


if __name__ == "__main__":
    main()
