"""The processes that read many files when a command begins: what becomes of them, and of the command without them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.processes import is_there

READ = """
import sys
from mobilenas.data.decode import check_all
from mobilenas.stopped import raise_at_sigterm

raise_at_sigterm()
print("imported", flush=True)
try:
    check_all([sys.argv[1]] * 200_000, [True] * 200_000)
except (KeyboardInterrupt, ValueError) as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


SAID = {signal.SIGKILL: "", signal.SIGTERM: "Terminated: \n", signal.SIGINT: "KeyboardInterrupt: \n"}


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that reads files for a minute or more, with other processes."""
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.jpg")
    command = [sys.executable, "-c", READ, str(tmp_path / "photo.jpg")]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    assert process.stdout and process.stdout.readline() == "imported\n"
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _readers(process: int) -> list[int]:
    """The processes that a process has started, when there are some."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        tasks = Path(f"/proc/{process}/task").glob("*/children")
        if found := [int(child) for one in tasks for child in one.read_text().split()]:
            time.sleep(0.5)
            return found
        time.sleep(0.05)
    raise AssertionError("no process reads")


def _still_there(processes: list[int]) -> list[int]:
    """Those that have not ended within some seconds."""
    end = time.monotonic() + 20
    while (left := [one for one in processes if is_there(one)]) and time.monotonic() < end:
        time.sleep(0.05)
    return left


linux = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="the processes are found in /proc")


@linux
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_a_stopped_command(number: signal.Signals, reading: subprocess.Popen[str]) -> None:
    readers = _readers(reading.pid)
    reading.send_signal(number)
    _, said = reading.communicate(timeout=60)
    assert not _still_there(readers)
    assert said == SAID[number]


@linux
def test_ctrl_c_at_a_terminal_is_said_once(reading: subprocess.Popen[str]) -> None:
    readers = _readers(reading.pid)
    os.killpg(reading.pid, signal.SIGINT)
    _, said = reading.communicate(timeout=60)
    assert not _still_there(readers) and said == "KeyboardInterrupt: \n"


@linux
def test_a_killed_reader_is_told_in_one_sentence(reading: subprocess.Popen[str]) -> None:
    readers = _readers(reading.pid)
    os.kill(readers[0], signal.SIGKILL)
    _, said = reading.communicate(timeout=60)
    assert not _still_there(readers)
    assert said.startswith("ValueError: A process that reads images has ended") and said.count("\n") == 1
