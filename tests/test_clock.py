"""A clock that jumps by hours in the middle of a run loses nothing, and changes no figure."""

import os
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pytest

from bench.ends import ended
from mobilenas.files.artifact import SECONDS, Artifact
from tests.given_weights import ADAPT, AROUND, BRIEF, FINE_TUNE, as_given, made, weights

HOURS = 7 * 3600.0
TOLD = ("artifact.json", "index.html")
"""Files that tell how long a stage took."""

RUNS = {
    "fine_tune": (*FINE_TUNE, *BRIEF, "checkpoint_minutes=0.001"),
    "around": (*AROUND, *BRIEF, "supernet_recipe.epochs=2", "checkpoint_minutes=0.001"),
    "netadapt": (*ADAPT, *BRIEF, "logger=tensorboard"),
}


def _end(outputs: Path) -> dict[str, str]:
    return {name: one for name, one in ended(outputs).items() if not name.endswith(TOLD) and "tensorboard" not in name}


def _seconds(outputs: Path) -> list[float]:
    return [float(Artifact(one.parent, "").facts[SECONDS]) for one in outputs.glob("*/*/artifact.json")]  # type: ignore[arg-type]


def _made(folder: Path, *settings: str) -> Path:
    """Runs in the folder ``outputs``, and returns it."""
    given = f"weights={as_given(folder, 'safetensors', weights())}"
    return made(folder, *settings, given, f"outputs={folder / 'outputs'}").run.folder.parent


@pytest.fixture(params=[HOURS, -HOURS, None], ids=["forward", "back", "to and fro"])
def jumping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock tells hours more than the last one, or less, or both in turns."""
    real, looks = time.time, count(1)

    def jumped() -> float:
        look = next(looks)
        return real() + (request.param * look if request.param else (HOURS if look % 2 else -HOURS))

    monkeypatch.setattr(time, "time", jumped)
    monkeypatch.setattr(time, "time_ns", lambda: int(1e9 * jumped()))


@pytest.mark.usefixtures("jumping")
@pytest.mark.parametrize("settings", RUNS.values(), ids=RUNS)
def test_a_clock_that_jumps_changes_no_end(
    settings: Sequence[str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    began = time.monotonic()
    jumped = _made(tmp_path, *settings).rename(tmp_path / "jumped")
    took = time.monotonic() - began
    seconds = _seconds(jumped)
    assert seconds and all(one >= 0 for one in seconds) and sum(seconds) <= took
    request.getfixturevalue("monkeypatch").undo()
    assert _end(jumped) == _end(_made(tmp_path, *settings)) != {}


@pytest.mark.parametrize("hours", [HOURS, -HOURS])
def test_files_of_another_time_are_continued(hours: float, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    steady = _made(tmp_path, *AROUND, *BRIEF).rename(tmp_path / "steady")
    begun = [one for one in AROUND if not one.startswith("stages=")]
    moved = _made(tmp_path, *begun, *BRIEF, "stages=[profile,parent,supernet]")
    for path in [*moved.rglob("*")]:
        facts = path.stat()
        os.utime(path, (facts.st_atime + hours, facts.st_mtime + hours))
    caplog.set_level("INFO", "mobilenas")
    _made(tmp_path, *AROUND, *BRIEF)
    assert "supernet: complete in" in caplog.text
    assert _end(moved) == _end(steady)
