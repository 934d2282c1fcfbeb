"""The published networks compute what independent implementations compute from the same weights."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import timm
import torch
import torchvision
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from mobilenas.network.published import load_network
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import BatchNorm
from tests.random_norms import with_random_norms

TORCHVISION = [
    ("mobilenet_v3_large", torchvision.models.mobilenet_v3_large),
    ("mobilenet_v3_small_1024", torchvision.models.mobilenet_v3_small),
    ("mobilenet_v2", torchvision.models.mobilenet_v2),
    ("mnasnet_b1", torchvision.models.mnasnet1_0),
]

# timm has neither MoGA-A nor Proxyless-Mobile.
TIMM = [
    ("fbnet_c", "fbnetc_100"),
    ("mnasnet_a1", "semnasnet_100"),
    ("mnasnet_b1", "mnasnet_100"),
    ("mobilenet_v2", "mobilenetv2_100"),
    ("mobilenet_v3_large", "mobilenetv3_large_100"),
    ("mobilenet_v3_small_1024", "mobilenetv3_small_100"),
    ("mobilenet_v4_conv_medium", "mobilenetv4_conv_medium"),
    ("mobilenet_v4_conv_small", "mobilenetv4_conv_small"),
]


def randomize(network: nn.Module) -> nn.Module:
    """The network in eval mode and double precision, with random batch norms, statistics and biases."""
    for module in with_random_norms(network).modules():
        if getattr(module, "bias", None) is not None:
            nn.init.uniform_(module.bias, -0.5, 0.5)
    return network.double().eval()


def with_weights_of(theirs: nn.Module, spec: NetworkSpec) -> nn.Module:
    """The network built here with another's weights, which come in the same order, and its batch-norm epsilon.

    The epsilon is the library's choice: both have 1e-5 for MobileNetV2 and MnasNet, where the authors have 1e-3.
    """
    eps = {module.eps for module in theirs.modules() if isinstance(module, nn.BatchNorm2d)}
    ours = replace(spec, norm=BatchNorm(eps.pop())).build().double().eval()
    assert not eps
    names, weights = ours.state_dict(), theirs.state_dict().values()
    pairs = zip(names.items(), weights, strict=True)
    ours.load_state_dict({name: weight.reshape(own.shape) for (name, own), weight in pairs})
    return ours


def check_same_outputs(spec: NetworkSpec, build: Callable[[], nn.Module], resolution: int) -> None:
    torch.manual_seed(0)
    theirs = randomize(build())
    ours = with_weights_of(theirs, spec)
    images = torch.randn(2, 3, resolution, resolution, dtype=torch.double)
    with torch.inference_mode():
        expected, found = theirs(images), ours(images)
    assert expected.std() > 1e-3
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("name", "build"), TORCHVISION)
def test_a_network_computes_what_torchvision_computes(name: str, build: Callable[[], nn.Module]) -> None:
    check_same_outputs(load_network(name), build, resolution=224)


@pytest.mark.parametrize("name", ["mobilenet_v4_conv_medium", "mobilenet_v4_conv_small"])
def test_mobilenet_v4_has_timms_counts(name: str) -> None:
    network = load_network(name)
    with torch.device("meta"):
        theirs = timm.create_model(name.replace("net_v", "netv")).eval()
        images = torch.empty(1, 3, network.input.height, network.input.width)
    with FlopCounterMode(display=False) as counter:
        theirs(images)
    params = sum(parameter.numel() for parameter in theirs.parameters())
    assert (network.params, network.macs) == (params, counter.get_total_flops() // 2)


@pytest.mark.parametrize(("name", "timm_name"), TIMM)
def test_a_network_computes_what_timm_computes(name: str, timm_name: str) -> None:
    check_same_outputs(load_network(name), lambda: timm.create_model(timm_name), resolution=96)
