"""What an operation is asked, and that it refuses in one sentence what it does not say."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from torch import nn

from mobilenas.adaptation.truncation import truncated
from mobilenas.adaptation.widths import WidthSpace
from mobilenas.engine import Engine
from mobilenas.hardware import PredictorHardware
from mobilenas.hardware.features import layer_features
from mobilenas.network.improvement import improve
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import scale_hidden, scale_width, set_classes, unstride
from mobilenas.ops import Classifier, Conv, MBConv, Norm, Op, Pool, Shape, Skip, SqueezeExcite, TreeBlock, operations
from mobilenas.ops.base import Piece
from mobilenas.ops.look import Look
from mobilenas.ops.widths import Widths
from mobilenas.report.labels import short_label
from mobilenas.report.ladder import ladder
from mobilenas.search_space import LayerwiseSpace
from mobilenas.supernet import Supernet
from mobilenas.timing import Timing

INPUT = Shape(8, 16, 16)
SE = SqueezeExcite()


@dataclass(frozen=True)
class Mystery(Op):
    """An operation with only the required methods; it halves the map, but has no stride."""

    name: ClassVar[str] = "mystery"

    def output(self, input: Shape) -> Shape:
        return input.strided(input.channels, 2)

    def params(self, input: Shape) -> int:
        return 0

    def macs(self, input: Shape) -> int:
        return 0

    def key(self, input: Shape) -> str:
        return f"mystery {input}"

    def build(self, input: Shape) -> nn.Module:
        return nn.AvgPool2d(2, ceil_mode=True)


@dataclass(frozen=True)
class Gated(Mystery):
    """One with a kernel and a squeeze-and-excitation."""

    name: ClassVar[str] = "gated"
    kernel: int = 5
    se: SqueezeExcite | None = SE


@dataclass(frozen=True)
class Finish(Mystery):
    """A head."""

    name: ClassVar[str] = "finish"
    is_head: ClassVar[bool] = True


@dataclass(frozen=True)
class Narrow(Mystery):
    """An operation whose widths are known, but not its weights."""

    name: ClassVar[str] = "narrow"

    def widths(self) -> Widths:
        return Widths(any_input=True)


@dataclass(frozen=True)
class Deciding(Mystery):
    """An operation with a decision within it."""

    name: ClassVar[str] = "deciding"

    def choices(self, input: Shape) -> tuple[tuple[Piece, ...], ...]:
        return (((Skip(), input), (Pool(3), input)),)

    @property
    def chosen(self) -> tuple[int, ...]:
        return (0,)


def network(op: Op, *more: Op) -> NetworkSpec:
    return NetworkSpec(Shape(3, 16, 16), (Conv(32, 3), op, *more, Classifier(10)), name="mine")


def ending(op: Op) -> NetworkSpec:
    return NetworkSpec(Shape(3, 16, 16), (Conv(8, 3), op), name="mine")


def narrowed(op: Op) -> dict[str, object]:
    parent, child = (NetworkSpec(Shape(3, 16, 16), (Conv(8, 3), MBConv(out, 3), op)) for out in (16, 8))
    return dict(truncated(parent.build().state_dict(), parent, child, "norm"))


def space(op: Op) -> LayerwiseSpace:
    return LayerwiseSpace("mine", Shape(3, 16, 16), ((Conv(8, 3),), (op,), (Classifier(10),)))


REFUSED: list[tuple[Callable[[], object], str]] = [
    (
        lambda: unstride(network(Mystery()), 1),
        "mystery cannot be given another stride: define Mystery.unstrided, or leave scale.unstrided at 0.",
    ),
    (
        lambda: scale_width(network(Mystery()), 0.5),
        "define Mystery.scaled, or leave scale.width and",
    ),
    (lambda: improve(network(Mystery()), ["relu"]), "define Mystery.with_activation, or leave relu and h_swish out of"),
    (
        lambda: improve(network(Mystery()), ["h_swish@32"]),
        "mystery cannot be given another activation: define",
    ),
    (lambda: improve(network(Mystery()), ["one_type@e3_k3"]), "define Mystery.as_bottleneck, or leave one_type out of"),
    (
        lambda: improve(network(Mystery()), ["slim_stem"]),
        "define Mystery.with_fitting_residual, or leave",
    ),
    (
        lambda: improve(network(Gated()), ["large_se"]),
        "gated cannot be given another squeeze-and-excitation",
    ),
    (lambda: set_classes(ending(Finish()), 3), "finish cannot be given other classes: define Finish.with_classes, or"),
    (lambda: scale_hidden(ending(Finish()), 0.5), "define Finish.with_hidden_scaled, or leave scale.hidden at 1."),
    (lambda: WidthSpace(network(Mystery())), "mystery does not say which channels can be fewer: define Mystery.widths"),
    (lambda: narrowed(Narrow()), "narrow does not say how its weights are cut: define Narrow.cut, or adapt another"),
    (lambda: Narrow().with_output(8), "define Narrow.with_output, or adapt another network."),
    (lambda: Narrow().with_expansion(8), "define Narrow.with_expansion, or adapt another network."),
    (
        lambda: layer_features(Layer(Mystery(), INPUT)),
        "mystery has no features for a latency predictor:",
    ),
    (lambda: Supernet(space(Deciding())), "deciding has decisions of its own and no module for them: define Deciding."),
    (lambda: space(Deciding()).network([1]), "deciding cannot be given other decisions: define Deciding.decided, or"),
    (lambda: network(Finish()), "mine, layer 1: a finish can only be the last layer."),
    (
        lambda: improve(network(TreeBlock(40, 8)), ["h_swish@32"]),
        "tree_block has ReLU alone, not h_swish: leave",
    ),
]


@pytest.mark.parametrize(("ask", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_an_operation_does_not_say_is_refused_in_a_sentence(ask: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as error:
        ask()
    assert re.fullmatch(r"[^\n]+\.", str(error.value))


class NeverMeasured(Engine):
    """Fails where something is measured."""

    @property
    def about(self) -> dict[str, str]:
        return {"engine": "none"}

    @property
    def images(self) -> int:
        return 1

    def prepare(self, module: nn.Module, input: Shape) -> Callable[[], float]:
        raise AssertionError("nothing is to be measured")

    def breakdown(self, network: NetworkSpec) -> dict[str, float]:
        return {}


def test_a_predictor_refuses_what_has_no_features_before_it_measures(tmp_path: object) -> None:
    hardware = PredictorHardware(NeverMeasured(), Timing(2, 0.1, 10), 10, 0.2, str(tmp_path))
    with pytest.raises(ValueError, match="mystery has no features for a latency predictor"):
        hardware.profile(space(Mystery()))


def test_an_operation_that_hands_its_channels_on_has_nothing_to_scale_or_to_cut() -> None:
    for op in (Skip(), Pool(3), Norm()):
        assert op.carries
        assert op.scaled(0.5, INPUT, INPUT) == op.with_fitting_residual(INPUT) == op.as_bottleneck(3, 3, INPUT) == op
        assert (op.widths(), op.cut(INPUT).axes) == (Widths(), ())


def test_a_skipped_layer_alone_takes_no_time() -> None:
    ops = (Conv(8, 3), MBConv(8, 3), Pool(3), Norm(), Skip(), TreeBlock(8, 4), Classifier(10), Mystery())
    assert [op.name for op in ops if not Layer(op, INPUT).takes_time] == ["skip"]


def test_the_axes_of_an_operation_are_those_of_its_modules() -> None:
    lines = [
        {"op": "conv", "out": 8, "kernel": 3},
        {"op": "conv_block", "out": 8, "kernel": 3, "se": {}},
        {"op": "sepconv", "out": 8, "kernel": 3},
        {"op": "mbconv", "out": 8, "kernel": 3, "expanded": 24, "se": {}},
        {"op": "classifier", "classes": 10, "hidden": 12},
    ]
    for line in lines:
        op = operations()[str(line["op"])]({name: value for name, value in line.items() if name != "op"}, INPUT)
        cut = op.cut(INPUT)
        sizes = {"input": 8, "output": op.output(INPUT).channels, "": 1} | dict(cut.inner)
        weights = [part.weight for part in op.build(INPUT).modules() if isinstance(part, nn.Conv2d | nn.Linear)]
        assert [tuple(weight.shape[:2]) for weight in weights] == [(sizes[b], sizes[a]) for a, b in cut.axes]


def test_an_operation_without_a_look_has_its_name_its_kernel_and_its_kernels_colour() -> None:
    plain, kernel = Layer(Mystery(), INPUT), Layer(Gated(), INPUT)
    assert (plain.look, short_label(plain)) == (Look("mystery"), "mystery")
    assert (kernel.look, short_label(kernel)) == (Look("gated K5", kernel=5), "gated K5")
    drawn = ladder(network(Mystery(), Gated()))
    assert re.search('class="block block"[^>]*>mystery<', drawn)
    assert re.search('class="block block k5"[^>]*>gated K5<', drawn)


def test_the_predictors_features_grow_with_the_work() -> None:
    one, other = (layer_features(Layer(Conv(out, 3), INPUT)) for out in (8, 16))
    assert np.isclose(other["conv multiply-adds"], 2 * one["conv multiply-adds"])
    assert one["conv input"] == other["conv input"]
