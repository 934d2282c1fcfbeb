"""A training in one of Ray's workers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mobilenas.training.on_ray.messages import Mail
    from mobilenas.training.one_fit import Fit

LOST = ("gloo", "connection closed by peer", "connection reset by peer", "nccl")
"""What errors of torch say if another process is gone."""


def train_in_worker(given: Mapping[str, Any]) -> None:
    """Trains as one of several processes; what the main process needs of it is sent to the office.

    Args:
        given: the office; references of the fit and of the content of the checkpoint that it goes on from, each in a
            list; the number of threads of torch
    """
    import ray
    import ray.train

    from mobilenas.portable import portable
    from mobilenas.training.on_ray.messages import Began, Failed, Mail, warnings_sent

    rank = ray.train.get_context().get_world_rank()
    mail = Mail(given["office"])
    mail.deliver(Began(rank, os.getpid(), ray.util.get_current_placement_group()))
    try:
        with TemporaryDirectory() as folder, warnings_sent(mail):
            fit, checkpoint = (ray.get(given[name][0]) for name in ("fit", "checkpoint"))
            _prepare(given["threads"], fit.seed)
            _train(fit, checkpoint, Path(folder) / "last.ckpt", mail)
    except Exception as error:
        mail.deliver(Failed(rank, None if _is_of_another(error) else portable(error)))
        raise
    mail.deliver()


def _prepare(threads: int, seed: int) -> None:
    """Makes this process compute as the main process does."""
    import pytorch_lightning as pl
    import torch

    from mobilenas.training.allocator import keep_freed_memory
    from mobilenas.training.loggers import quiet_lightning

    quiet_lightning()
    keep_freed_memory()
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    pl.seed_everything(seed, verbose=False)


def _train(fit: Fit, checkpoint: bytes | None, last: Path, mail: Mail) -> None:
    from mobilenas.training.metrics_log import MetricsLog
    from mobilenas.training.on_ray.messages import SentSeries, sent_checkpoint
    from mobilenas.training.on_ray.strategy import lightnings_settings
    from mobilenas.training.step_progress import StepProgress

    if checkpoint:
        last.write_bytes(checkpoint)
    log = MetricsLog(last.parent, fit.name, SentSeries(mail))
    written = partial(sent_checkpoint, mail)
    fit.run(last, bool(checkpoint), log, StepProgress(mail.add), written, **lightnings_settings())


def _is_of_another(error: Exception) -> bool:
    """Returns whether an error only says that another process is gone."""
    from torch.distributed import DistError

    said = str(error).lower()
    return isinstance(error, DistError) or (type(error) is RuntimeError and any(one in said for one in LOST))
