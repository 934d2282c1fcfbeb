"""A fit that was stopped in mid-epoch and resumed sees the batches of the undisturbed one."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.utilities import CombinedLoader
from torch import Tensor

from mobilenas.data import Batch, ImageData

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*LeafSpec.* is deprecated:FutureWarning"),  # Lightning's own use
    pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty"),  # so it is when resuming
]

Make = Callable[..., ImageData]
STEPS, EPOCHS = 5, 2  # 50 images in batches of 10


class Witness(pl.LightningModule):
    """Keeps every batch, and its weight moves with each."""

    def __init__(self, stop_after: int = -1) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))
        self.stop_after = stop_after
        self.seen: list[Tensor] = []

    def training_step(self, batch: Batch | Mapping[str, Batch], batch_idx: int) -> Tensor:
        if self.global_step == self.stop_after:
            raise InterruptedError
        batches = list(batch.values()) if isinstance(batch, Mapping) else [batch]
        self.seen.append(torch.cat([images.flatten() for images, _ in batches]))
        return self.weight * self.seen[-1].mean()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=1.0)


def fit(folder: Path, loader: object, model: Witness, resume: Path | None = None) -> Witness:
    saving = ModelCheckpoint(folder, "{step}", every_n_train_steps=1, save_top_k=-1, enable_version_counter=False)
    trainer = pl.Trainer(
        max_epochs=EPOCHS,
        accelerator="cpu",
        callbacks=[saving],
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(model, loader, ckpt_path=resume, weights_only=True)
    return model


def stopped_and_resumed(folder: Path, loader: Callable[[], object], stop: int) -> Witness:
    stopped, resumed = Witness(stop), Witness()
    with pytest.raises(InterruptedError):
        fit(folder / "stopped", loader(), stopped)
    fit(folder / "stopped", loader(), resumed, folder / "stopped" / f"step={stop}.ckpt")
    resumed.seen = stopped.seen + resumed.seen
    return resumed


def assert_same(one: Witness, other: Witness) -> None:
    assert len(one.seen) == len(other.seen) == STEPS * EPOCHS
    assert all(torch.equal(mine, yours) for mine, yours in zip(one.seen, other.seen, strict=True))
    assert torch.equal(one.weight, other.weight)


@pytest.mark.parametrize(
    ("stop", "workers"), [(stop, 0) for stop in range(1, STEPS * EPOCHS)] + [(3, 2), (STEPS, 2), (STEPS + 2, 2)]
)
def test_a_resumed_fit_sees_the_same_batches(tmp_path: Path, noise: Make, stop: int, workers: int) -> None:
    whole = fit(tmp_path / "whole", noise().train_loader(10, seed=0), Witness())
    resumed = stopped_and_resumed(tmp_path, lambda: noise(workers=workers).train_loader(10, seed=0), stop)
    assert_same(whole, resumed)


@pytest.mark.parametrize("stop", [1, 2, 3, STEPS, STEPS + 3])
def test_a_shorter_loader_beside_it_also_resumes(tmp_path: Path, noise: Make, stop: int) -> None:
    def both() -> CombinedLoader:
        data = noise()
        short = data.train_loader(10, seed=1, splits=("search",))  # 2 batches
        return CombinedLoader({"train": data.train_loader(10, seed=0), "search": short}, "max_size_cycle")

    assert_same(fit(tmp_path / "whole", both(), Witness()), stopped_and_resumed(tmp_path, both, stop))


def test_epochs_of_a_fit_differ(tmp_path: Path, noise: Make) -> None:
    seen = fit(tmp_path, noise().train_loader(10, seed=0), Witness()).seen
    assert not any(torch.equal(mine, yours) for mine in seen[:STEPS] for yours in seen[STEPS:])
