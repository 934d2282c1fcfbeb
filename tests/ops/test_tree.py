"""The tree cell against a direct evaluation, edge by edge, and DropPath."""

import pytest
import torch
from torch import Tensor, nn

from mobilenas.network.layer import Layer
from mobilenas.network.transform import scale_width
from mobilenas.ops import Shape, TreeBlock
from mobilenas.ops.modules import DropPath, set_drop_path
from mobilenas.ops.tree import EDGES
from mobilenas.search_space import ProxylessCifar

RANDOM = (
    "dilated_3", "identity", "separable_3", "separable_5", "separable_7", "average_pool",
    "max_pool", "separable_3", "identity", "dilated_3", "average_pool", "separable_5",
)  # fmt: skip


def _block(stride: int = 1, out: int = 12) -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    module = TreeBlock(out, 4, RANDOM, stride).build(Shape(8, 9, 9))
    return module.eval(), torch.randn(2, 8, 9, 9)


def test_the_seven_operations_are_those_of_appendix_a() -> None:
    assert list(EDGES) == [
        "dilated_3", "identity", "separable_3", "separable_5", "separable_7", "average_pool", "max_pool",
    ]  # fmt: skip


def test_a_cell_adds_up_the_eight_leaves_below_four_nodes() -> None:
    module, images = _block()
    x = module.reduce(images)
    leaves = []
    for node in range(4):
        value = module.edges[node](x)
        leaves.append(module.edges[4 + 2 * node](value))
        leaves.append(module.edges[5 + 2 * node](value))
    padded = torch.cat([images, torch.zeros(2, 4, 9, 9)], dim=1)
    torch.testing.assert_close(module(images), padded + module.expand(torch.stack(leaves).sum(0)))


def test_a_strided_block_pools_in_the_shortcut_and_before_the_cell() -> None:
    module, images = _block(stride=2)
    pooled = nn.functional.avg_pool2d(images, 3, 2, 1, count_include_pad=False)
    branch = module(images) - torch.cat([pooled, torch.zeros(2, 4, 5, 5)], dim=1)
    nn.init.zeros_(module.expand[-1].weight)
    assert branch.shape == (2, 12, 5, 5)
    torch.testing.assert_close(module(images)[:, :8], pooled)


def test_a_dilated_edge_sees_five_pixels_and_a_plain_one_three() -> None:
    for name, reach in ("dilated_3", 2), ("separable_3", 1), ("separable_5", 2), ("separable_7", 3):
        edge = EDGES[name](1).build(Shape(1, 15, 15)).eval()
        image = torch.zeros(1, 1, 15, 15, requires_grad=True)
        edge[0][0](image)[0, 0, 7, 7].backward()
        seen = image.grad[0, 0].nonzero()
        assert (int(seen.min()), int(seen.max())) == (7 - reach, 7 + reach), name


def test_the_parts_of_a_block_are_itself_without_operations_and_its_edges() -> None:
    layer = Layer(TreeBlock(12, 4, RANDOM), Shape(8, 9, 9))
    frame, *edges = layer.pieces
    assert frame.op == TreeBlock(12, 4)
    assert [edge.op for edge in edges] == [EDGES[name](4) for name in RANDOM]
    assert sum(piece.params for piece in layer.pieces) == layer.params
    assert sum(piece.macs for piece in layer.pieces) == layer.macs


def test_options_are_edges_by_index() -> None:
    block = TreeBlock(12, 4, RANDOM)
    assert TreeBlock(12, 4).decided(block.chosen) == block


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"edges": ("identity",) * 11}, "12 edges are needed, not 11"),
        ({"edges": ("conv",) * 12}, "edge 'conv' is unknown; choose from dilated_3"),
        ({"width": 0}, "width must be a whole number above 0"),
    ],
)
def test_an_impossible_block_is_refused(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TreeBlock(**{"out": 12, "width": 4} | fields)


def test_channels_cannot_become_fewer() -> None:
    with pytest.raises(ValueError, match="8 channels cannot become fewer, as 6"):
        Layer(TreeBlock(6, 4), Shape(8, 9, 9))


def test_drop_path_leaves_out_whole_branches_and_keeps_their_mean() -> None:
    torch.manual_seed(0)
    drop, branch = DropPath(0.3).train(), torch.ones(4000, 2, 1, 1)
    kept = drop(branch)
    assert sorted(kept.unique().tolist()) == [0.0, pytest.approx(1 / 0.7)]
    assert torch.equal(kept[:, 0], kept[:, 1])
    assert abs(float(kept.mean()) - 1) < 0.05


def test_drop_path_is_set_for_a_whole_network_and_does_nothing_in_evaluation() -> None:
    module, images = _block()
    before = module(images)
    set_drop_path(module, 0.5)
    torch.testing.assert_close(module(images), before)
    torch.manual_seed(1)
    seen = {tuple((module.train()(images) == module.shortcut(images)).flatten(1).all(1).tolist()) for _ in range(30)}
    assert seen == {(False, False), (False, True), (True, False), (True, True)}


@pytest.mark.parametrize("width", [0.5, 1.4, 2.0])
def test_a_width_multiplier_scales_every_block(width: float) -> None:
    network = ProxylessCifar(blocks=1, channels=112).space().network([2] * 36)
    scaled = scale_width(network, width)
    for one, other in zip(network.ops, scaled.ops, strict=True):
        if isinstance(one, TreeBlock) and isinstance(other, TreeBlock):
            assert abs(other.out - width * one.out) <= 0.15 * width * one.out + 4
            assert other.width == round(width * one.width)
