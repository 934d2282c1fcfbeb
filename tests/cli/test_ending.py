"""How the command ends: an exit status and words that are true."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mobilenas.cli.ending import sentences
from mobilenas.stopped import Terminated

SMALL = (
    "experiment=moga", "data=digits", "search_space.stages=1",
    "scale.rounds=2", "scale.measured_networks=4", "supernet_recipe.batch_size=32", "threads=1",
)  # fmt: skip


def _start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mobilenas.cli", *SMALL, f"outputs={folder}", *arguments]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_training_that_is_stopped_says_so(number: int, status: int, tmp_path: Path) -> None:
    process = _start(tmp_path, "supernet_recipe.epochs=100000", "stages=[profile,supernet]")
    end = time.monotonic() + 240
    while not list(tmp_path.glob("*/supernet/checkpoints/last.ckpt")) and time.monotonic() < end:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.1)
    os.kill(process.pid, number)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == status
    assert said.rstrip().endswith("mobilenas: stopped; the same command goes on from the last checkpoint.")
    assert "Traceback" not in said


@pytest.mark.parametrize(("stop", "status"), [(KeyboardInterrupt, 130), (Terminated, 143)])
def test_a_stop_has_the_status_of_its_signal(
    stop: type[BaseException], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended, sentences():
        raise stop
    assert ended.value.code == status
    assert "the same command goes on" in capsys.readouterr().err
