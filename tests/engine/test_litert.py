"""LiteRT as an engine: what it runs, what its times depend on, and its profiler."""

import importlib.metadata
import sys
from collections import Counter

import numpy as np
import pytest
import torch

from mobilenas.engine import LiteRT
from mobilenas.engine.export.tflite import to_tflite
from mobilenas.engine.litert import mean_by_kind, product_kinds, undisturbed
from mobilenas.engine.litert_profiler import OperatorTime, profiled
from mobilenas.network import NetworkSpec, load_network, set_resolution
from mobilenas.ops import Classifier, Conv, MBConv, Shape
from mobilenas.quiet import quiet

ENGINE = LiteRT(threads=1, batch=1)
NETWORK = set_resolution(load_network("mobilenet_v3_small"), 64)


def test_the_profiler_sees_every_operator_in_every_forward_pass() -> None:
    model = to_tflite(NETWORK.build().eval(), NETWORK.input, "n")
    with quiet():
        passes = profiled(model, threads=1, runs=4)
    counts = Counter(one.number for times in passes for one in times)
    assert set(counts.values()) == {4} and sorted(counts) == list(range(len(counts)))
    products = product_kinds(model)
    assert Counter(products) == {"conv kxk": 1, "depthwise conv": 11, "conv 1x1": 40, "linear": 2}
    tags = {one.number: one.tag for one in passes[0]}
    found = [tags[number] for number in sorted(tags) if tags[number].startswith(("Convolution", "Fully Connected"))]
    assert len(found) == len(products)
    assert all(("DWConv" in tag) == (kind == "depthwise conv") for tag, kind in zip(found, products, strict=True))


def test_the_kinds_of_a_network_add_up_to_about_its_time() -> None:
    """At a resolution at which the operators take long beside the clock, which some machines read slowly."""
    network = set_resolution(NETWORK, 224)
    run = ENGINE.prepare(network.build().eval(), network.input)
    ratios = []
    for _ in range(5):  # the machine may be busy in one of the two, but hardly in all
        whole_ms = float(np.median([run() for _ in range(30)]))
        ratios.append(sum(ENGINE.breakdown(network).values()) / whole_ms)
        if 0.5 < ratios[-1] < 2:
            return
    pytest.fail(f"the kinds add up to {ratios} of the whole time")


def test_means_are_summed_by_kind_the_largest_first() -> None:
    took = [("Convolution (NHWC, F32) IGEMM", 0, 5), ("Convolution (NHWC, F32) DWConv", 1, 1), ("Add (ND)", 2, 0)]
    took += [("Fully Connected (NC, F32) GEMM", 3, 2), ("Fully Connected (NC, F32) GEMM", 4, 9), ("New (ND)", 5, 1)]
    passes = [[OperatorTime(tag, number, ms + run) for tag, number, ms in took] for run in (0, 2)]
    products = ["conv kxk", "depthwise conv", "conv 1x1", "linear"]
    found = mean_by_kind(passes, products)
    assert list(found.items()) == [
        ("linear", 10), ("conv kxk", 6), ("conv 1x1", 3), ("depthwise conv", 2), ("other", 2), ("elementwise", 1),
    ]  # fmt: skip
    assert mean_by_kind(passes, products[:2])["conv 1x1"] == 3 + 10  # by name where the order is not known


def test_forward_passes_that_other_programs_disturbed_are_left_out() -> None:
    passes = [
        [OperatorTime("Add (ND)", number, ms) for number, ms in enumerate(one)] for one in ((1, 9), (2, 2), (3, 3))
    ]
    assert undisturbed(passes) == passes[1:]


def test_its_name_and_version_are_said_and_more_threads_are_another_engine() -> None:
    about = LiteRT(threads=2, batch=3).about
    assert (about["engine"], about["threads"], about["batch"]) == ("litert", "2", "3")
    assert about["version"] == importlib.metadata.version("ai-edge-litert")


def test_without_the_package_the_way_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("mobilenas.engine.base.version", missing)
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    for name in [name for name in sys.modules if name.startswith("mobilenas.engine.export.tflite")]:
        monkeypatch.delitem(sys.modules, name)
    said = r"LiteRT is not installed: write pip install 'mobilenas\[litert\]', or choose hardware=cpu, or another"
    for use in (lambda: ENGINE.about, lambda: ENGINE.breakdown(NETWORK)):
        with pytest.raises(ValueError, match=said):
            use()
    with pytest.raises(ValueError, match=said):
        ENGINE.prepare(NETWORK.build().eval(), NETWORK.input)


def test_a_version_without_the_profiler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mobilenas.engine.litert_profiler.LIBRARY", "libOther.so")
    with pytest.raises(ValueError, match=r"does not give its profiler \(libOther.so\).*: install ai-edge-litert 2.3\."):
        ENGINE.breakdown(NETWORK)


@pytest.mark.parametrize("other", ["2.1.6", "2.4.0"])
def test_a_version_with_another_interface_is_told_instead_of_called(
    other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The functions of 2.1 take other arguments: a call would end the program."""
    monkeypatch.setattr("mobilenas.engine.base.version", lambda package: other)
    with pytest.raises(ValueError, match=rf"does not give its profiler \({other}\).*: install ai-edge-litert 2.3\."):
        ENGINE.breakdown(NETWORK)


def test_nothing_is_written_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    ops = (Conv(8, 3, stride=2), MBConv(8, 3, expanded=16, residual=True), Classifier(4))
    network = NetworkSpec(Shape(3, 16, 16), ops, name="small")
    ENGINE.prepare(network.build().eval(), network.input)()
    ENGINE.breakdown(network)
    assert capfd.readouterr() == ("", "")


def test_small_numbers_do_not_slow_it_down() -> None:
    """Denormal numbers take many times as long, where they are not taken as zero."""
    layer = NetworkSpec(Shape(32, 56, 56), (Conv(32, 3, act="none", norm=False),), name="layer")
    modules = [layer.build().eval() for _ in range(2)]
    with torch.no_grad():
        for weight in modules[1].parameters():
            weight.mul_(1e-38)
    runs = [ENGINE.prepare(module, layer.input) for module in modules]
    least = [min(times) for times in zip(*([run() for run in runs] for _ in range(30)), strict=True)]
    assert least[1] < 5 * least[0]
