"""Networks: what they are made of, and their YAML."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from mobilenas.network.layer import Layer
from mobilenas.network.published import load_network, network_names
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import BatchNorm, Classifier, Conv, MBConv, Pool, Shape, Skip, SqueezeExcite
from mobilenas.search_space import MoGA

INPUT = Shape(3, 32, 32)

ODD = NetworkSpec(
    INPUT,
    (
        Conv(12, kernel=5, stride=2, act="relu6", groups=3, norm=False, bias=True, scaling="up_only"),
        Pool(kernel=3, stride=2, mode="max"),
        MBConv(12, kernel=3, expanded=37, residual=True, se=SqueezeExcite(of="input", ratio=0.3, gate="sigmoid")),
        MBConv(18, kernel=7, act="h_swish", groups=3),
        Skip(),
        Classifier(10, hidden=6, act="h_swish", hidden_bias=False, dropout=0.1),
    ),
    BatchNorm(eps=1e-7, momentum=0.25),
    "an_odd.network-2",
)


def test_layers_chain_their_shapes() -> None:
    shapes = [layer.output for layer in ODD.layers]
    assert shapes == [
        Shape(12, 16, 16), Shape(12, 8, 8), Shape(12, 8, 8), Shape(18, 8, 8), Shape(18, 8, 8), Shape(10, 1, 1)
    ]  # fmt: skip


def test_counts_are_the_sums_over_the_layers(torch_counts: Callable[[Layer], tuple[int, int]]) -> None:
    counts = [torch_counts(layer) for layer in ODD.layers]
    assert (ODD.params, ODD.macs) == tuple(map(sum, zip(*counts, strict=True)))


def test_the_network_maps_images_to_classes() -> None:
    assert ODD.build().eval()(torch.rand(2, 3, 32, 32)).shape == (2, ODD.classes)


def test_the_name_does_not_tell_networks_apart() -> None:
    assert replace(ODD, name="other") == ODD and hash(replace(ODD, name="other")) == hash(ODD)


@pytest.mark.parametrize("changes", [{"input": Shape(3, 64, 32)}, {"norm": BatchNorm()}, {"ops": ODD.ops[:-1]}])
def test_everything_else_tells_networks_apart(changes: dict[str, object]) -> None:
    assert replace(ODD, **changes) != ODD


@pytest.mark.parametrize("network", [ODD, *map(load_network, network_names())], ids=lambda network: network.name)
def test_yaml_gives_the_network_back(network: NetworkSpec) -> None:
    read = NetworkSpec.from_yaml(network.to_yaml())
    assert (read, read.name) == (network, network.name)


def test_yaml_gives_every_network_of_a_space_back() -> None:
    space = MoGA(width=0.35).space(classes=7, resolution=64)
    networks = [space.network(architecture) for architecture in space.sample(20, np.random.default_rng(0))]
    assert [NetworkSpec.from_yaml(network.to_yaml()) for network in networks] == networks


def test_yaml_has_one_line_an_operation() -> None:
    lines = ODD.to_yaml().splitlines()
    assert [line for line in lines if line.startswith("  - {op: ")] == lines[-len(ODD.ops) :]


def test_an_expansion_ratio_is_resolved_and_made_divisible() -> None:
    layers = [{"op": "mbconv", "out": 8, "kernel": 3, "expansion": 2.3, "divisor": 8}]
    network = NetworkSpec.from_dict({"input": {"channels": 20, "height": 4, "width": 4}, "layers": layers})
    assert network.ops == (MBConv(8, kernel=3, expanded=48),)
