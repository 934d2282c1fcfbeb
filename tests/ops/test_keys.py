"""Latency keys: equal keys, and only these, stand for equal execution."""

import re
from dataclasses import fields, replace

import pytest
import torch

from mobilenas.network.layer import Layer
from mobilenas.network.published import load_network, network_names
from mobilenas.ops import Classifier, Conv, ConvBlock, MBConv, Norm, Op, Pool, Shape, Skip, SqueezeExcite, TreeBlock
from mobilenas.search_space import MoGA

INPUT = Shape(16, 8, 8)
CONV = Conv(16, kernel=3)
POOL = Pool(kernel=3)
BLOCK = ConvBlock(16, kernel=3, se=SqueezeExcite(), residual=True)
MBCONV = MBConv(16, kernel=3, expanded=64, se=SqueezeExcite())
NORM = Norm()
TREE = TreeBlock(40, 4, ("separable_3", "identity") * 6)
CLASSIFIER = Classifier(classes=10, hidden=32, act="h_swish")

RULES = [
    SqueezeExcite(of="input"),
    SqueezeExcite(ratio=0.5),
    SqueezeExcite(divisor=24),
    SqueezeExcite(act="h_swish"),
    SqueezeExcite(gate="sigmoid"),
]

OTHERS: list[tuple[Op, str, list[object]]] = [
    (CONV, "out", [32]),
    (CONV, "kernel", [5]),
    (CONV, "stride", [2]),
    (CONV, "act", ["relu6", "none"]),
    (CONV, "groups", [2]),
    (CONV, "norm", [False]),
    (CONV, "bias", [True]),
    (CONV, "dilation", [2]),
    (MBCONV, "out", [32]),
    (MBCONV, "kernel", [5]),
    (MBCONV, "stride", [2]),
    (MBCONV, "act", ["relu6"]),
    (MBCONV, "expanded", [96, 16, None]),
    (MBCONV, "se", [None, *RULES]),
    (MBCONV, "residual", [True]),
    (MBCONV, "groups", [2]),
    (MBCONV, "dilation", [2]),
    (replace(MBCONV, residual=True), "shortcut", ["pooling"]),
    (replace(BLOCK, residual=False), "out", [32]),
    (BLOCK, "kernel", [5]),
    (replace(BLOCK, residual=False), "stride", [2]),
    (BLOCK, "act", ["relu6"]),
    (BLOCK, "se", [None, SqueezeExcite(ratio=0.5)]),
    (BLOCK, "residual", [False]),
    (BLOCK, "shortcut", ["pooling"]),
    (BLOCK, "dilation", [2]),
    (NORM, "act", ["none"]),
    (TREE, "out", [48]),
    (TREE, "width", [5]),
    (TREE, "edges", [("identity",) * 12, ("max_pool", *TREE.edges[1:])]),
    (TREE, "stride", [2]),
    (POOL, "kernel", [5]),
    (POOL, "stride", [2]),
    (POOL, "mode", ["max"]),
    (CLASSIFIER, "classes", [20]),
    (CLASSIFIER, "hidden", [64, None]),
    (CLASSIFIER, "act", ["relu"]),
    (CLASSIFIER, "hidden_bias", [False]),
]

SAME: list[tuple[Op, Op]] = [
    (Conv(16, 3, scaling="fixed"), CONV),
    (replace(CLASSIFIER, dropout=0.5), CLASSIFIER),
    (Classifier(10, act="relu", hidden_bias=False), Classifier(10)),
    # a quarter of 64 expanded channels, all of the 16 input channels, and 12 made divisible by 8
    (replace(MBCONV, se=SqueezeExcite(of="input", ratio=1)), MBCONV),
    (replace(MBCONV, se=SqueezeExcite(ratio=0.2, divisor=8)), MBCONV),
]


def execution(layer: Layer) -> tuple[str, str]:
    """The module in torch's own words, less the dropout, which does nothing when it runs, and its input."""
    with torch.device("meta"):
        return re.sub(r"Dropout\(.*?\)", "", repr(layer.build())), str(layer.input)


@pytest.mark.parametrize(("op", "name", "values"), OTHERS, ids=str)
def test_whatever_changes_execution_changes_the_key(op: Op, name: str, values: list[object]) -> None:
    for value in values:
        assert Layer(replace(op, **{name: value}), INPUT).key != Layer(op, INPUT).key


def test_every_field_that_execution_depends_on_has_a_case() -> None:
    named = {(type(op), name) for op, name, _ in OTHERS}
    silent = {(Conv, "scaling"), (Classifier, "dropout")}
    assert named | silent == {(type(op), field.name) for op, _, _ in OTHERS for field in fields(op)}


@pytest.mark.parametrize(("one", "other"), SAME, ids=repr)
def test_whatever_runs_alike_shares_the_key(one: Op, other: Op) -> None:
    assert one != other
    assert execution(Layer(one, INPUT)) == execution(Layer(other, INPUT))
    assert Layer(one, INPUT).key == Layer(other, INPUT).key


@pytest.mark.parametrize("op", [CONV, POOL, MBCONV, NORM, TREE, CLASSIFIER], ids=repr)
@pytest.mark.parametrize("input", [Shape(32, 8, 8), Shape(16, 9, 8), Shape(16, 8, 9)], ids=str)
def test_another_input_is_another_key(op: Op, input: Shape) -> None:
    assert Layer(op, input).key != Layer(op, INPUT).key


def test_every_skip_is_one_key() -> None:
    assert Layer(Skip(), INPUT).key == Layer(Skip(), Shape(3, 5, 5)).key


def test_keys_and_executions_match_one_to_one_over_all_networks_and_candidates() -> None:
    networks = [load_network(name) for name in network_names()]
    layers = {layer for network in networks for layer in network.layers if layer.op != Skip()}
    layers |= {layer for candidates in MoGA().space().layers for layer in candidates}
    pairs = {(layer.key, execution(layer)) for layer in layers}
    assert len(pairs) > 150
    assert len({key for key, _ in pairs}) == len({run for _, run in pairs}) == len(pairs)
