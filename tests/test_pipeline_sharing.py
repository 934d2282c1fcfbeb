"""Runs side by side make what they share only once, also if the one that makes it fails or is killed."""

import logging
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from mobilenas.files.artifact import Artifact
from mobilenas.pipeline.sharing import only_maker, tidy
from mobilenas.progress import Progress

LONG_S = 60.0


@pytest.fixture
def outputs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Path:
    caplog.set_level(logging.INFO, "mobilenas")
    return tmp_path


def artifact(outputs: Path, run: str) -> Artifact:
    return Artifact(outputs / run / "supernet", "the same")


def make(outputs: Path, run: str, seconds: float) -> None:
    """Makes the artifact of a run unless another one has made it, and tells that it did."""
    own = artifact(outputs, run)
    with only_maker(own, tells_s=0.2):
        if own.adopt(outputs):
            return
        own.begin()
        with Progress("supernet", 10, "epoch") as progress:
            progress.reach(3)
            (outputs / f"{run} makes it").touch()
            time.sleep(seconds)
        (own.folder / "weights").write_text(run)
        own.finish()


@contextmanager
def beside(of: Callable[..., None], outputs: Path, *arguments: object) -> Iterator[BaseProcess]:
    """Runs a function in a process of its own until it has begun to make the artifact."""
    process = multiprocessing.get_context("fork").Process(target=of, args=(outputs, *arguments))
    process.start()
    try:
        wait_for(lambda: any(outputs.glob("* makes it")))
        yield process
    finally:
        process.kill()
        process.join()


def wait_for(until: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG_S
    while not until():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_second_of_two_runs_waits_and_takes_what_the_first_has_made(
    outputs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with beside(make, outputs, "one", 1.0):
        make(outputs, "two", 0.0)
    assert (outputs / "two/supernet/weights").read_text() == "one"
    assert not (outputs / "two makes it").exists()
    assert artifact(outputs, "two").complete
    first, *later = [one for one in caplog.messages if "waits for" in one]
    assert first == f"supernet: waits for {outputs / 'one'}, which makes the same one (supernet: 3/10)"
    assert later and later[0].startswith(f"{first}; ") and later[0].endswith(" s so far")


def test_a_run_takes_over_from_one_that_is_killed(outputs: Path) -> None:
    with beside(make, outputs, "one", LONG_S) as maker:
        assert maker.pid
        os.kill(maker.pid, signal.SIGKILL)
        make(outputs, "two", 0.0)
    assert (outputs / "two/supernet/weights").read_text() == "two"


def fail(outputs: Path, run: str) -> None:
    with only_maker(artifact(outputs, run)):
        (outputs / f"{run} makes it").touch()
        time.sleep(0.5)
        raise KeyboardInterrupt


def test_a_run_takes_over_from_one_that_fails(outputs: Path) -> None:
    with beside(fail, outputs, "one"):
        make(outputs, "two", 0.0)
    assert (outputs / "two/supernet/weights").read_text() == "two"


def test_runs_that_make_different_things_do_not_wait(outputs: Path, caplog: pytest.LogCaptureFixture) -> None:
    with beside(make, outputs, "one", LONG_S), only_maker(Artifact(outputs / "two" / "supernet", "another")):
        pass
    assert not caplog.messages


def test_the_note_of_a_maker_that_was_killed_is_removed_and_that_of_another_one_stays(outputs: Path) -> None:
    with beside(make, outputs, "one", LONG_S):
        notes = sorted(path.name for path in (outputs / ".locks").iterdir())
        tidy(artifact(outputs, "two"))
        assert sorted(path.name for path in (outputs / ".locks").iterdir()) == notes
        assert [name for name in notes if name.endswith(".maker")]
    tidy(artifact(outputs, "two"))  # that process was killed
    assert not [path for path in (outputs / ".locks").iterdir() if path.suffix != ".lock"]
