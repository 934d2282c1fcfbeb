"""The rule ``projection`` of which channels stay, against sums over single filters and single images."""

import pytest
import torch

from mobilenas.adaptation.truncation import truncated
from mobilenas.adaptation.widths import WidthSpace
from mobilenas.network import NetworkSpec
from mobilenas.ops import Classifier, Conv, MBConv, Shape, SqueezeExcite
from tests.given_weights import MINE, WIDTHS
from tests.slow_weights import kept, rectified_variance, truncated_slowly
from tests.supernet.parents import trained


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("decision", range(len(WIDTHS.widths)))
def test_a_smaller_width_keeps_the_channels_of_the_direct_computation(decision: int, seed: int) -> None:
    weights = trained(MINE, seed)
    for option in range(WIDTHS.options[decision] - 1):
        architecture = list(WIDTHS.widest)
        architecture[decision] = option
        child = WIDTHS.network(architecture)
        found, expected = truncated(weights, MINE, child, "projection"), truncated_slowly(weights, MINE, child)
        assert found.keys() == expected.keys()
        assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0.0), (0.5, 2.0), (2.0, -1.0), (0.5, -0.5), (-1.5, 0.4)])
def test_the_variance_of_the_direct_computation_is_that_of_drawn_numbers(scale: float, shift: float) -> None:
    drawn = torch.randn(2_000_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    values = (shift + scale * drawn).clamp_min(0)
    assert rectified_variance(scale, shift) == pytest.approx(float(values.var()), rel=0.01)


def _one_matters(network: NetworkSpec, place: str, channel: int) -> dict[str, torch.Tensor]:
    """Weights of a network, one of whose parts reads a single channel."""
    weights = trained(network)
    others = torch.arange(weights[place].shape[1]) != channel
    weights[place][:, others] *= 1e-3
    return weights


def test_a_channel_that_only_a_gate_reads_much_does_not_stay() -> None:
    """The block reads its input by a squeeze-and-excitation, which has no part in the size of its output."""
    ops = (Conv(8, 3), MBConv(8, 3, expanded=16), MBConv(8, 3, se=SqueezeExcite(divisor=1)), Classifier(4))
    network = NetworkSpec(Shape(3, 8, 8), ops)
    space = WidthSpace(network, 2)
    weights = _one_matters(network, "2.2.0.weight", 5)  # the projection
    squeeze = next(name for name, one in weights.items() if name.startswith("2.1.") and one.ndim == 4)
    weights[squeeze][:, 2] *= 1e3
    architecture = [
        0 if width.kind == "bottleneck" and width.places == (1,) else option
        for width, option in zip(space.widths, space.widest, strict=True)
    ]
    child = space.network(architecture)
    assert child.layers[1].output.channels == 2
    norm = truncated(weights, network, child, "projection")["1.2.1.weight"]
    read = weights["2.2.0.weight"].square().sum((0, 2, 3)).tolist()
    assert torch.equal(norm, weights["1.2.1.weight"][kept(read, 2)])


def test_a_channel_that_never_changes_does_not_stay_however_large_its_projection_is() -> None:
    weights = trained(MINE)
    weights["1.2.0.weight"][:, 3] *= 100
    weights["1.1.1.weight"][3], weights["1.1.1.bias"][3] = 0.0, 5.0
    narrower = [option - (width.places == (1,)) for width, option in zip(WIDTHS.widths, WIDTHS.widest, strict=True)]
    child = WIDTHS.network(narrower)
    found = truncated(weights, MINE, child, "projection")["1.1.1.bias"]
    assert 5.0 not in found.tolist()
