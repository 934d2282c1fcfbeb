"""Methods, spaces and algorithms of different papers in one run, by overrides alone."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

SMALL = (
    "scale=laptop",
    "search_space.stages=2",
    "scale.fair_epochs=1",
    "scale.path_epochs=2",
    "scale.gumbel_epochs=2",
    "recipe.epochs=1",
    "scale.population=4",
    "scale.generations=2",
    "scale.measured_networks=30",
    "choose=1",
    "evaluator.random_architectures=2",
    "hardware.timing.rounds=2",
    "hardware.timing.visit_ms=0.5",
)
COMBINATIONS = {
    "ProxylessNAS in MoGA's space": ("experiment=proxyless_g", "search_space=moga"),
    "MoGA's search of a supernet trained as ProxylessNAS's": ("experiment=moga", "method=binarized"),
    "MoGA in ProxylessNAS's space": ("experiment=moga", "search_space=proxyless_mobile"),
    "FBNet's search in MoGA's space": ("experiment=fbnet", "search_space=moga"),
    "FBNet's search in ProxylessNAS's space": ("experiment=fbnet", "search_space=proxyless_mobile", "method.hard=true"),
    "ProxylessNAS's search in FBNet's space": ("experiment=proxyless_g", "search_space=fbnet"),
    "MoGA in FBNet's space": ("experiment=moga", "search_space=fbnet"),
    "REINFORCE on a predictor": ("experiment=proxyless_r", "hardware=predictor"),
    "all paths with the multiplicative loss": (
        "experiment=proxyless_g", "method.rule=exact", "objective@method.objective=latency_product",
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("settings", COMBINATIONS.values(), ids=COMBINATIONS)
def test_a_combination_is_one_command(settings: tuple[str, ...], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mobilenas.cli", *settings, *SMALL, f"outputs={tmp_path}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    (page,) = tmp_path.glob("*/report/index.html")
    with (page.parent / "networks.csv").open(newline="") as file:
        (network,) = csv.DictReader(file)
    assert float(network["predicted_ms"]) > 0
    assert float(network["test_accuracy"]) > 0
    learned = json.loads((page.parents[1] / "supernet" / "learned.json").read_text())
    is_gradient_search = settings[0] != "experiment=moga" or "method=binarized" in settings
    assert bool(learned.get("history")) == is_gradient_search
    moved = [max(p) - min(p) for p in learned.get("probabilities", [])]
    assert not is_gradient_search or max(moved) > 0.01  # they begin within a thousandth of each other
