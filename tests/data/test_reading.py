"""Processes that read images: a stop is left to the command, and one that is killed is told in a sentence."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.utils.data import Dataset

from mobilenas.data.normalization import IMAGENET, Batch
from mobilenas.data.reading import Reading
from mobilenas.stopped import Terminated, raise_at_sigterm
from tests.processes import is_there

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are forked")


class Slow(Dataset[Batch]):
    """Images that take a moment; each process notes its id."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitems__(self, positions: list[int]) -> list[Tensor]:
        (self.folder / str(os.getpid())).touch()
        time.sleep(0.05)
        return [torch.zeros(len(positions), 3, 4, 4, dtype=torch.uint8), torch.tensor(positions)]

    def __len__(self) -> int:
        return 400


def _reading(folder: Path) -> Reading:
    return Reading(Slow(folder), torch.arange(400).split(2), IMAGENET, 2)  # type: ignore[no-untyped-call]


def _readers(folder: Path) -> list[int]:
    return [int(one.name) for one in folder.iterdir() if int(one.name) != os.getpid()]


def test_batches_come_in_order(tmp_path: Path) -> None:
    reading = _reading(tmp_path)
    labels = [label for _, labels in reading for label in labels.tolist()]
    assert labels == list(range(400)) and len(reading) == 200 and len(_readers(tmp_path)) == 2


def test_a_process_that_is_killed_is_told_where_its_images_are_read(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGCHLD)
    with pytest.raises(ValueError, match=r"A process that reads images has ended, .* data\.workers=0"):
        for number, _ in enumerate(_reading(tmp_path)):
            if number == 3:
                os.kill(_readers(tmp_path)[0], signal.SIGKILL)
    assert signal.getsignal(signal.SIGCHLD) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_that_all_processes_get_ends_the_reading_without_a_word(
    number: signal.Signals, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    raise_at_sigterm()
    with pytest.raises(Terminated if number == signal.SIGTERM else KeyboardInterrupt):
        for count, _ in enumerate(_reading(tmp_path)):
            if count == 3:
                for process in (*_readers(tmp_path), os.getpid()):
                    os.kill(process, number)
    end = time.monotonic() + 10
    while any(map(is_there, _readers(tmp_path))) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(is_there, _readers(tmp_path)))
    assert capfd.readouterr().err == ""


class Tidied:
    """Gets a stop when it is removed, where Python ignores every exception."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        os.kill(os.getpid(), self.number)
        time.sleep(0.01)


@pytest.mark.parametrize(("number", "stop"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)])
def test_a_stop_while_python_tidies_up_is_not_lost(
    number: signal.Signals, stop: type[BaseException], capfd: pytest.CaptureFixture[str]
) -> None:
    raise_at_sigterm()
    tidied = Tidied(number)
    with pytest.raises(stop) as raised:
        del tidied
        time.sleep(5)
    assert type(raised.value) is stop
    assert capfd.readouterr().err == ""
