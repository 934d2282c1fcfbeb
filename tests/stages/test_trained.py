"""Networks trained on few images have the accuracy that their weights have, after tens of steps as after thousands."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from mobilenas.data import Augment, ImageData
from mobilenas.data.images import MemoryImages
from mobilenas.network import set_classes, set_resolution
from mobilenas.network.published import load_network
from mobilenas.network.transform import scale_width
from mobilenas.search_space import MoGA
from mobilenas.stages import Run
from mobilenas.stages.trained import trained
from mobilenas.tracking import CsvLog
from mobilenas.training import Recipe, Trainer, Training
from mobilenas.training.accuracy import top1
from mobilenas.training.average import moved

FEW = 60
LAPTOP = Recipe(36, 16, 0.005, "rmsprop", ema_decay=0.9999, warmup_epochs=1, momentum=0.9, weight_decay=1e-5)


def _run(folder: Path, data: ImageData, seed: int) -> Run:
    training = Training(Trainer(accelerator="cpu", devices=1), CsvLog(), seed, 10.0)
    return Run(folder, MoGA().space(), data, training)


def dark_and_bright(seed: int) -> ImageData:
    """60 images of noise, of which every other one is bright, 20 of them for the test."""
    labels = torch.arange(FEW) % 2
    noise = torch.rand((FEW, 3, 32, 32), generator=torch.Generator().manual_seed(seed))
    pixels = (255 * (0.4 * noise + 0.6 * labels[:, None, None, None])).to(torch.uint8)
    parts = torch.arange(FEW)
    splits = {"train": parts[:32], "search": parts[32:40], "test": parts[40:]}
    return ImageData("lamps", ("dark", "bright"), MemoryImages(pixels, labels), splits, Augment(), 0, "")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mobilenet_v3_small", "mnasnet_a1"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_few_images_that_any_eye_tells_apart_are_told_apart(name: str, seed: int, tmp_path: Path) -> None:
    spec = scale_width(set_resolution(set_classes(load_network(name), 2), 32), 0.25)
    data = dark_and_bright(seed)
    run = _run(tmp_path, data, seed)
    network = trained(run, LAPTOP, spec, tmp_path, ("train", "search"))
    assert top1(network, data.eval_loader("test", 20), torch.device("cpu")) > 0.9


def test_without_calibration_the_running_averages_are_kept(tmp_path: Path) -> None:
    spec = scale_width(set_resolution(set_classes(load_network("mobilenet_v3_small"), 2), 32), 0.25)
    data, recipe = dark_and_bright(0), replace(LAPTOP, epochs=1, ema_decay=None, calibration_images=None)
    run = _run(tmp_path, data, 0)
    found = [
        norm
        for made in (recipe, replace(recipe, calibration_images=32))
        for norm in trained(run, made, spec, tmp_path / str(made.calibration_images), ("train",)).modules()
        if isinstance(norm, nn.BatchNorm2d)
    ]
    half = len(found) // 2
    assert [norm.num_batches_tracked.item() for norm in found[:half]] == [2] * half  # steps of the epoch
    assert not any(
        torch.allclose(one.running_var, other.running_var)
        for one, other in zip(found[:half], found[half:], strict=True)
    )


@pytest.mark.parametrize("decay", [0.5, 0.9, 0.9999])
def test_the_average_is_the_one_of_tensorflow_with_the_number_of_updates(decay: float) -> None:
    weights = torch.linspace(1, 2, 50, dtype=torch.float64)
    average, expected = weights[0], 1.0
    for step in range(1, len(weights)):
        average = moved(decay, average, weights[step], torch.tensor(step))
        rate = min(decay, (1 + step) / (10 + step))
        expected -= (1 - rate) * (expected - float(weights[step]))
    assert float(average) == pytest.approx(expected, rel=1e-12)


def test_the_average_forgets_its_beginning() -> None:
    average = torch.tensor(1.0, dtype=torch.float64)
    for step in range(1, 200):
        average = moved(0.9999, average, torch.tensor(0.0, dtype=torch.float64), step)
    assert float(average) < 1e-6  # with the decay alone it would be .98
