"""Lightning says nothing but errors, whenever it is imported."""

import subprocess
import sys

import pytest

QUIET = "from mobilenas.training.loggers import quiet_lightning; quiet_lightning()"
IMPORTED = "import pytorch_lightning as pl"
SPEAKS = "pl.Trainer(accelerator='cpu', logger=False, enable_checkpointing=False)"
HANDLED = "import logging; logging.basicConfig()"


def said(*lines: str) -> str:
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize("order", [(IMPORTED, QUIET), (QUIET, IMPORTED)], ids=["imported before", "imported after"])
@pytest.mark.parametrize("before", [(), (HANDLED,)], ids=["no handler", "a handler"])
def test_lightning_is_quiet_whether_it_is_imported_before_or_after(
    before: tuple[str, ...], order: tuple[str, ...]
) -> None:
    assert said(*before, *order, SPEAKS) == ""


def test_else_it_would_speak() -> None:
    assert "GPU available" in said(HANDLED, IMPORTED, SPEAKS)
