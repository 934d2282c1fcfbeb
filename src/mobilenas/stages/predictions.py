"""Predictions of a trained network on images of the split ``test``, drawn in files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mobilenas.files.record import read_record, strict, write_record
from mobilenas.files.whole import replacing
from mobilenas.settings.kinds import Probability

if TYPE_CHECKING:
    import torch
    from torch import nn

    from mobilenas.data import TaskData
    from mobilenas.network import NetworkSpec

FOLDER, INDEX = "predictions", "predictions.json"
QUALITY = 85  # of JPEG


@strict
@dataclass(frozen=True)
class DrawnPrediction:
    """A drawn prediction.

    Args:
        file: the name of its picture
        image: the name of the image
        score: how good the prediction is
    """

    file: str
    image: str
    score: Probability


def write_predictions(
    spec: NetworkSpec, network: nn.Module, data: TaskData, batch_size: int, device: torch.device, folder: Path
) -> None:
    """Draws the worst predictions of a network, and some others; nothing if its predictions cannot be drawn.

    Args:
        spec: the network's description
        network: the network in eval mode, on the device
        data: its split ``test`` is drawn
        batch_size: images in one forward pass
        device: the device
        folder: the network's folder
    """
    from PIL import Image

    from mobilenas.data.dense.dense_data import DenseData
    from mobilenas.task.predictions import predictions

    if not isinstance(data, DenseData):
        return
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    batches, names = data.eval_loader("test", batch_size), data.listings["test"].names
    index = list[DrawnPrediction]()
    for number, one in enumerate(predictions(spec, network, batches, data.normalization.in_bytes, device)):
        file = f"{number:02}.jpg"
        with replacing(place / file) as new:
            Image.fromarray(one.picture.permute(1, 2, 0).numpy()).save(new, "JPEG", quality=QUALITY)
        index.append(DrawnPrediction(file, names[one.position], one.score))
    write_record(place / INDEX, index)


def read_predictions(folder: Path) -> tuple[DrawnPrediction, ...]:
    """Returns the drawn predictions of a network, the worst one first; none if there are none.

    Raises:
        ValueError: the list of them is damaged
    """
    path = folder / FOLDER / INDEX
    if not path.exists():
        return ()
    found: tuple[DrawnPrediction, ...] = read_record(path, tuple[DrawnPrediction, ...])
    return found
