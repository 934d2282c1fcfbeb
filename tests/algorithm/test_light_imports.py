"""Settings are read without what only searches need."""

import subprocess
import sys

import pytest

SETTINGS = ("NSGA2", "PPO", "RandomSearch", "RegularizedEvolution", "Derived", "Sampled")


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_are_made_without_torch_and_pymoo(name: str) -> None:
    code = f"import sys, mobilenas.algorithm as algorithm; algorithm.{name}(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "mobilenas.algorithm.base" in loaded
    assert not {"torch", "pymoo"} & set(loaded)
