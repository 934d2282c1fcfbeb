"""What a supernet inherits from a trained network, beside the network itself."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from mobilenas.network import NetworkSpec, load_network, resized, set_resolution
from mobilenas.ops import UIB, Classifier, Conv, MBConv, Op, Padding, Shape, Skip, SqueezeExcite
from mobilenas.search_space import Around, FBNet, LayerwiseSpace, MobileNetV4, MoGA, ProxylessMobile
from mobilenas.supernet import Supernet, inherited, inherited_network
from tests.supernet.parents import SE, UNIVERSAL, images, loaded, small, trained


def _supernet(space: LayerwiseSpace, parent: NetworkSpec, weights: dict[str, Tensor]) -> Supernet:
    supernet = Supernet(space)
    supernet.load_state_dict(inherited(space, parent, weights))
    return supernet.eval()


def _changed(parent: NetworkSpec, place: int, op: Op) -> NetworkSpec:
    return replace(parent, ops=(*parent.ops[:place], op, *parent.ops[place + 1 :]))


def _inherits(parent: NetworkSpec, place: int, **fields: object) -> tuple[Tensor, Tensor]:
    """Outputs of a network, and of the one that inherits its weights and differs in one operation."""
    weights, child = trained(parent), _changed(parent, place, replace(parent.ops[place], **fields))
    own = inherited_network(child, parent, weights)
    with torch.no_grad():
        return loaded(parent, weights)(images(parent)), loaded(child, own)(images(parent))


@pytest.mark.parametrize("padding", ["symmetric", "same"])
@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("ops", [small().ops, UNIVERSAL], ids=["mbconv", "uib"])
@torch.no_grad()
def test_the_parents_path_computes_what_the_parent_computes(padding: Padding, skips: bool, ops: tuple[Op, ...]) -> None:
    parent = small(padding, ops)
    weights = trained(parent)
    space = Around(parent, skips=skips, unexpanded=True).space(10, 32)
    supernet, path = _supernet(space, parent, weights), space.architecture(parent)
    expected = loaded(parent, weights)(images(parent))
    assert torch.equal(supernet.path(path)(images(parent)), expected)
    assert torch.equal(supernet(images(parent), path), expected)


@pytest.mark.parametrize("name", ["mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small", "mnasnet_a1", "fbnet_c"])
@torch.no_grad()
def test_a_published_network_computes_the_same_on_its_path(name: str) -> None:
    parent = resized(load_network(name), 10, 64, 0.5, 0.25, 0)
    weights, space = trained(parent), Around(parent, kernels=(3, 5), expansions=(4.0,)).space(10, 64)
    supernet = _supernet(space, parent, weights)
    path = supernet.path(space.architecture(parent))
    assert torch.equal(path(images(parent)), loaded(parent, weights)(images(parent)))


@pytest.mark.parametrize("padding", ["symmetric", "same"])
@pytest.mark.parametrize(("place", "kernel"), [(2, 5), (2, 7), (3, 7), (4, 7)])
def test_a_larger_kernel_computes_the_same_as_the_smaller(padding: Padding, place: int, kernel: int) -> None:
    expected, found = _inherits(small(padding), place, kernel=kernel)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("padding", ["symmetric", "same"])
@pytest.mark.parametrize(("place", "expanded"), [(2, 96), (3, 144), (4, 192)])
def test_a_larger_expansion_computes_the_same(padding: Padding, place: int, expanded: int) -> None:
    """Where there is SE its squeeze is wider, too."""
    expected, found = _inherits(small(padding), place, expanded=expanded)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_a_larger_hidden_layer_computes_the_same() -> None:
    expected, found = _inherits(small(), 6, hidden=80)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("gate", "tolerance"), [("hard_sigmoid", 1e-5), ("sigmoid", 0.05), ("h_swish", 1e-4)])
def test_a_new_squeeze_and_excitation_is_open(gate: str, tolerance: float) -> None:
    expected, found = _inherits(small(), 3, se=SqueezeExcite(gate=gate))
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


@torch.no_grad()
def test_without_squeeze_and_excitation_a_block_drops_its_parents() -> None:
    parent = small()
    weights = trained(parent)
    child = _changed(parent, 2, replace(parent.ops[2], se=None))
    module = loaded(parent, weights)
    module[2][2] = nn.Identity()  # type: ignore[index,operator]
    own = loaded(child, inherited_network(child, parent, weights))
    torch.testing.assert_close(own(images(parent)), module(images(parent)))


@pytest.mark.parametrize("kernel", [1, 3])
def test_a_smaller_kernel_is_the_centre_of_the_larger(kernel: int) -> None:
    parent = small()
    weights = trained(parent)
    child = _changed(parent, 4, replace(parent.ops[4], kernel=kernel))
    cut = (5 - kernel) // 2
    found = inherited_network(child, parent, weights)
    assert torch.equal(found["4.1.0.weight"], weights["4.1.0.weight"][:, :, cut : 5 - cut, cut : 5 - cut])
    assert all(torch.equal(found[name], weights[name]) for name in weights if name != "4.1.0.weight")


def test_new_filters_are_random_and_their_projections_are_zero() -> None:
    parent = small()
    weights = trained(parent)
    child = _changed(parent, 3, replace(parent.ops[3], expanded=144))
    found = inherited_network(child, parent, weights)
    expand, depthwise, project = (found[f"3.{part}.0.weight"] for part in range(3))
    assert torch.equal(expand[:72], weights["3.0.0.weight"]) and torch.equal(project[:, :72], weights["3.2.0.weight"])
    assert not project[:, 72:].any()
    assert float(expand[72:].std()) == pytest.approx((2 / 144) ** 0.5, rel=0.1)  # He's, by the filters that read
    assert float(depthwise[72:].std()) > 0
    for name, value in {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}.items():
        assert torch.equal(found[f"3.1.1.{name}"][72:], torch.full((72,), value))


def test_a_smaller_expansion_keeps_the_channels_that_add_most_in_their_order() -> None:
    """By hand: the channels' deviations times the norms of their projections are 1, 12, 6, 2, 10."""
    parent = NetworkSpec(Shape(2, 4, 4), (MBConv(2, 3, expanded=5), Classifier(2)), name="five")
    weights = trained(parent)
    weights["0.1.1.weight"] = torch.tensor([1.0, -4.0, 2.0, 1.0, 5.0])
    weights["0.1.1.bias"] = torch.zeros(5)
    project = torch.zeros(2, 5, 1, 1)
    project[0] = torch.tensor([1.0, 3.0, 0.0, 2.0, -2.0]).view(5, 1, 1)
    project[1, 2] = 3.0
    weights["0.2.0.weight"] = project
    child = _changed(parent, 0, MBConv(2, 3, expanded=3))
    found = inherited_network(child, parent, weights)
    kept = [1, 2, 4]
    for name in ("0.0.weight", "0.1.bias", "0.1.running_var", "1.0.weight", "1.1.weight", "1.1.running_mean"):
        assert torch.equal(found[f"0.{name}"], weights[f"0.{name}"][kept]), name
    assert torch.equal(found["0.2.0.weight"], project[:, kept])
    assert torch.equal(found["0.2.1.weight"], weights["0.2.1.weight"])


@pytest.mark.parametrize(("shift", "kept"), [(-20.0, [1, 2]), (0.0, [0, 1])])
def test_a_channel_that_is_never_active_is_the_first_to_go(shift: float, kept: list[int]) -> None:
    parent = NetworkSpec(Shape(2, 4, 4), (MBConv(2, 3, expanded=3), Classifier(2)), name="three")
    weights = trained(parent)
    weights["0.1.1.weight"], weights["0.1.1.bias"] = torch.ones(3), torch.tensor([shift, 0.0, 0.0])
    weights["0.2.0.weight"] = torch.tensor([5.0, 2.0, 1.0]).view(1, 3, 1, 1).expand(2, 3, 1, 1).clone()
    found = inherited_network(_changed(parent, 0, MBConv(2, 3, expanded=2)), parent, weights)
    assert torch.equal(found["0.0.0.weight"], weights["0.0.0.weight"][kept])


@torch.no_grad()
def test_what_a_batch_norm_makes_up_for_does_not_count() -> None:
    """With ReLU, a channel's scale and its projection may be multiplied and divided by one number."""
    parent = NetworkSpec(Shape(3, 8, 8), (MBConv(8, 3, expanded=24), Classifier(4)), name="scaled")
    weights = trained(parent)
    factors = torch.rand(24, generator=torch.Generator().manual_seed(2)) * 10 + 0.1
    other = dict(weights)
    for name in ("weight", "bias"):
        other[f"0.1.1.{name}"] = weights[f"0.1.1.{name}"] * factors
    other["0.2.0.weight"] = weights["0.2.0.weight"] / factors.view(1, 24, 1, 1)
    child = _changed(parent, 0, MBConv(8, 3, expanded=8))
    one, two = (inherited_network(child, parent, each)["0.0.0.weight"] for each in (weights, other))
    assert torch.equal(one, two)


def test_a_smaller_squeeze_keeps_the_largest_filters() -> None:
    parent = NetworkSpec(Shape(2, 4, 4), (MBConv(2, 3, expanded=8, se=SqueezeExcite(ratio=0.5)), Classifier(2)))
    weights = trained(parent)
    weights["0.2.1.weight"] = torch.tensor([1.0, 4.0, 2.0, 3.0]).view(4, 1, 1, 1).expand(4, 8, 1, 1).clone()
    child = _changed(parent, 0, MBConv(2, 3, expanded=8, se=SqueezeExcite(ratio=0.25)))
    found = inherited_network(child, parent, weights)
    assert torch.equal(found["0.2.1.bias"], weights["0.2.1.bias"][[1, 3]])
    assert torch.equal(found["0.2.3.weight"], weights["0.2.3.weight"][:, [1, 3]])
    assert torch.equal(found["0.2.3.bias"], weights["0.2.3.bias"])


def test_a_smaller_hidden_layer_keeps_what_the_classes_read_most() -> None:
    parent = NetworkSpec(Shape(2, 4, 4), (Classifier(3, hidden=4, act="relu"),))
    weights = trained(parent)
    weights["0.5.weight"] = torch.tensor([1.0, 4.0, 2.0, 3.0]).expand(3, 4).clone()
    found = inherited_network(NetworkSpec(parent.input, (Classifier(3, hidden=2, act="relu"),)), parent, weights)
    assert torch.equal(found["0.2.weight"], weights["0.2.weight"][[1, 3]])
    assert torch.equal(found["0.2.bias"], weights["0.2.bias"][[1, 3]])
    assert torch.equal(found["0.5.weight"], weights["0.5.weight"][:, [1, 3]])


@torch.no_grad()
def test_a_depthwise_convolution_that_the_parent_lacks_hands_its_input_on() -> None:
    parent = small(ops=UNIVERSAL)
    weights = trained(parent)
    child = _changed(parent, 3, replace(parent.ops[3], start=5))
    expected, found = (
        loaded(network, own)(images(parent))
        for network, own in ((parent, weights), (child, inherited_network(child, parent, weights)))
    )
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)  # a batch norm divides by 1.000005


SPACES = {
    "moga": (MoGA(), "mobilenet_v3_large"),
    "proxyless_mobile": (ProxylessMobile(widths=(24, 32, 64, 96, 160, 320)), "mobilenet_v2"),
    "fbnet": (FBNet(candidates=("k3_e1", "k5_e3", "k3_e6")), "fbnet_c"),
}


@pytest.mark.parametrize("name", SPACES)
@torch.no_grad()
def test_a_path_of_the_supernet_is_the_network_that_inherits_alone(name: str) -> None:
    settings, network = SPACES[name]
    space, parent = settings.space(7, 32), resized(load_network(network), 7, 32, 1.0, 1.0, 0)
    weights = trained(parent)
    supernet = _supernet(space, parent, weights)
    for architecture in (*space.sample(2, np.random.default_rng(0)).tolist(), [0] * len(space.options)):
        child = space.network(architecture)
        own = inherited_network(child, parent, weights)
        path = supernet.path(architecture).state_dict()
        assert path.keys() == own.keys()
        assert all(torch.equal(path[one], own[one]) for one in own)


@torch.no_grad()
def test_the_blocks_that_a_stage_has_more_begin_as_the_identity() -> None:
    """ProxylessNAS's stages have 4 blocks; MobileNetV2's have 2, 3, 4, 3, 3 and 1."""
    space = ProxylessMobile(widths=(24, 32, 64, 96, 160, 320)).space(7, 32)
    parent = resized(load_network("mobilenet_v2"), 7, 32, 1.0, 1.0, 0)
    parent = replace(parent, norm=space.norm)
    weights = trained(parent)
    supernet = _supernet(space, parent, weights)
    same = [3] * len(space.options)  # kernel 3, expansion 6
    expected = loaded(parent, weights)(images(parent))
    torch.testing.assert_close(supernet(images(parent), same), expected, rtol=1e-4, atol=1e-5)
    options = iter(same)
    decided = [next(options) if len(one) > 1 else 0 for one in space.positions]
    surplus = [position for position in range(len(decided)) if position in (4, 5, 9, 17, 21)]
    assert [space.positions[position][-1] for position in surplus] == [Skip()] * 5
    skipped = [6 if position in surplus else 3 for position in space.choice_blocks]
    torch.testing.assert_close(supernet(images(parent), skipped), expected, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_a_block_in_place_of_the_parents_skip_begins_as_the_identity() -> None:
    parent = _changed(small(), 3, Skip())
    weights = trained(parent)
    child = small()
    found = loaded(child, inherited_network(child, parent, weights))
    torch.testing.assert_close(found(images(parent)), loaded(parent, weights)(images(parent)))


@torch.no_grad()
def test_mobilenet_v4s_space_takes_the_weights_of_its_skeletons_network() -> None:
    blocks = (UIB(96, 256, 3, 3, 2), *[UIB(96, 384, None, 3, residual=True)] * 3, UIB(128, 384, 3, 3, 2))
    space = MobileNetV4(blocks=4).space(7, 64)
    ends = [one[0] for one in space.positions if len(one) == 1]
    parent = NetworkSpec(space.input, (*ends[:5], *blocks, *ends[5:]), space.norm, "four")
    supernet = _supernet(space, parent, trained(parent))
    assert supernet(images(parent), [0] * len(space.options)).isfinite().all()


def test_inheriting_draws_no_random_numbers_of_the_program() -> None:
    parent = small()
    weights, space = trained(parent), Around(parent).space(10, 32)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = inherited(space, parent, weights)
    assert torch.equal(torch.rand(3), expected)
    second = inherited(space, parent, weights)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_tensor_of_the_parent_is_not_changed_by_training_what_inherits() -> None:
    parent = small()
    weights = trained(parent)
    before = {name: tensor.clone() for name, tensor in weights.items()}
    supernet = _supernet(Around(parent).space(10, 32), parent, weights)
    with torch.no_grad():
        for weight in supernet.parameters():
            weight.zero_()
    assert all(torch.equal(weights[name], before[name]) for name in before)


def _swapped(parent: NetworkSpec, place: int, op: Op) -> LayerwiseSpace:
    ops = [*parent.ops]
    ops[place] = op
    return LayerwiseSpace("other", parent.input, tuple((one,) for one in ops), parent.norm, parent.padding)


@pytest.mark.parametrize(
    ("place", "op", "said"),
    [
        (
            0,
            Conv(16, 3, stride=2),
            r"in layer 0 the space has \{op: conv.*, and the network has \{op: conv.*\(act relu is not h_swish\)",
        ),
        (2, MBConv(24, 3, expanded=64), r"in layer 2 .*\(16x16x16 to 24x16x16 is not 16x16x16 to 24x8x8\)"),
        (3, Conv(24, 3), r"in layer 3 .*\(the network has no weights from input to output channels\)"),
        (3, MBConv(24, 3, expanded=48, groups=2, residual=True), r"in layer 3 .*\(groups 2 is not 1\)"),
        (3, MBConv(24, 3, expanded=48, dilation=2, residual=True), r"in layer 3 .*\(dilation 2 is not 1\)"),
    ],
)
def test_a_layer_that_cannot_inherit_is_named_with_the_parents(place: int, op: Op, said: str) -> None:
    parent = small()
    way_out = "choose search_space=around, another network, other settings of the space, or method.init=random"
    with pytest.raises(ValueError, match=f"other cannot inherit the weights of small: {said}: {way_out}"):
        inherited(_swapped(parent, place, op), parent, trained(parent))


def test_other_padding_or_another_size_is_refused() -> None:
    parent = small()
    for other in (replace(parent, padding="same"), set_resolution(parent, 64)):
        with pytest.raises(ValueError, match=r"set search_space.padding=\w+, and the same size for both"):
            inherited(Around(other).space(10, other.input.height), parent, trained(parent))


def test_a_stage_with_fewer_blocks_or_a_new_one_without_a_residual_is_refused() -> None:
    parent = small()
    fewer = LayerwiseSpace("fewer", parent.input, tuple((op,) for place, op in enumerate(parent.ops) if place != 3))
    with pytest.raises(ValueError, match=r"in layer 3 the space has nothing.*\(the network has a layer more\)"):
        inherited(fewer, parent, trained(parent))
    ops = (*parent.ops[:4], MBConv(24, 3, expanded=72), *parent.ops[4:])
    more = LayerwiseSpace("more", parent.input, tuple((op,) for op in ops))
    with pytest.raises(ValueError, match=r"in layer 4 .*the network has nothing \(only a block with a residual can"):
        inherited(more, parent, trained(parent))


def test_padding_a_kernel_with_zeros_is_what_torch_pads() -> None:
    parent = small()
    weights = trained(parent)
    child = _changed(parent, 2, MBConv(24, 7, stride=2, expanded=64, se=SE))
    found = inherited_network(child, parent, weights)
    assert torch.equal(found["2.1.0.weight"], pad(weights["2.1.0.weight"], (2, 2, 2, 2)))
