"""Initial weights and batch-norm settings."""

import math

import pytest
import torch
from torch import nn

from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import BatchNorm, Classifier, Conv, MBConv, Shape, SqueezeExcite
from mobilenas.ops.modules import initialize, zero_init_residuals

SPEC = NetworkSpec(
    Shape(3, 8, 8),
    (
        Conv(128, kernel=3, stride=2),
        MBConv(128, kernel=5, expanded=256, se=SqueezeExcite(), residual=True),
        Classifier(classes=50, hidden=200),
    ),
    BatchNorm(eps=1e-3, momentum=0.01),
)


def modules(network: nn.Module, kind: type[nn.Module]) -> list[nn.Module]:
    found = [module for module in network.modules() if isinstance(module, kind)]
    assert found
    return found


def test_every_batch_norm_gets_the_settings() -> None:
    found = {(norm.eps, norm.momentum) for norm in modules(SPEC.build(), nn.BatchNorm2d)}
    assert found == {(1e-3, 0.01)}


def test_convolutions_start_as_he_normal_with_fan_out() -> None:
    torch.manual_seed(0)
    for conv in modules(SPEC.build(), nn.Conv2d):
        fan_out = conv.out_channels * conv.kernel_size[0] ** 2
        assert conv.weight.std().item() == pytest.approx(math.sqrt(2 / fan_out), rel=0.1)


def test_linear_layers_start_uniform_within_one_over_the_root_of_their_inputs() -> None:
    torch.manual_seed(0)
    for linear in modules(SPEC.build(), nn.Linear):
        bound = 1 / math.sqrt(linear.in_features)
        assert linear.weight.abs().max().item() == pytest.approx(bound, rel=0.05)
        assert linear.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.1)


def test_biases_of_convolutions_start_at_zero() -> None:
    biases = [conv.bias for conv in modules(SPEC.build(), nn.Conv2d) if conv.bias is not None]
    assert len(biases) == 2  # of the SE
    assert not any(bias.any() for bias in biases)


def test_the_same_seed_gives_the_same_weights() -> None:
    def weights() -> torch.Tensor:
        torch.manual_seed(3)
        return nn.utils.parameters_to_vector(SPEC.build().parameters())

    assert torch.equal(weights(), weights())


@pytest.mark.parametrize("training", [True, False])
def test_a_residual_block_can_start_as_the_identity(training: bool) -> None:
    block = Layer(MBConv(8, kernel=3, expanded=16, se=SqueezeExcite(), residual=True), Shape(8, 6, 6)).build()
    initialize(block, BatchNorm())
    x = torch.randn(4, 8, 6, 6)
    assert not torch.equal(block.train(training)(x), x)
    zero_init_residuals(block)
    assert torch.equal(block(x), x)


def test_only_the_last_batch_norm_of_a_residual_block_is_zeroed() -> None:
    block = Layer(MBConv(8, kernel=3, expanded=16, residual=True), Shape(8, 6, 6)).build()
    zero_init_residuals(block)
    assert [bool(norm.weight.any()) for norm in modules(block, nn.BatchNorm2d)] == [True, True, False]


def test_a_block_without_residual_keeps_its_scale() -> None:
    block = Layer(MBConv(8, kernel=3, expanded=16), Shape(8, 6, 6)).build()
    zero_init_residuals(block)
    assert all(norm.weight.all() for norm in modules(block, nn.BatchNorm2d))


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"eps": 0.0}, "eps must be"), ({"momentum": 0.0}, "momentum must be"), ({"momentum": 1.5}, "at most 1")],
)
def test_impossible_batch_norm_settings_are_refused(settings: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        BatchNorm(**settings)
