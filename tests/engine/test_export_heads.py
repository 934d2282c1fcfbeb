"""Detectors and segmenters as files: their outputs are those of torch."""

from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from mobilenas.engine.export import check_onnx, to_onnx
from mobilenas.hardware.memory import memory_mb
from mobilenas.network import NetworkSpec, load_network
from mobilenas.network.backbone import dilated, without_classifier
from mobilenas.network.heads import LRASPP, RASPP, Head, SSDLite
from mobilenas.ops import Conv, Padding, Shape
from tests.random_norms import with_random_norms

HEADS = (SSDLite(5), RASPP(11, 32), LRASPP(11, 32))


def with_head(name: str, head: Head, padding: Padding = "symmetric") -> NetworkSpec:
    network = replace(load_network(name), input=Shape(3, 64, 96), padding=padding)
    return replace(dilated(without_classifier(network), 32 if isinstance(head, SSDLite) else 16), head=head)


def built(network: NetworkSpec) -> nn.Module:
    torch.manual_seed(0)
    return with_random_norms(network.build()).eval()


@pytest.mark.parametrize("padding", ["symmetric", "same"])
@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.name)
@pytest.mark.parametrize("name", ["mobilenet_v2", "mobilenet_v3_small"])
def test_files_compute_what_torch_computes(name: str, head: Head, padding: Padding) -> None:
    network = with_head(name, head, padding)
    module = built(network)
    assert check_onnx(to_onnx(module, network.input, "a"), module, network.input) < 1e-5
    pytest.importorskip("ai_edge_litert")
    from mobilenas.engine.export.tflite import to_tflite
    from mobilenas.engine.litert_runner import check_tflite

    assert check_tflite(to_tflite(module, network.input, "a"), module, network.input) < 1e-5


def test_a_detector_has_boxes_and_scores_by_name() -> None:
    network = with_head("mobilenet_v3_small", HEADS[0])
    module = built(network)
    session = onnxruntime.InferenceSession(to_onnx(module, network.input, "a").SerializeToString())
    images = np.random.default_rng(0).standard_normal((1, 3, 64, 96), dtype=np.float32)
    boxes, scores = session.run(["boxes", "scores"], {"input": images})
    expected = module(torch.from_numpy(images))
    assert np.allclose(boxes, expected[0].detach(), atol=1e-5) and np.allclose(scores, expected[1].detach(), atol=1e-5)
    # 4 x 6 places with 3 anchors, then 2 x 3, 1 x 2, 1, 1 and 1 with 6 anchors.
    assert boxes.shape == (1, 72 + 36 + 12 + 18, 4) and scores.shape == (1, 138, 6)


def test_a_map_that_the_head_reads_stays_in_memory_until_then() -> None:
    """By hand: while the last layer reads 64 x 8 x 8 numbers and makes as many, the head's 2 x 8 x 8 are kept."""
    ops = (Conv(2, 3, 2), Conv(2, 3, 2), Conv(2, 3, 2), Conv(64, 1), Conv(64, 1))
    network = NetworkSpec(Shape(1, 64, 64), ops, name="small")
    assert memory_mb(network) == pytest.approx((4096 + 4096) * 4 / 1e6)
    assert memory_mb(replace(network, head=LRASPP(1, 1))) == pytest.approx((4096 + 4096 + 128) * 4 / 1e6)
