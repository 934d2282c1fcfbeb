"""A trainer on the CPU with callbacks of a test's own."""

from dataclasses import fields
from typing import Any

import pytorch_lightning as pl

from mobilenas.settings import settings
from mobilenas.training import Trainer


@settings
class WithCallbacks(Trainer):
    """With further callbacks."""

    others: tuple[pl.Callback, ...] = ()

    def make(self, **more: Any) -> pl.Trainer:
        own = {one.name: getattr(self, one.name) for one in fields(Trainer)} | {"accelerator": "cpu"}
        return Trainer(**own).make(**more | {"callbacks": [*more.get("callbacks", ()), *self.others]})
