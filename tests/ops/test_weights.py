"""Initial weights and batch-norm settings."""

import math

import pytest
import torch
from torch import nn

from mobilenas.ops import BatchNorm, Classifier, Conv, MBConv, Shape, SqueezeExcite, prepare, zero_init_residuals
from mobilenas.spec import Layer, NetworkSpec

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


def test_linear_layers_start_a_hundredth_wide() -> None:
    torch.manual_seed(0)
    for linear in modules(SPEC.build(), nn.Linear):
        assert linear.weight.std().item() == pytest.approx(0.01, rel=0.1)


def test_biases_start_at_zero() -> None:
    biases = [module.bias for module in SPEC.build().modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    biases = [bias for bias in biases if bias is not None]
    assert len(biases) == 4  # the two of the SE and the two of the classifier
    assert not any(bias.any() for bias in biases)


def test_the_same_seed_gives_the_same_weights() -> None:
    def weights() -> torch.Tensor:
        torch.manual_seed(3)
        return nn.utils.parameters_to_vector(SPEC.build().parameters())

    assert torch.equal(weights(), weights())


@pytest.mark.parametrize("training", [True, False])
def test_a_residual_block_can_start_as_the_identity(training: bool) -> None:
    block = Layer(MBConv(8, kernel=3, expanded=16, se=SqueezeExcite(), residual=True), Shape(8, 6, 6)).build()
    prepare(block, BatchNorm())
    x = torch.randn(4, 8, 6, 6)
    assert not torch.equal(block.train(training)(x), x)
    zero_init_residuals(block)
    assert torch.equal(block(x), x)


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
