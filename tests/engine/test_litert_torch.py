"""The TFLite files of this project beside those of litert-torch, the converter of LiteRT's makers, if it is installed.

Its dependencies are large and partly older than this project's: install it in an environment of its own.
"""

import warnings
from collections import Counter
from pathlib import Path

import pytest
import torch
from torch import nn

from mobilenas.engine.export.tflite import to_tflite
from mobilenas.network import NetworkSpec
from mobilenas.ops import Classifier, Conv, MBConv, Op, Shape, SqueezeExcite
from tests.engine.test_export import ready
from tests.engine.test_tflite import operators, run

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    litert_torch = pytest.importorskip("litert_torch")

IMAGE = Shape(3, 32, 32)
BLOCKS: dict[str, tuple[Op, ...]] = {
    "MoGA": (
        MBConv(24, 5, stride=2, act="h_swish", expanded=48, se=SqueezeExcite()),
        MBConv(24, 7, act="h_swish", expanded=72, se=SqueezeExcite(), residual=True),
    ),
    "FBNet": (
        MBConv(24, 3, stride=2, expanded=16, groups=2),
        MBConv(24, 5, expanded=24, groups=2, residual=True),
    ),
    "MobileNetV2": (
        MBConv(24, 3, stride=2, act="relu6", expanded=96),
        MBConv(24, 3, act="relu6", expanded=144, residual=True),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("padding", ["symmetric", "same"])
@pytest.mark.parametrize("name", BLOCKS)
def test_a_converted_network_computes_the_same_with_almost_the_same_operators(
    name: str, padding: str, tmp_path: Path
) -> None:
    """The converter needs no reshape before the classifier, and has the 3 of a hard sigmoid in the bias before it."""
    ops = (Conv(16, 3, stride=2), *BLOCKS[name], Classifier(5))
    module = ready(NetworkSpec(IMAGE, ops, name="n", padding=padding).build(), IMAGE)  # type: ignore[arg-type]
    images = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    own, converted = to_tflite(module, IMAGE, "n"), _converted(module, tmp_path / "n.tflite")
    found, expected = run(own, images), run(converted, images)
    assert float((found - expected).abs().max()) < 1e-5 * max(1.0, float(expected.abs().max()))
    gates = sum(isinstance(part, nn.Hardsigmoid) for part in module.modules())
    assert operators(own) - operators(converted) <= Counter(RESHAPE=1, ADD=gates)


def _converted(module: nn.Module, path: Path) -> bytes:
    """What the converter writes for a module, from images whose last dimension is the channels, as in our files."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        channels_last = litert_torch.to_channel_last_io(module, args=[0])
        litert_torch.convert(channels_last.eval(), (torch.zeros(1, 32, 32, 3),)).export(str(path))
    return path.read_bytes()
