"""All paths of a fair step at once, against one path after another."""

from collections.abc import Mapping

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from mobilenas.method import Fair, PathsModule, fair_paths
from mobilenas.method.side_by_side import SideBySide, check_side_by_side
from mobilenas.search_space import LayerwiseSpace, MoGA, ProxylessMobile, layerwise
from mobilenas.settings import SEED, given
from mobilenas.training.recipe import Recipe

CANDIDATES = ("e3_k3", "e6_k3", "e3_k5_se")
RECIPE = Recipe(1, 6, 0.1, momentum=0.9)
NEEDS_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.fixture
def space() -> LayerwiseSpace:
    return MoGA(0.25, stages=2, blocks=2, hidden=0.0625, unstrided=2, candidates=CANDIDATES, dropout=0.0).space(4, 16)


def _module(space: LayerwiseSpace, side_by_side: bool) -> PathsModule:
    torch.manual_seed(0)
    return Fair(side_by_side=side_by_side).module(space, RECIPE, given((SEED, 3)))


def _fit(module: PathsModule, accelerator: str, precision: str, steps: int = 5) -> Mapping[str, Tensor]:
    generator = torch.Generator().manual_seed(5)
    images = torch.randn(6 * steps, 3, 16, 16, generator=generator)
    data = TensorDataset(images, torch.randint(0, 4, (len(images),), generator=generator))
    trainer = pl.Trainer(
        max_epochs=1, accelerator=accelerator, devices=1, precision=precision, logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(module.double() if precision == "64-true" else module, DataLoader(data, batch_size=6))
    return module.cpu().state_dict()


@pytest.mark.parametrize(
    ("accelerator", "precision", "tolerance"),
    [
        ("cpu", "64-true", 1e-9),
        pytest.param("cuda", "64-true", 1e-9, marks=NEEDS_CUDA),
        pytest.param("cuda", "32-true", 1e-3, marks=NEEDS_CUDA),
    ],
)
def test_steps_end_in_the_weights_and_statistics_of_one_path_after_another(
    space: LayerwiseSpace, accelerator: str, precision: str, tolerance: float
) -> None:
    one_by_one, together = (_fit(_module(space, way), accelerator, precision) for way in (False, True))
    assert one_by_one.keys() == together.keys()
    for name, expected in one_by_one.items():
        torch.testing.assert_close(together[name], expected, msg=name, rtol=tolerance, atol=tolerance)


@NEEDS_CUDA
@pytest.mark.parametrize(("precision", "tolerance"), [("16-mixed", 0.2), ("bf16-mixed", 0.35)])
def test_in_mixed_precision_a_recorded_step_follows_the_weights(
    space: LayerwiseSpace, precision: str, tolerance: float
) -> None:
    """Recorded copies of the first weights would give their gradients in all steps: .44 to .54 of the way aside."""
    exact = _fit(_module(space, False), "cuda", "32-true")
    begin = _module(space, True).state_dict()
    mixed = _fit(_module(space, True), "cuda", precision)
    assert _distance(mixed, exact) < tolerance * _distance(begin, exact)


def _distance(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> float:
    weights = [name for name in one if name.endswith("weight")]
    return float(torch.stack([(one[name] - other[name]).norm() for name in weights]).norm())


@pytest.mark.parametrize("seed", range(4))
def test_moves_bring_each_path_to_its_candidate(space: LayerwiseSpace, seed: int) -> None:
    module = _module(space, True)
    paths = fair_paths(space.options, np.random.default_rng(seed))
    moves = SideBySide(module.supernet, module.loss, lambda _: None).moves(paths)
    held, blocks = np.arange(len(paths)), iter(paths.T)
    for count, move in zip(space.decisions, moves, strict=True):
        held = held[move]
        expected = next(blocks)[held] if count else held
        assert list(expected) == list(range(len(paths)))


def test_a_space_whose_candidates_are_used_unequally_is_refused() -> None:
    space = layerwise(ProxylessMobile().space(10, 32))  # only some of its blocks can be skipped
    with pytest.raises(
        ValueError, match=r"block \d+ of .* has 6 candidates for 7 paths: set method.side_by_side=false"
    ):
        Fair(side_by_side=True).check_space(space, 1)
    Fair().check_space(space, 1)


def test_several_devices_are_refused(space: LayerwiseSpace) -> None:
    with pytest.raises(ValueError, match="runs on one device, and the trainer has 2: leave it false"):
        check_side_by_side(space, 2)
    check_side_by_side(space, 1)
