"""MobileNetV4's head against a direct evaluation, and its answers."""

from collections.abc import Callable

import pytest
import torch

from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import scale_hidden, scale_width, set_classes
from mobilenas.ops import Conv, NormedClassifier, Shape
from mobilenas.report.labels import short_label

HEAD = NormedClassifier(10, hidden=64, dropout=0.2)
NETWORK = NetworkSpec(Shape(3, 8, 8), (Conv(16, 3), HEAD), name="mine")


def test_the_hidden_layer_is_normalized_after_the_pooling() -> None:
    torch.manual_seed(0)
    module = HEAD.build(Shape(16, 5, 5)).double().eval()
    tensors = [tensor for tensor in module.state_dict().values() if tensor.is_floating_point()]
    for tensor in tensors:
        tensor.uniform_(0.1, 1) if tensor.ndim == 1 else tensor.normal_()
    hidden, scale, shift, mean, variance, last, bias = tensors
    x = torch.randn(2, 16, 5, 5, dtype=torch.double)
    wide = (x.mean((2, 3)) @ hidden.flatten(1).T - mean) / (variance + 1e-5).sqrt() * scale + shift
    torch.testing.assert_close(module(x), wide.relu() @ last.T + bias)


def test_counts_are_torchs(torch_counts: Callable[[Layer], tuple[int, int]]) -> None:
    layer = Layer(HEAD, Shape(16, 5, 5))
    assert (layer.params, layer.macs) == torch_counts(layer)


def test_every_field_that_execution_depends_on_changes_the_key() -> None:
    heads = [HEAD, NormedClassifier(11, 64), NormedClassifier(10, 72), NormedClassifier(10, 64, act="h_swish")]
    assert len({Layer(head, Shape(16, 5, 5)).key for head in heads}) == 4
    assert Layer(NormedClassifier(10, 64), Shape(16, 5, 5)).key == Layer(HEAD, Shape(16, 5, 5)).key


def test_its_classes_and_its_hidden_layer_change_and_its_width_does_not() -> None:
    assert set_classes(NETWORK, 3).ops[-1] == NormedClassifier(3, 64, dropout=0.2)
    assert scale_hidden(NETWORK, 0.25).ops[-1] == NormedClassifier(10, 16, dropout=0.2)
    assert scale_width(NETWORK, 0.5).ops[-1] == HEAD


@pytest.mark.parametrize("fields", [{"classes": 0}, {"hidden": 0}, {"dropout": 1.0}, {"act": "gelu"}], ids=str)
def test_an_impossible_head_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="classifier: "):
        NormedClassifier(**{"classes": 10, "hidden": 64} | fields)


def test_its_label_counts_down_to_the_classes() -> None:
    assert short_label(Layer(HEAD, Shape(16, 5, 5))) == "pool → 64 → 10"
