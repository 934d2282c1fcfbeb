"""Descriptions are read and counted without torch."""

import subprocess
import sys
from typing import get_args

import pytest

from mobilenas.ops.activation import Activation
from mobilenas.ops.modules import ACTIVATIONS


def imported_by(code: str) -> set[str]:
    """The modules that a separate process has imported after it ran the code."""
    lines = f"{code}\nimport sys\nprint(*sys.modules, file=sys.stderr)"
    return set(subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True).stderr.split())


@pytest.mark.parametrize("package", ["mobilenas.ops", "mobilenas.network", "mobilenas.search_space"])
def test_a_description_needs_no_torch(package: str) -> None:
    found = imported_by(f"import {package}")
    assert package in found
    assert not found & {"torch", "matplotlib", "onnx", "pytorch_lightning"}


def test_a_network_is_described_without_torch_and_numpy() -> None:
    found = imported_by("from mobilenas.network.describe import main; main(['moga_a'])")
    assert "mobilenas.ops" in found
    assert not found & {"torch", "numpy", "matplotlib"}


def test_a_space_is_counted_without_torch() -> None:
    code = "from mobilenas.search_space import MoGA; space = MoGA().space(); space.network([0] * 14).macs"
    assert "torch" not in imported_by(code)


def test_every_activation_has_its_module() -> None:
    assert tuple(ACTIVATIONS) == get_args(Activation)
