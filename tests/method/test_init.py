"""The weights that every method's supernet begins with."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mobilenas.hardware import ExpectedLatency, LatencyTable
from mobilenas.method import BATCHES, LATENCY, PARENT, TURNS, Init, Method, SupernetMethod
from mobilenas.ops.modules import InvertedResidual
from mobilenas.settings import SEED, Given
from mobilenas.supernet import Supernet
from mobilenas.testing.composed import names, settings_with
from mobilenas.testing.method import CHECKS, ToyTurns, batches, toy_blocks, toy_parent
from mobilenas.training.recipe import Recipe

METHODS = names("method")
SPACE = toy_blocks()


def _method(name: str, init: Init) -> Method:
    method: Any = settings_with(f"method={name}").method
    return replace(method, init=init)


def _begun(method: Method, parent: Mapping[str, Tensor] | None = None) -> SupernetMethod:
    def never() -> Mapping[str, Tensor]:
        raise AssertionError("only init=inherit asks for the parent")

    rows = {layer.key: 1.0 for layer in SPACE.pieces}
    things = {
        SEED: lambda: 3,
        LATENCY: lambda: ExpectedLatency(SPACE, LatencyTable(rows)),
        BATCHES: lambda: batches,
        TURNS: ToyTurns,
        PARENT: (lambda: parent) if parent is not None else never,
    }
    torch.manual_seed(0)
    return method.module(SPACE, Recipe(12, 8, 0.1), Given(things).only(method.needs))


def _random() -> dict[str, Tensor]:
    torch.manual_seed(0)
    return Supernet(SPACE).state_dict()


@pytest.mark.parametrize("name", METHODS)
def test_random_weights_are_the_supernets_own(name: str) -> None:
    found, expected = _begun(_method(name, "random")).supernet.state_dict(), _random()
    assert all(torch.equal(found[one], expected[one]) for one in expected)


@pytest.mark.parametrize("name", METHODS)
def test_with_init_zero_residual_blocks_hand_their_input_on(name: str) -> None:
    supernet = _begun(_method(name, "zero")).supernet.eval()
    blocks = [part for part in supernet.modules() if isinstance(part, InvertedResidual)]
    assert len(blocks) == 2
    image = torch.randn(2, 8, 8, 8)
    assert all(torch.equal(block(image), image) for block in blocks)
    expected = _random()
    changed = {one for one, tensor in supernet.state_dict().items() if not torch.equal(tensor, expected[one])}
    assert changed == {f"layers.2.{option}.2.1.weight" for option in (0, 1)}


@pytest.mark.parametrize("name", METHODS)
def test_with_init_inherit_the_supernet_has_the_parents_tensors(name: str) -> None:
    parent = toy_parent(SPACE)
    found = _begun(_method(name, "inherit"), parent).supernet.state_dict()
    assert found.keys() == parent.keys()
    assert all(torch.equal(found[one], parent[one]) for one in parent)


@pytest.mark.parametrize("init", ["random", "zero", "inherit"])
@pytest.mark.parametrize("name", METHODS)
def test_every_method_keeps_its_contract_with_every_beginning(name: str, init: Init) -> None:
    for check in CHECKS:
        check(_method(name, init))


@pytest.mark.parametrize("name", METHODS)
def test_an_unknown_beginning_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="init must be one of random, zero, inherit, not 'parent'"):
        _method(name, "parent")  # type: ignore[arg-type]


def test_a_tensor_that_is_lacking_is_no_beginning() -> None:
    parent = dict(toy_parent(SPACE))
    del parent["layers.0.0.0.weight"]
    with pytest.raises(RuntimeError, match=r"Missing key\(s\) in state_dict"):
        _begun(_method("uniform", "inherit"), parent)


def test_the_blocks_of_the_toy_space_have_batch_norms() -> None:
    assert any(isinstance(part, nn.BatchNorm2d) for part in Supernet(SPACE).modules())
