"""Where and how exactly networks are trained: settings of Lightning's Trainer."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Literal

from mobilenas.settings import Count, Fraction, NonNegative, Positive, settings

if TYPE_CHECKING:
    import pytorch_lightning as pl


@settings
class Trainer:
    """Settings of a ``pytorch_lightning.Trainer``, by its own names and with its own defaults.

    Args:
        accelerator: kind of device: ``cpu``, ``gpu``, ``auto`` and others
        devices: how many, or the numbers of some; ``auto`` takes all there are
        precision: of the arithmetic
        strategy: how several devices work together
        sync_batchnorm: whether devices share the statistics of a batch
        num_nodes: machines
        limit_train_batches: batches an epoch, a number or a share; all by default
        accumulate_grad_batches: batches whose gradients are added up for a step
        gradient_clip_val: the largest norm of a step's gradient; any by default
    """

    accelerator: str = "auto"
    devices: Positive | Literal["auto"] | tuple[Count, ...] = "auto"
    precision: Literal[
        "transformer-engine",
        "transformer-engine-float16",
        "16-true",
        "16-mixed",
        "bf16-true",
        "bf16-mixed",
        "32-true",
        "64-true",
    ] = "32-true"
    strategy: str = "auto"
    sync_batchnorm: bool = False
    num_nodes: Positive = 1
    limit_train_batches: Positive | Fraction | None = None
    accumulate_grad_batches: Positive = 1
    gradient_clip_val: NonNegative | None = None

    def make(self, **more: Any) -> pl.Trainer:
        """Lightning's Trainer, with more of its settings."""
        import pytorch_lightning as pl

        values = {one.name: getattr(self, one.name) for one in fields(self)}
        values["devices"] = list(self.devices) if isinstance(self.devices, tuple) else self.devices
        changed = {one.name: values[one.name] for one in fields(self) if values[one.name] != one.default}
        return pl.Trainer(**changed | more)
