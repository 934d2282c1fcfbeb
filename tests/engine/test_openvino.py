"""OpenVINO as an engine: it computes what torch computes, with 32 bits, and tells its times by kind."""

import importlib.metadata

import numpy as np
import pytest
import torch

from mobilenas.engine import OpenVino
from mobilenas.engine.openvino import _kind
from mobilenas.network import load_network, set_resolution
from tests.engine.test_export import ready

ENGINE = OpenVino(threads=1, batch=2)
NETWORK = set_resolution(load_network("mobilenet_v3_small"), 64)


def test_what_is_timed_computes_what_torch_computes_with_32_bits() -> None:
    module = ready(NETWORK.build(), NETWORK.input)
    request = ENGINE._request(module, NETWORK.input, "n")
    request.infer()
    images = torch.from_numpy(request.get_input_tensor().data.copy())
    assert images.shape == (2, 3, 64, 64)
    with torch.no_grad():
        expected = module(images).numpy()
    np.testing.assert_allclose(request.get_output_tensor().data, expected, atol=1e-4 * np.abs(expected).max())


def test_the_kinds_of_operations_are_found() -> None:
    found = ENGINE.breakdown(NETWORK)
    assert {"conv 1x1", "depthwise conv", "conv kxk", "linear", "pooling"} <= found.keys()
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert _kind("5.1.0 conv 1x1/WithoutBiases", "Convolution") == "conv 1x1"
    assert _kind("5.1.0 depthwise conv/WithoutBiases", "GroupConvolution") == "depthwise conv"
    assert _kind("input_abcd_acdb_0.0 conv kxk/WithoutBiases", "Reorder") == "layout"
    assert _kind("output", "FullyConnected") == "linear"
    assert _kind("5.1.0 conv kxk", "Convolution") == "conv kxk"
    assert _kind("1.1 elementwise", "Subgraph") == "elementwise"
    assert _kind("new", "Unknown") == "other"


def test_without_the_package_the_way_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr("mobilenas.engine.base.version", missing)
    said = r"OpenVINO is not installed: write pip install 'mobilenas\[openvino\]', or choose hardware=cpu, or another"
    for use in (lambda: ENGINE.about, lambda: ENGINE.breakdown(NETWORK)):
        with pytest.raises(ValueError, match=said):
            use()
    with pytest.raises(ValueError, match=said):
        ENGINE.prepare(NETWORK.build().eval(), NETWORK.input)
