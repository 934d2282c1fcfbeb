"""Weights of smaller detectors and segmenters against the parent with its left-out channels set to zero."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from mobilenas.adaptation.truncation import truncated
from mobilenas.adaptation.widths import WidthSpace, bottlenecks
from mobilenas.network import NetworkSpec, load_network, set_resolution
from mobilenas.network.backbone import without_classifier
from mobilenas.network.heads import LRASPP, RASPP, Head, SSDLite
from mobilenas.ops import Conv, MBConv, Shape
from mobilenas.task import Detection, Segmentation, Task
from tests.adaptation.test_truncation import weights_of

HEADS = [RASPP(3, 8), LRASPP(3, 8), SSDLite(3, (8, 8), (3, 6, 6, 6))]
OPS = (
    Conv(8, kernel=3, stride=2),
    MBConv(10, kernel=3, expanded=16, stride=2),
    MBConv(12, kernel=3, expanded=18, stride=2),  # its output is LR-ASPP's low map
    MBConv(14, kernel=3, expanded=20, stride=2),
    MBConv(12, kernel=3, expanded=22, stride=2),  # its expansion is SSDLite's C4
    MBConv(16, kernel=3, expanded=24),  # its output is the last map
)


def _outputs(network: NetworkSpec, weights: dict[str, Tensor]) -> list[Tensor]:
    module = network.build().double().eval()
    module.load_state_dict(weights)
    found = module(torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(1)).double())
    return [one.detach() for one in ([found] if isinstance(found, Tensor) else found)]


@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.name)
@pytest.mark.parametrize("decision", range(10))
def test_the_network_is_the_parent_without_the_channels_that_go(head: Head, decision: int) -> None:
    space = WidthSpace(NetworkSpec(Shape(3, 64, 96), OPS, head=head), 2)
    assert len(space.widths) == 10  # five expansions and five bottlenecks
    parent, width = space.seed, space.widths[decision]
    architecture = list(space.widest)
    architecture[decision] = 1
    weights, silenced = weights_of(parent), weights_of(parent)
    (place,), kept = width.places, width.channels[1]
    norms = [f"{place}.0.1", f"{place}.1.1"] if width.kind == "expansion" else [f"{place}.2.1"]
    part = "expansion" if width.kind == "expansion" else "output"
    for number, tap in enumerate(parent.taps):
        if isinstance(head, SSDLite) and (tap.layer, tap.part) == (place, part):  # depthwise convolutions read it
            norms += [f"{len(OPS)}.{name}{number}.0.1" for name in ("boxes", "scores")]
    for norm in norms:
        for key in ("weight", "bias"):
            silenced[f"{norm}.{key}"][kept:] = 0.0
    found = _outputs(space.network(architecture), truncated(weights, parent, space.network(architecture), "first"))
    torch.testing.assert_close(found, _outputs(parent, silenced))


@pytest.mark.parametrize("task", [Detection(), Segmentation(), Segmentation(head="r_aspp", output_stride=32)])
@pytest.mark.parametrize("name", ["mobilenet_v2", "mobilenet_v3_small", "mobilenet_v4_conv_small"])
def test_the_weights_of_any_widths_fit_their_network(task: Task, name: str) -> None:
    network = task.network(set_resolution(load_network(name), (64, 96)), 4)
    space, weights = WidthSpace(network), weights_of(network)
    for architecture in space.sample(3, np.random.default_rng(0)).tolist():
        child = space.network(architecture)
        child.build().load_state_dict(truncated(weights, network, child, "projection"))


def test_the_last_bottleneck_can_change_if_a_head_reads_it() -> None:
    backbone = without_classifier(load_network("mobilenet_v2"), last_conv=False)
    sizes = [[net.layers[group[0]].output.channels for group in bottlenecks(net)] for net in (
        backbone, replace(backbone, head=RASPP(19)),
    )]  # fmt: skip
    assert sizes == [[16, 24, 32, 64, 96, 160], [16, 24, 32, 64, 96, 160, 320]]  # MobileNetV2, Table 2


@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.name)
def test_channels_stay_that_the_head_reads_most(head: Head) -> None:
    """All filters that read the last map are zero, except those of four channels."""
    space = WidthSpace(NetworkSpec(Shape(3, 64, 96), OPS, head=head), 2)
    parent, weights = space.seed, weights_of(space.seed)
    last, most = len(OPS) - 1, [2, 5, 11, 13]
    readers = {"r_aspp": ["aspp.branch.0", "aspp.pooled.0"], "lr_aspp": ["aspp.branch.0", "aspp.gate.0"]}
    for name in readers.get(head.name, ["narrow0.0", "boxes1.1.0", "scores1.1.0"]):
        weight = weights[f"{len(OPS)}.{name}.weight"]
        others = [channel for channel in range(16) if channel not in most]
        weight[:, others] = 0.0
    decision = next(n for n, one in enumerate(space.widths) if one.kind == "bottleneck" and one.places == (last,))
    architecture = list(space.widest)
    architecture[decision] = space.widths[decision].channels.index(4)
    found = truncated(weights, parent, space.network(architecture), "projection")
    projection = f"{last}.2.0.weight"
    torch.testing.assert_close(found[projection], weights[projection][most])


def test_another_head_is_refused() -> None:
    networks = [NetworkSpec(Shape(3, 64, 96), OPS, head=RASPP(3, filters)) for filters in (8, 16)]
    with pytest.raises(ValueError, match="The head of network is not that of network: only widths can be truncated"):
        truncated(weights_of(networks[0]), *networks, "first")
