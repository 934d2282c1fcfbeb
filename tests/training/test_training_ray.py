"""Training on two of Ray's workers against two processes of Lightning's own, and against an undisturbed training."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from torch import Tensor

from mobilenas.cluster import Cluster, one_connection
from mobilenas.tracking import CsvLog
from mobilenas.training import RayTrainer, Recipe, Retrain, Trainer, Training
from tests.training import tiny

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.slow

RAY = RayTrainer(workers=2)
DDP = Trainer(accelerator="cpu", devices=2, strategy="ddp_spawn_find_unused_parameters_true")
RECIPE = Recipe(3, 128, 0.05, ema_decay=0.5)


@pytest.fixture(scope="module", autouse=True)
def connection() -> Iterator[None]:
    """One Ray for all tests of this module, which writes nothing to the home folder."""
    before = _of_ray()
    with one_connection(Cluster("trainer", None, 2)):
        yield
    assert not ray.is_initialized()
    assert _of_ray() == before


def _of_ray() -> list[Path]:
    return sorted(path for path in Path.home().iterdir() if "ray" in path.name)


def _retrained(trainer: RayTrainer | Trainer, folder: Path, minutes: float = 60.0) -> Mapping[str, Tensor]:
    training = Training(trainer, CsvLog(), 1, minutes)
    batches = tiny.data().train_loader(RECIPE.batch_size, 1)
    return training.fit(lambda: Retrain(tiny.SPEC, RECIPE), batches, RECIPE, folder, "fit").state_dict()


def test_two_workers_retrain_as_two_processes_do(tmp_path: Path) -> None:
    one, other = (_retrained(trainer, tmp_path / name) for name, trainer in (("ray", RAY), ("ddp", DDP)))
    assert not tiny.different(one, other)
    logs = [(tmp_path / name / "logs" / "metrics.csv").read_text() for name in ("ray", "ddp")]
    assert logs[0] == logs[1]
