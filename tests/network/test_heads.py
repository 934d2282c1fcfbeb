"""Heads: they compute what torchvision computes, and their counts are those that torch finds."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import detection, segmentation

from mobilenas.network.backbone import Halving, dilated, halved, without_classifier
from mobilenas.network.heads import LRASPP, RASPP, Head, SSDLite
from mobilenas.network.published import load_network
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import BatchNorm, Shape
from tests.random_norms import with_random_norms

IMAGE = Shape(3, 96, 160)
HEADS = [SSDLite(7), SSDLite(7, (64, 32), (2, 3, 4, 6), "relu"), RASPP(5), LRASPP(5), LRASPP(5, 64, "h_swish")]
BACKBONES = ["mobilenet_v2", "mobilenet_v3_small", "mnasnet_a1"]


def with_head(name: str, head: Head, halving: Halving = "none", image: Shape = IMAGE) -> NetworkSpec:
    backbone = halved(without_classifier(load_network(name)), halving)
    if not isinstance(head, SSDLite):
        backbone = dilated(backbone, 16)
    return replace(backbone, input=image, head=head)


def randomize(network: nn.Module) -> nn.Module:
    """The network in eval mode and double precision; its batch norms and biases are random, and so are its weights."""
    for module in with_random_norms(network).modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
        if isinstance(module, nn.Conv2d) and module.bias is not None:
            nn.init.uniform_(module.bias, -0.5, 0.5)
    return network.double().eval()


def built_with(spec: NetworkSpec, theirs: Iterable[nn.Module], eps: float) -> nn.Module:
    """The network built here with the weights of torchvision's modules, which are given in the order of those here."""
    ours = replace(spec, norm=BatchNorm(eps)).build().double().eval()
    weights = [weight for module in theirs for weight in module.state_dict().values()]
    pairs = zip(ours.state_dict().items(), weights, strict=True)
    ours.load_state_dict({name: weight.reshape(own.shape) for (name, own), weight in pairs})
    return ours


def check_same(found: Tensor, expected: Tensor) -> None:
    assert found.shape == expected.shape
    assert expected.std() > 1e-3
    assert (found - expected).abs().max() < 1e-4 * expected.abs().max()


@pytest.fixture(scope="module")
def lraspp() -> nn.Module:
    torch.manual_seed(0)
    network = segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=21)
    return randomize(network)


@pytest.fixture(scope="module")
def ssdlite() -> nn.Module:
    torch.manual_seed(0)
    network = detection.ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=91)
    return randomize(network)


def test_lr_aspp_computes_what_torchvision_computes(lraspp: nn.Module) -> None:
    """torchvision dilates also the block that loses its stride, and its head has another epsilon than its backbone."""
    depthwise = lraspp.get_submodule("backbone.13.block.1.0")
    assert isinstance(depthwise, nn.Conv2d) and depthwise.kernel_size == (5, 5) and depthwise.dilation == (2, 2)
    depthwise.dilation, depthwise.padding = (1, 1), (2, 2)
    for module in lraspp.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 1e-3
    names = (
        "backbone",
        "classifier.cbr",
        "classifier.scale",
        "classifier.high_classifier",
        "classifier.low_classifier",
    )
    spec = with_head("mobilenet_v3_large", LRASPP(21, 128))
    ours = built_with(spec, map(lraspp.get_submodule, names), eps=1e-3)
    assert spec.params == sum(parameter.numel() for parameter in lraspp.parameters())
    images = torch.randn(2, 3, 96, 160, dtype=torch.double)
    with torch.inference_mode():
        check_same(ours(images), lraspp(images)["out"])


def test_ssdlite_computes_what_torchvision_computes(ssdlite: nn.Module) -> None:
    head = SSDLite(90, anchors=(6, 6, 6, 6, 6, 6))
    spec = with_head("mobilenet_v3_large", head, "channels", Shape(3, 320, 320))
    pair = ("head.regression_head.module_list", "head.classification_head.module_list")
    names = ["backbone.features", "backbone.extra", *(f"{part}.{place}" for place in range(6) for part in pair)]
    ours = built_with(spec, map(ssdlite.get_submodule, names), eps=1e-3)
    assert spec.params == sum(parameter.numel() for parameter in ssdlite.parameters())
    images = torch.randn(1, 3, 320, 320, dtype=torch.double)
    with torch.inference_mode():
        boxes, scores = ours(images)
        maps = ssdlite.get_submodule("backbone")(images)
        expected = ssdlite.get_submodule("head")(list(maps.values()))
    check_same(boxes, expected["bbox_regression"])
    check_same(scores, expected["cls_logits"])
    grids = head.grids([tap.shape for tap in spec.taps])
    assert grids == [tuple(one.shape[2:]) for one in maps.values()]


@pytest.mark.parametrize("name", BACKBONES)
@pytest.mark.parametrize("head", HEADS, ids=str)
def test_the_counts_are_those_that_torch_finds(name: str, head: Head) -> None:
    spec = with_head(name, head)
    with torch.device("meta"):
        network, images = spec.build().eval(), torch.empty(1, 3, 96, 160)
    with FlopCounterMode(display=False) as counter:
        network(images)
    assert spec.params == sum(parameter.numel() for parameter in network.parameters())
    assert spec.macs == counter.get_total_flops() // 2


@pytest.mark.parametrize("head", [RASPP(5), LRASPP(5)], ids=str)
def test_a_segmenter_has_a_score_for_each_class_and_pixel(head: Head) -> None:
    with torch.inference_mode():
        assert with_head("mobilenet_v3_small", head).build().eval()(torch.zeros(2, 3, 96, 160)).shape == (2, 5, 96, 160)


# Output strides 16, 32, 64, 128, 256 and 512, rounded up: 6 x 10, 3 x 5, 2 x 3, 1 x 2, 1 x 1 and 1 x 1.
def test_a_detector_has_boxes_and_scores_for_each_anchor() -> None:
    with torch.inference_mode():
        boxes, scores = with_head("mobilenet_v2", SSDLite(7)).build().eval()(torch.zeros(2, 3, 96, 160))
    anchors = 3 * 60 + 6 * (15 + 6 + 2 + 1 + 1)
    assert boxes.shape == (2, anchors, 4) and scores.shape == (2, anchors, 8)


@pytest.mark.parametrize("head", HEADS, ids=str)
def test_the_weights_of_the_layers_have_the_names_that_they_have_without_a_head(head: Head) -> None:
    with torch.device("meta"):
        network = load_network("mobilenet_v2")
        alone = network.build().state_dict()
        names = with_head("mobilenet_v2", head).build().state_dict()
    classifier = f"{len(network.ops) - 1}."
    layers = {name: weight.shape for name, weight in alone.items() if not name.startswith(classifier)}
    assert len(layers) > 200
    assert {name: names[name].shape for name in layers} == layers
