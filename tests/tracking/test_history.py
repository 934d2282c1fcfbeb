"""The file of metrics goes on where the training goes on."""

import math
from pathlib import Path

import pytest

from mobilenas.tracking.history import History


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "metrics.csv"


def test_rows_come_back_as_they_were_logged(path: Path) -> None:
    history = History(path)
    assert history.go_on(9) == []
    history.add(9, {"loss": 1 / 3, "top1": 0.25})
    history.add(11, {"ms": 1e-300})
    history.add(19, {"loss": math.inf, "top1": 0.0})
    rows = [(9, {"loss": 1 / 3, "top1": 0.25}), (11, {"ms": 1e-300}), (19, {"loss": math.inf, "top1": 0.0})]
    assert History(path).go_on(None) == rows
    assert path.read_text().splitlines()[0] == "step,loss,top1,ms"


@pytest.mark.parametrize(("step", "kept"), [(29, [9, 19]), (19, [9]), (20, [9, 19]), (9, []), (0, [])])
def test_steps_that_are_made_again_are_dropped(path: Path, step: int, kept: list[int]) -> None:
    history = History(path)
    history.go_on(9)
    for number in (9, 19, 29):
        history.add(number, {"loss": 0.5})
    again = History(path)
    assert [number for number, _ in again.go_on(step)] == kept
    again.add(step, {"loss": 0.25})
    assert History(path).go_on(None) == [*((number, {"loss": 0.5}) for number in kept), (step, {"loss": 0.25})]


@pytest.mark.parametrize("cut", range(1, 8))
def test_a_row_that_is_not_whole_is_left_out(path: Path, cut: int) -> None:
    history = History(path)
    history.go_on(9)
    history.add(9, {"loss": 0.5})
    history.add(19, {"loss": 0.125})
    path.write_text(path.read_text()[:-cut])
    again = History(path)
    assert again.go_on(None) == [(9, {"loss": 0.5})]
    again.add(29, {"loss": 0.5})
    assert path.read_text() == "step,loss\n9,0.5\n29,0.5\n"
