"""Learning rates that are lower for what is older."""

from pathlib import Path

import pytest
import torch

from mobilenas.network import NetworkSpec, set_resolution
from mobilenas.network.published import load_network
from mobilenas.ops import Classifier, Conv, MBConv, Norm, Shape
from mobilenas.training import Recipe
from mobilenas.training.groups import ages, groups_of
from mobilenas.training.recipe import parameter_groups
from tests.training import tiny

AGES = {  # from the papers' tables: the strides of the blocks, at 224, 112, 56, 28, 14 and 7 pixels
    "mobilenet_v2": [5, 5] + [4] * 2 + [3] * 3 + [2] * 7 + [1] * 4 + [0, 0],  # Table 2
    "mobilenet_v3_small": [5, 4] + [3] * 2 + [2] * 5 + [1] * 3 + [0, 0],  # Table 2
    "mobilenet_v3_large": [5, 5] + [4] * 2 + [3] * 3 + [2] * 6 + [1] * 3 + [0, 0],  # Table 1
}


@pytest.mark.parametrize("name", AGES)
def test_stages_begin_where_the_map_becomes_smaller(name: str) -> None:
    assert list(ages(load_network(name))) == AGES[name]


def test_a_stage_begins_at_a_stride_even_if_the_map_is_one_pixel_already() -> None:
    assert ages(set_resolution(load_network("mobilenet_v2"), 16)) == ages(load_network("mobilenet_v2"))


def test_a_head_is_whatever_follows_the_last_block() -> None:
    ops = (Conv(8, 3, 2), MBConv(8, 3, expanded=16), Conv(16, 1), Norm(), Classifier(4))
    assert ages(NetworkSpec(Shape(3, 16, 16), ops)) == (1, 1, 0, 0, 0)
    assert ages(NetworkSpec(Shape(3, 16, 16), (Conv(8, 3, 2), Conv(8, 3), Classifier(4)))) == (1, 0, 0)


@pytest.mark.parametrize("factor", [1.0, 0.5])
def test_every_weight_has_the_rate_of_its_stage_once(factor: float) -> None:
    spec, recipe = load_network("mobilenet_v3_small"), Recipe(1, 8, 0.1, weight_decay=0.01)
    with torch.device("meta"):
        network = spec.build()
    rates = {
        (id(weight), name): group[name]
        for name in ("lr", "weight_decay")
        for group in groups_of(spec, network, recipe, factor)
        for weight in group["params"]  # type: ignore[attr-defined]
    }
    expected = {
        (id(weight), name): value
        for age, layer in zip(AGES["mobilenet_v3_small"], network, strict=True)
        for weight in layer.parameters()
        for name, value in (("lr", 0.1 * factor**age), ("weight_decay", 0.01 if weight.ndim > 1 else 0.0))
    }
    assert rates == pytest.approx(expected)


def test_with_one_rate_the_groups_are_those_of_a_training_from_scratch() -> None:
    network = tiny.SPEC.build()
    groups = groups_of(tiny.SPEC, network, Recipe(1, 8, 0.1, weight_decay=0.01), 1.0)
    for one, other in zip(groups, parameter_groups(network.parameters(), 0.01, 0.1), strict=True):
        assert [id(weight) for weight in one.pop("params")] == [id(weight) for weight in other.pop("params")]  # type: ignore[attr-defined]
        assert one == other


def _changes(folder: Path, stage_lr: float, start: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What the first step changes."""
    states = tiny.States()
    recipe = Recipe(1, 512, 0.1, momentum=0.0, stage_lr=stage_lr)
    tiny.fit(recipe, folder / str(stage_lr), states, start=start)
    return {name: after - start[name] for name, after in states.found[0].items() if after.is_floating_point()}


def test_the_first_step_of_a_stage_is_smaller_by_the_factor(tmp_path: Path) -> None:
    start = tiny.begin()
    whole, scaled = _changes(tmp_path, 1.0, start), _changes(tmp_path, 0.25, start)
    by_layer = ages(tiny.SPEC)
    assert set(by_layer) >= {0, 1}
    trained = [name for name in whole if name not in tiny.statistics(start)]
    for name in trained:
        factor = 0.25 ** by_layer[int(name.partition(".")[0])]
        torch.testing.assert_close(scaled[name], factor * whole[name], rtol=1e-2, atol=1e-6)
