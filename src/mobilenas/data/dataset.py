"""Makes batches of bytes from positions: unchanged for evaluation, randomly changed for training."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.data import Dataset

from mobilenas.data.images import Images, Picture
from mobilenas.data.normalization import Batch
from mobilenas.data.seeding import mix, seeded


@dataclass(frozen=True, eq=False)
class Centered(Dataset[Batch]):
    """Some of the images in a fixed order, without random changes."""

    images: Images
    positions: Tensor

    def __len__(self) -> int:
        return len(self.positions)

    def __getitems__(self, indices: list[int]) -> list[Tensor]:
        positions = self.positions[indices]
        return [self.images.centered(positions.tolist()), self.images.labels[positions]]


@dataclass(frozen=True, eq=False)
class Augmented(Dataset[Batch]):
    """Randomly changed images; the change of an image depends only on the seed and its position.

    Args:
        images: all images
        change: changes an image to bytes ``(3, H, W)``; draws from torch's generator
        from_original: whether the change starts from the whole image instead of the centered image
        seed: seed of this pass over the images
    """

    images: Images
    change: Callable[[Picture], Tensor]
    from_original: bool
    seed: int

    def __len__(self) -> int:
        return len(self.images.labels)

    def __getitems__(self, positions: list[int]) -> list[Tensor]:
        images = map(self.images.original, positions) if self.from_original else self.images.centered(positions)
        changed = [self._changed(image, position) for image, position in zip(images, positions, strict=True)]
        return [torch.stack(changed), self.images.labels[positions]]

    def _changed(self, image: Picture, position: int) -> Tensor:
        with seeded(mix(self.seed, position)):
            return self.change(image)
