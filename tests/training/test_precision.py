"""Every method, and retraining, can use every precision."""

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from mobilenas.data import ImageData
from mobilenas.settings.typed import annotations_of
from mobilenas.tracking import CsvLog
from mobilenas.training import Trainer, Training
from mobilenas.training.fault import DivergedError
from tests.training.test_training import RECIPES, _module, _turns, data
from tests.training.with_callbacks import WithCallbacks

__all__ = ["data"]

PRECISIONS = get_args(annotations_of(Trainer)["precision"])


def test_there_are_precisions() -> None:
    assert len(PRECISIONS) > 5


@pytest.mark.filterwarnings("ignore:.*AMP with fp16 is not supported on CPU:UserWarning")
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", RECIPES)
def test_a_training_ends_with_finite_weights(name: str, precision: Any, data: ImageData, tmp_path: Path) -> None:
    settings = WithCallbacks(precision=precision)
    settings.check()
    recipe = replace(RECIPES[name], epochs=2 if "gumbel" in name else 1)
    loader = _turns(data) if "gumbel" in name else data.train_loader(256, 1)
    training = Training(settings, CsvLog(), 1, 60.0)
    if precision == "16-true" and "gumbel" in name:  # its loss is a product, which is too large for 16 bits here
        with pytest.raises(DivergedError, match="the gradient is not finite"):
            training.fit(lambda: _module(name, data), loader, recipe, tmp_path, "fit")
        return
    module = training.fit(lambda: _module(name, data), loader, recipe, tmp_path, "fit")
    before, after = _module(name, data).state_dict(), module.float().state_dict()
    assert all(bool(value.isfinite().all()) for value in after.values())
    assert any(not value.equal(before[key]) for key, value in after.items() if key.endswith("weight"))
