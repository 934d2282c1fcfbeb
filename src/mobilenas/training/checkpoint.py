"""Reads a training's checkpoint, which may be damaged, and writes it whole."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilenas.files.whole import is_sealed, seal

if TYPE_CHECKING:
    import pytorch_lightning as pl

log = logging.getLogger(__name__)

RESTORED = ("epoch", "global_step", "optimizer_states", "lr_schedulers", "callbacks")
"""What a checkpoint must have besides the weights and the state of the loops."""


def checkpoint_of(path: Path, module: pl.LightningModule) -> Any:
    """Returns the content of a module's checkpoint, or None; warns of one that is damaged, and removes it.

    Its hash is compared first, because torch neither notices a changed byte nor reads any file safely.
    """
    if not path.exists():
        return None
    try:
        return _content(path, module)
    except ValueError as error:
        log.warning("%s cannot be used (%s): the training begins from scratch.", path, error)
        path.unlink()
        return None


def write_checkpoint(path: Path, write: Callable[[Path], object]) -> None:
    """Writes a checkpoint, whole or not at all, and its hash.

    Args:
        path: path of the checkpoint, which is replaced in one step
        write: writes the content to a path
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    write(new)
    seal(path, new)
    new.replace(path)


def epochs_of(checkpoint: Mapping[str, Any]) -> int:
    """Returns the number of epochs that were complete when a checkpoint was written."""
    return int(checkpoint["loops"]["fit_loop"]["epoch_progress"]["current"]["processed"])


def _content(path: Path, module: pl.LightningModule) -> Any:
    """Returns the content of a checkpoint; raises ValueError if it is damaged, or of another module."""
    import pickle

    import torch

    from mobilenas.files.tensors import misfit, not_finite

    if not is_sealed(path):
        raise ValueError("it is not as it was written")
    try:
        content = torch.load(path, "cpu", weights_only=True)
        weights, _ = dict(content["state_dict"]), epochs_of(content)
        if missing := next((name for name in RESTORED if name not in content), ""):
            raise ValueError(f"it has no {missing}")
    except (RuntimeError, ValueError, LookupError, TypeError, EOFError, OSError, pickle.UnpicklingError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ValueError(reason.rstrip(".")) from None
    wanted = (_without_histories(one) for one in (module.state_dict(), weights))
    if wrong := misfit(*wanted) or not_finite(weights):
        raise ValueError(wrong)
    return content


def _without_histories(state: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a module's state without what grows with the epochs."""
    return {name: one for name, one in state.items() if not name.endswith("_extra_state")}
