"""Weights of smaller networks against the parent with its left-out channels set to zero."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from mobilenas.adaptation.layer_weights import Keep
from mobilenas.adaptation.truncation import truncated
from mobilenas.adaptation.widths import WidthSpace, bottlenecks
from mobilenas.network.published import load_network, network_names
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import resized, scale_width, set_classes, set_resolution
from mobilenas.ops import Classifier, MBConv, Shape
from mobilenas.ops.widths import Axes, Cut
from mobilenas.search_space import MnasNet
from tests.random_norms import with_random_norms

PLAIN = """
name: plain
input: {channels: 3, height: 8, width: 8}
layers:
  - {op: conv, kernel: 3, out: 8}
  - {op: sepconv, kernel: 3, out: 6, act: relu}
  - {op: mbconv, kernel: 3, expanded: 20, out: 10, act: h_swish, stride: 2}
  - {op: mbconv, kernel: 3, expanded: 24, out: 10, act: h_swish, residual: true}
  - {op: mbconv, kernel: 3, expanded: 18, out: 12, act: relu}
  - {op: conv, kernel: 1, out: 16}
  - {op: classifier, classes: 5}
"""


def small(name: str) -> NetworkSpec:
    return resized(load_network(name), classes=5, resolution=16, width=0.5, hidden=0.1, unstrided=2)


def weights_of(network: NetworkSpec) -> dict[str, Tensor]:
    """Random, the batch norms' statistics too."""
    torch.manual_seed(0)
    return with_random_norms(network.build()).state_dict()


def outputs(network: NetworkSpec, weights: dict[str, Tensor]) -> Tensor:
    module = network.build().double().eval()
    module.load_state_dict(weights)
    images = torch.rand(2, 3, *module_size(network), generator=torch.Generator().manual_seed(1)).double()
    found: Tensor = module(images)
    return found.detach()


def module_size(network: NetworkSpec) -> tuple[int, int]:
    return network.input.height, network.input.width


@pytest.mark.parametrize("name", network_names())
@pytest.mark.parametrize("keep", ["norm", "first"])
def test_truncating_nothing_changes_no_weight(name: str, keep: Keep) -> None:
    network = small(name)
    weights = weights_of(network)
    found = truncated(weights, network, network, keep)
    assert found.keys() == weights.keys()
    assert all(torch.equal(found[key], weights[key]) for key in weights)


@pytest.mark.parametrize("name", network_names())
def test_the_weights_of_any_widths_fit_their_network(name: str) -> None:
    space = WidthSpace(small(name), 2)
    weights, rng = weights_of(space.seed), np.random.default_rng(0)
    for _ in range(3):
        child = space.network(rng.integers(0, space.options).tolist())
        found = truncated(weights, space.seed, child, "norm")
        child.build().load_state_dict(found)
        for key, tensor in found.items():
            assert tensor.dim() == weights[key].dim()


@pytest.mark.parametrize("decision", range(6))
@pytest.mark.parametrize("keep", ["norm", "first"])
def test_the_network_is_the_parent_without_the_channels_that_go(decision: int, keep: Keep) -> None:
    space = WidthSpace(NetworkSpec.from_yaml(PLAIN), 2)
    assert len(space.widths) == 6
    weights = weights_of(space.seed)
    architecture = list(space.widest)
    architecture[decision] = 1
    child, width = space.network(architecture), space.widths[decision]
    staying = _staying(weights, space.seed, decision, width.kind, width.places, width.channels[1], keep)
    silenced = {key: tensor.clone() for key, tensor in weights.items()}
    for norm in _norms_of(width.kind, width.places):
        for key in (f"{norm}.weight", f"{norm}.bias"):
            silenced[key][~staying] = 0.0
    expected = outputs(space.seed, silenced)
    torch.testing.assert_close(outputs(child, truncated(weights, space.seed, child, keep)), expected)


def _norms_of(kind: str, places: tuple[int, ...]) -> list[str]:
    """The batch norms over a width: of the expansion and the depthwise convolution, or of each projection."""
    if kind == "expansion":
        return [f"{places[0]}.0.1", f"{places[0]}.1.1"]
    return [f"{place}.{1 if place == 1 else 2}.1" for place in places]


def _staying(
    weights: dict[str, Tensor],
    network: NetworkSpec,
    decision: int,
    kind: str,
    places: tuple[int, ...],
    channels: int,
    keep: Keep,
) -> Tensor:
    """Whether each channel stays, by sums over single filters."""
    part = "0" if kind == "expansion" else "2"
    filters = [weights[f"{place}.{'1' if place == 1 else part}.0.weight"] for place in places]
    norms = [sum(float((one[channel] ** 2).sum()) for one in filters) for channel in range(len(filters[0]))]
    order = sorted(range(len(norms)), key=lambda channel: -norms[channel] if keep == "norm" else channel)
    return torch.tensor([channel in order[:channels] for channel in range(len(norms))])


def test_layers_that_residuals_tie_share_a_bottleneck() -> None:
    network = load_network("mobilenet_v2")
    groups = bottlenecks(network)
    sizes = [network.layers[group[0]].output.channels for group in groups]
    assert sizes == [16, 24, 32, 64, 96, 160, 320]  # MobileNetV2, Table 2: channels and layers
    assert [len(group) for group in groups] == [1, 2, 3, 4, 3, 3, 1]


def test_a_stem_that_a_residual_ties_to_a_block_shrinks_with_it() -> None:
    network = load_network("mobilenet_v3_large")  # its first block adds the stem's output to its own
    assert bottlenecks(network)[0] == (0, 1)


def test_what_a_residual_ties_to_a_grouped_block_keeps_its_channels() -> None:
    grouped = PLAIN.replace("out: 10, act: h_swish, residual: true", "out: 10, act: h_swish, residual: true, groups: 2")
    network = NetworkSpec.from_yaml(grouped)
    assert bottlenecks(network) == [(1,), (4,)]
    space = WidthSpace(network, 2)
    child = space.network([0] * len(space.options))
    child.build().load_state_dict(truncated(weights_of(network), network, child, "norm"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("out: 16}", "Layer 5 of .* is wider"),
        ("expanded: 24", "Layer 3 of .* is wider"),
        ("kernel: 1, out: 16}", "The layers of .* are not those of"),
    ],
)
def test_another_or_a_wider_network_is_refused(change: str, said: str) -> None:
    changes = {
        "out: 16}": "out: 18}",
        "expanded: 24": "expanded: 26",
        "kernel: 1, out: 16}": "kernel: 1, out: 16}\n  - {op: conv, kernel: 1, out: 16}",
    }
    network = NetworkSpec.from_yaml(PLAIN)
    other = NetworkSpec.from_yaml(PLAIN.replace(change, changes[change]))
    with pytest.raises(ValueError, match=said):
        truncated(weights_of(network), network, other, "norm")


@dataclass(frozen=True)
class Uncut(MBConv):
    """An inverted bottleneck with wrong axes."""

    name: ClassVar[str] = "uncut"
    axes: tuple[Axes, ...] = ()

    def cut(self, input: Shape) -> Cut:
        return Cut(self.axes, {"expanded": self.expanded or 0})


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ((), r'has no axes to "output"'),
        ((("input", "expanded"), ("", "expanded")), r'has no axes to "output"'),
        ((("input", "output"),), r"has no axes for 1\.1\.0"),
        ((("inside", "expanded"), ("", "expanded"), ("expanded", "output")), "reads 'inside' before it is made"),
    ],
)
def test_a_cut_without_all_axes_names_its_operation(axes: tuple[Axes, ...], said: str) -> None:
    wide, narrow = (
        NetworkSpec(Shape(3, 8, 8), (MBConv(8, 3), Uncut(8, 3, expanded=expanded, axes=axes), Classifier(5)))
        for expanded in (16, 12)
    )
    with pytest.raises(ValueError, match=f"uncut: its cut {said}; return the axes .* from Uncut.cut"):
        truncated(weights_of(wide), wide, narrow, "first")


def test_a_rule_that_is_unknown_is_refused() -> None:
    network = NetworkSpec.from_yaml(PLAIN)
    with pytest.raises(ValueError, match="keep must be one of projection, norm, first, not 'last'"):
        truncated(weights_of(network), network, network, "last")  # type: ignore[arg-type]


def test_a_network_without_widths_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no expansion or bottleneck of more than 64 channels: set a smaller"):
        WidthSpace(NetworkSpec.from_yaml(PLAIN), 64)


def searched() -> list[NetworkSpec]:
    """Random networks of MnasNet's space: regular convolutions, SE, pooled residuals, blocks without expansion."""
    space = MnasNet(width=0.5, blocks=2, hidden=0.1, unstrided=2).space(10, 16)
    drawn = space.sample(6, np.random.default_rng(1))
    published = ("mobilenet_v3_small", "mobilenet_v3_large", "mnasnet_a1", "moga_a", "fbnet_c", "proxyless_mobile")
    return [space.network(one) for one in drawn] + [small(name) for name in published]


@pytest.mark.parametrize("keep", get_args(Keep))
@pytest.mark.parametrize("number", range(12))
def test_a_child_computes_what_its_parent_does_with_the_channels_that_go_at_zero(number: int, keep: Keep) -> None:
    parent, rng = searched()[number], np.random.default_rng(number)
    weights, space = weights_of(parent), WidthSpace(parent, 2)
    child = space.network(rng.integers(0, space.options).tolist())
    _check_silenced(weights, parent, child, keep)


@pytest.mark.parametrize("name", network_names())
def test_a_whole_network_can_be_narrower_everywhere(name: str) -> None:
    """Also its stem, and its last convolution, which are no widths that NetAdapt chooses."""
    parent = set_resolution(set_classes(load_network(name), 10), 32)
    weights, child = weights_of(parent), scale_width(parent, 0.5)
    _check_silenced(weights, parent, child, "projection")


def _check_silenced(weights: dict[str, Tensor], parent: NetworkSpec, child: NetworkSpec, keep: Keep) -> None:
    for name, tensor in weights.items():
        if name.endswith(".bias"):
            tensor.copy_(0.5 + torch.randperm(len(tensor)) / len(tensor))  # all differ, and so name their channels
    cut = truncated(weights, parent, child, keep)
    silent = {name: tensor.clone() for name, tensor in weights.items()}
    for name, tensor in weights.items():
        if name.endswith(".bias") and len(cut[name]) < len(tensor):
            gone = ~torch.isin(tensor, cut[name])
            assert gone.sum() == len(tensor) - len(cut[name])
            silent[name][gone] = 0
            silent[f"{name.removesuffix('bias')}weight"][gone] = 0
    assert torch.allclose(outputs(child, cut), outputs(parent, silent), rtol=1e-9)
