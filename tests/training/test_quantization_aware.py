"""Quantization-aware fine-tuning: what it computes with, and what a stopped one goes on from."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from mobilenas.data import Augment, Digits
from mobilenas.data.image_data import ImageData
from mobilenas.network import NetworkSpec
from mobilenas.ops import Classifier, Conv, MBConv, Shape
from mobilenas.tracking import CsvLog
from mobilenas.training import Recipe, Training
from mobilenas.training.quantization_aware import QuantizationAware
from tests.training.power import Power
from tests.training.with_callbacks import WithCallbacks

pytest.importorskip("torchao")

OPS = (
    Conv(8, kernel=3, stride=2, act="relu6"),
    MBConv(8, kernel=3, expanded=16, act="relu6", residual=True),
    Classifier(10),
)
SPEC = NetworkSpec(Shape(3, 8, 8), OPS, name="small")
RECIPE = Recipe(epochs=3, batch_size=256, lr=0.05, optimizer="sgd", weight_decay=0.0, schedule="cosine")


@pytest.fixture(scope="module")
def data() -> ImageData:
    return Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load()


def beginning() -> dict[str, Tensor]:
    torch.manual_seed(0)
    module = SPEC.build()
    with torch.no_grad():
        for _ in range(20):
            module(torch.randn(16, 3, 8, 8))
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def module() -> QuantizationAware:
    return QuantizationAware(SPEC, RECIPE, beginning())


def trained(data: ImageData, folder: Path, stop: int | None = None) -> dict[str, Tensor]:
    callbacks = (Power(stop, KeyboardInterrupt),) if stop else ()
    training = Training(WithCallbacks(others=callbacks), CsvLog(), 0, 60.0)
    made = training.fit(module, data.train_loader(RECIPE.batch_size, 0), RECIPE, folder, "small")
    assert isinstance(made, QuantizationAware)
    return made.plain_network().state_dict()


def test_before_the_first_step_it_holds_the_given_weights() -> None:
    found = module().plain_network().state_dict()
    assert found.keys() == beginning().keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in beginning().items())


def test_weights_are_rounded_to_8_bits_for_each_output_channel() -> None:
    """The outputs are those of a network whose weights are rounded by hand, up to the rounding of the maps."""
    learning = module()
    images = torch.randn(64, 3, 8, 8, generator=torch.Generator().manual_seed(2))
    learning.train()
    with torch.no_grad():
        for _ in range(200):  # moves the ranges of the maps
            learning(images)
    learning.eval()
    plain = learning.plain_network()
    with torch.no_grad():
        error = (learning(images) - plain(images)).norm() / plain(images).norm()
    assert 1e-4 < error < 0.1


def test_a_checkpoint_has_the_shapes_of_a_new_module() -> None:
    learning = module()
    new = {name: buffer.shape for name, buffer in learning.network.named_buffers()}
    learning.train()
    learning(torch.randn(8, 3, 8, 8))
    assert {name: buffer.shape for name, buffer in learning.network.named_buffers()} == new


def test_a_stopped_training_ends_as_one_that_was_not(
    data: ImageData, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = trained(data, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        trained(data, tmp_path / "stopped", stop=6)
    found = trained(data, tmp_path / "stopped")
    assert "from scratch" not in caplog.text
    assert all(torch.equal(found[name], tensor) for name, tensor in whole.items())
