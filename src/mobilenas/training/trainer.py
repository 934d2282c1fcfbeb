"""Settings of Lightning's Trainer: the devices and the precision of a training."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Literal

from mobilenas.settings import Count, Fraction, NonNegative, Positive, settings

if TYPE_CHECKING:
    import pytorch_lightning as pl


@settings
class Trainer:
    """Settings of a ``pytorch_lightning.Trainer``, with its own names and defaults.

    Args:
        accelerator: kind of device: ``cpu``, ``gpu``, ``auto`` and others
        devices: the number of devices, or the numbers of some devices; ``auto`` takes all
        precision: precision of the arithmetic
        strategy: strategy by which several devices work together
        sync_batchnorm: whether devices share the statistics of a batch
        num_nodes: number of machines
        limit_train_batches: number or share of batches in an epoch; all by default
        accumulate_grad_batches: number of batches whose gradients are summed for a step
        gradient_clip_val: the largest norm of a step's gradient; there is no limit by default
    """

    accelerator: str = "auto"
    devices: Positive | Literal["auto"] | tuple[Count, ...] = "auto"
    precision: Literal[
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
        """Makes Lightning's Trainer, with more of its settings."""
        import pytorch_lightning as pl

        values = {one.name: getattr(self, one.name) for one in fields(self)}
        values["devices"] = list(self.devices) if isinstance(self.devices, tuple) else self.devices
        changed = {one.name: values[one.name] for one in fields(self) if values[one.name] != one.default}
        return pl.Trainer(**changed | more)
