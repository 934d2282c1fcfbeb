"""The progress of a training: what is told of its steps, and the rate that is shown."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import pytorch_lightning as pl

from mobilenas import progress
from mobilenas.training import Recipe, Retrain
from mobilenas.training.step_bar import Reached, StepBar
from mobilenas.training.step_progress import StepProgress
from tests.training import tiny


@pytest.mark.parametrize(
    ("told", "line"),
    [
        # seconds, steps done; 9 steps in 9 seconds after a first step of 30 seconds
        ([(0, 0), (30, 1), (35, 6), (39, 10)], "fit: 10/10, 1 step/s"),
        # a fit that goes on after 4 steps; 5 steps in 10 seconds after a first step of 20 seconds
        ([(0, 4), (20, 5), (30, 10)], "fit: 10/10, 0.5 step/s"),
        # the first step is also the last one
        ([(0, 9), (2, 10)], "fit: 10/10, 0.5 step/s"),
        # stopped: 3 steps in 6 seconds, so that 6 more take 12 seconds
        ([(0, 0), (30, 1), (36, 4)], "fit: 4/10, 0.5 step/s, 12 s left"),
    ],
)
def test_the_rate_leaves_out_the_first_step(
    told: Sequence[tuple[float, int]], line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    bar = StepBar("fit")
    for now, done in told:  # noqa: B007 - the clock reads it
        bar.show(Reached(done, 10, ""))
    bar.close()
    assert capsys.readouterr().out.splitlines()[-1] == line


def test_the_start_the_first_and_the_last_step_are_told(tmp_path: Path) -> None:
    data, recipe, told = tiny.data(), Recipe(2, 128, 0.05, ema_decay=None), list[Reached]()
    loader = data.train_loader(recipe.batch_size, 1)
    trainer = pl.Trainer(
        max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, callbacks=[StepProgress(told.append)], default_root_dir=tmp_path,
    )  # fmt: skip
    trainer.fit(Retrain(tiny.SPEC, recipe), loader)
    total = 2 * len(loader)
    assert [(one.done, one.total) for one in told][:2] == [(0, total), (1, total)]
    assert (told[-1].done, told[-1].said.split()[:2]) == (total, ["epoch", "2/2"])
    assert [one.done for one in told] == sorted({one.done for one in told})
