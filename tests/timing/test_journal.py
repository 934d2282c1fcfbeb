"""A measurement that was stopped goes on where it was, whatever the last line of its journal is."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from mobilenas.timing import Timing
from mobilenas.timing import rounds as timing_rounds
from mobilenas.timing.drift import Visit
from mobilenas.timing.journal import Journal
from mobilenas.timing.rounds import TimedRun, interleaved

PIECES = 5
TIMING = Timing(6, 0.1, 10)


class Device:
    """A device that is slower in every visit, and is lost after some of them."""

    def __init__(self, lost_after: int = 10**6, done: int = 0) -> None:
        self.lost_after, self.visits, self.done = lost_after, 0, done

    def visit(self, runs: Sequence[TimedRun], visit_ms: float) -> list[float]:
        if self.visits == self.lost_after:
            raise ConnectionError
        self.visits += 1
        return [run() * (1 + (self.done + self.visits) % 7 / 10) for run in runs]


def draw(rng: np.random.Generator) -> list[Visit]:
    order = rng.permutation(PIECES).tolist()
    return [tuple(order[:3]), tuple(order[3:]), (0,)]


def measured(device: Device, path: Path, of: str = "a space", seed: int = 0) -> list[float]:
    runs: list[TimedRun] = [lambda piece=piece: 1.0 + piece for piece in range(PIECES)]
    rng = np.random.default_rng(seed)
    return interleaved(runs, draw, TIMING, rng, visit=device.visit, journal=Journal(path, of)).times_ms.tolist()


@pytest.mark.parametrize("lost_after", [0, 1, 7, 17])
@pytest.mark.parametrize("torn", ["", "1.5 2.", "1.5"])
def test_the_same_times_are_found_without_a_visit_again(lost_after: int, torn: str, tmp_path: Path) -> None:
    whole = measured(Device(), tmp_path / "whole")
    with pytest.raises(ConnectionError):
        measured(Device(lost_after), tmp_path / "stopped")
    with (tmp_path / "stopped").open("a") as file:
        file.write(torn)
    rest = Device(done=lost_after)
    assert measured(rest, tmp_path / "stopped") == whole
    assert rest.visits == 3 * TIMING.rounds - lost_after


@pytest.mark.parametrize("changed", ["what", "order", "file"])
def test_a_journal_of_something_else_is_begun_again(changed: str, tmp_path: Path) -> None:
    measured(Device(), tmp_path / "journal")
    if changed == "file":
        lines = (tmp_path / "journal").read_text().splitlines()
        (tmp_path / "journal").write_text("\n".join([lines[0], "no number", *lines[2:], ""]))
    device = Device()
    measured(
        device,
        tmp_path / "journal",
        of="another" if changed == "what" else "a space",
        seed=1 if changed == "order" else 0,
    )
    assert device.visits == 3 * TIMING.rounds


def test_the_file_goes_when_all_is_kept_elsewhere(tmp_path: Path) -> None:
    measured(Device(), tmp_path / "journal")
    Journal(tmp_path / "journal", "a space").end()
    assert not (tmp_path / "journal").exists()


def test_no_round_begins_after_the_minutes_but_three_are_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    for minutes, expected in ((1.5, 4), (0.5, 3), (60, 6)):
        now = iter(range(0, 10**6, 60))  # each look at the clock, one before a round, is a minute after the last
        monkeypatch.setattr(timing_rounds.time, "monotonic", lambda now=now: next(now))
        device, told = Device(), list[int]()
        runs: list[TimedRun] = [lambda: 1.0] * PIECES
        interleaved(
            runs,
            draw,
            Timing(6, 0.1, 10, minutes=minutes),
            np.random.default_rng(0),
            lambda doing, done, total, told=told: told.append(done),
            device.visit,
        )
        assert len(told) == expected


def test_the_device_rests_between_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    monkeypatch.setattr(timing_rounds.time, "sleep", rests.append)
    interleaved([lambda: 1.0] * PIECES, draw, Timing(4, 0.1, 10, rest_s=20.0), np.random.default_rng(0))
    assert rests == [20.0] * 3
