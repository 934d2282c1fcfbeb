"""Wrong values of settings, and the page of what is said to each: ``python -m tests.cli.wrong_values``."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

from mobilenas.cli.any_field import settable
from mobilenas.cli.build import build
from mobilenas.conf_dir import conf_dir
from mobilenas.settings import SettingsError

PAGE = Path(__file__).parents[2] / "docs" / "wrong_values.md"

HEAD = """# Wrong values

This page shows what the command says to a wrong value of a setting, before anything is measured or trained. Each line
is `mobilenas WITH SETTING=VALUE`, where `WITH` chooses the group that has the setting.

`python -m tests.cli.wrong_values` writes this page from the table in `tests/cli/wrong_values.py`, and a test fails if
the page is out of date.
"""

NETADAPT = "experiment=netadapt"
BOXES, MASKS = "task=detection data=coco data.root=cells", "task=segmentation data=masks data.root=streets"

TABLE = (  # group, then: what chooses it; setting, value
    (
        "Top level",
        ("", "name", "a/b"),
        ("", "name", "5"),
        ("", "stages", "[profil]"),
        ("", "stages", "report"),
        ("", "stages", "[profile,3]"),
        ("", "seed", "1.5"),
        ("", "seed", "-1"),
        ("", "seed", "true"),
        ("", "choose", "0"),
        ("", "choose", "null"),
        ("", "architecture", "5"),
        ("", "architecture", "[-1]"),
        ("", "network_file", "5"),
        ("", "network_file", ""),
        ("", "network_width", "0"),
        ("", "weights", "5"),
        ("", "weights", "true"),
        ("", "improvements", "slim_stem"),
        ("", "outputs", "null"),
        ("", "adaptation", "netadapt"),
        ("", "store", "5"),
        ("", "retry_failures", "flase"),
        ("", "fresh", "flase"),
        ("", "fresh", "0"),
        ("", "threads", "0"),
        ("", "checkpoint_minutes", "soon"),
        ("", "checkpoint_minutes", "inf"),
    ),
    (
        "scale",
        ("", "scale.name", "7"),
        ("", "scale.stages", "0"),
        ("", "scale.rounds", "1.5"),
        ("", "scale.measured_networks", "-1"),
        ("", "scale.latency_weight", "-1"),
        ("", "scale.gumbel_lr", "abc"),
        ("", "scale.init", "flase"),
        ("", "scale.random_architectures", "0"),
        ("", "scale.resolution", "0"),
        ("", "scale.min_area", "2"),
        ("", "scale.padding", "-1"),
    ),
    (
        "search_space",
        ("", "search_space.width", "0"),
        ("", "search_space.stages", "many"),
        ("", "search_space.blocks", "0"),
        ("", "search_space.unstrided", "-1"),
        ("", "search_space.dropout", "1"),
        ("", "search_space.candidates", "e3_k3"),
        ("experiment=fbnet", "search_space.last", "0"),
        ("experiment=mnasnet", "search_space.factorized", "flase"),
        ("experiment=mnasnet", "search_space.skeleton", "5"),
        ("experiment=proxyless_g", "search_space.widths", "24"),
        ("experiment=proxyless_cifar_g", "search_space.channels", "abc"),
        ("search_space=around", "search_space.skips", "yess"),
        ("search_space=around", "search_space.kernels", "[3,0]"),
        ("search_space=around", "search_space.expansions", "[0]"),
    ),
    (
        "method",
        ("", "method.shared_lr", "abc"),
        ("", "method.shared_lr", "0"),
        ("", "method.init", "flase"),
        ("method=uniform", "method.init", "1"),
        ("method=sandwich", "method.paths", "-1"),
        ("experiment=fbnet", "method.hard", "flase"),
        ("experiment=fbnet", "method.lr", "0"),
        ("experiment=fbnet", "method.temperature", "-5"),
        ("experiment=fbnet", "method.warmup_share", "1"),
        ("experiment=fbnet", "method.objective.beta", "-0.6"),
        ("experiment=proxyless_g", "method.rule", "three_path"),
        ("experiment=proxyless_g", "method.betas", "[0.0]"),
        ("experiment=proxyless_g", "method.weight_steps", "0"),
        ("experiment=proxyless_g", "method.move_statistics", "1"),
        ("experiment=proxyless_g", "method.objective.latency_weight", "nan"),
        ("experiment=proxyless_r", "method.baseline_rate", "0"),
    ),
    (
        "recipe and supernet_recipe",
        ("", "recipe.epochs", "many"),
        ("", "recipe.batch_size", "32.0"),
        ("", "recipe.lr", "nan"),
        ("", "recipe.optimizer", "adam"),
        ("", "recipe.momentum", "1"),
        ("", "recipe.schedule", "linear"),
        ("", "recipe.warmup_epochs", "-1"),
        ("", "recipe.ema_decay", "2"),
        ("", "recipe.label_smoothing", "3"),
        ("experiment=proxyless_g", "recipe.nesterov", "flase"),
        ("experiment=fbnet", "recipe.milestones", "[0.5,1]"),
        ("recipe=fine_tune", "recipe.epochs", "-1"),
        ("recipe=fine_tune", "recipe.init", "scratch"),
        ("recipe=fine_tune", "recipe.head_epochs", "-1"),
        ("recipe=fine_tune", "recipe.stage_lr", "0"),
        ("recipe=fine_tune", "recipe.norm_statistics", "true"),
        ("recipe=fine_tune", "recipe.keep_best", "yess"),
        ("recipe=fine_tune", "recipe.teacher", "5"),
        ("recipe=fine_tune", "recipe.teacher_weight", "2"),
        ("recipe=fine_tune", "recipe.teacher_temperature", "0"),
        ("", "supernet_recipe.epochs", "-1"),
        ("", "supernet_recipe.lr", "-0.1"),
        ("", "supernet_recipe.weight_decay", "abc"),
    ),
    (
        "hardware",
        ("", "hardware.fit_networks", "-1"),
        ("", "hardware.validation_networks", "1.5"),
        ("", "hardware.cache", "null"),
        ("", "hardware.host", "5"),
        ("", "hardware.host", "-pi"),
        ("", "hardware.python", "null"),
        ("hardware=openvino", "hardware.host", "pi@raspberry"),
        ("", "hardware.engine.threads", "0"),
        ("", "hardware.engine.batch", "true"),
        ("hardware=cuda", "hardware.engine.batch", "8.0"),
        ("", "hardware.timing.rounds", "0"),
        ("", "hardware.timing.visit_ms", "-1"),
        ("", "hardware.timing.percentile", "101"),
        ("hardware=predictor", "hardware.networks", "0"),
        ("hardware=predictor", "hardware.test_share", "1"),
        ("hardware=table", "hardware.path", "5"),
        ("hardware=table", "hardware.path", "''"),
    ),
    (
        "algorithm",
        ("", "algorithm.population", "abc"),
        ("", "algorithm.generations", "0"),
        ("", "algorithm.mutation", "none"),
        ("", "algorithm.crossover_probability", "1.1"),
        ("", "algorithm.mutated_blocks", "0"),
        ("algorithm=random", "algorithm.samples", "0"),
        ("algorithm=random", "algorithm.batch", "null"),
        ("experiment=fbnet", "algorithm.samples", "-1"),
        ("algorithm=regularized_evolution", "algorithm.sample", "0"),
        ("algorithm=ppo", "algorithm.hidden", "0"),
        ("algorithm=ppo", "algorithm.clip", "0"),
        ("algorithm=ppo", "algorithm.entropy", "-1"),
        ("algorithm=ppo", "algorithm.baseline_decay", "1"),
    ),
    (
        "adaptation and its fine_tuning",
        ("algorithm@adaptation=netadapt", "adaptation.delta", "0"),
        ("algorithm@adaptation=netadapt", "adaptation.metric", "steepest"),
        (NETADAPT, "algorithm.target_share", "1"),
        (NETADAPT, "algorithm.decay", "1.5"),
        (NETADAPT, "algorithm.divisor", "0"),
        (NETADAPT, "algorithm.after", "retrain"),
        (NETADAPT, "algorithm.fine_tuning.steps", "-1"),
        (NETADAPT, "algorithm.fine_tuning.lr_share", "0"),
        (NETADAPT, "algorithm.fine_tuning.keep", "largest"),
        (NETADAPT, "algorithm.fine_tuning.calibration_images", "many"),
    ),
    (
        "objective",
        ("", "objective.minimize", "{latency_ms: -1}"),
        ("", "objective.maximize", "0.4"),
        ("objective=latency_reward", "objective.target_ms", "0"),
        ("objective=latency_reward", "objective.alpha", "0.07"),
        ("objective=latency_reward", "objective.target_images", "0"),
        ("objective=latency_log", "objective.alpha", "0"),
        ("objective=latency_loss", "objective.latency_weight", "-1"),
        ("objective=latency_product", "objective.unit_ms", "null"),
        ("experiment=fbnet", "objective", "latency_loss"),
    ),
    (
        "evaluator",
        ("", "evaluator.calibration_images", "0"),
        ("", "evaluator.batch_size", "abc"),
        ("", "evaluator.random_architectures", "-1"),
        ("", "evaluator.weights", "5"),
        ("evaluator=ranking", "evaluator.ranking.networks", "1"),
        ("evaluator=ranking", "evaluator.ranking.seed", "-1"),
        ("evaluator=proxy_task", "evaluator.epochs", "0"),
        ("evaluator=proxy_task", "evaluator.warmup_epochs", "-1"),
        ("evaluator=proxy_task", "evaluator.train_images", "0"),
    ),
    (
        "data and its augment",
        ("", "data.resolution", "0"),
        ("", "data.search_images", "-1"),
        ("", "data.test_share", "1"),
        ("", "data.split_seed", "abc"),
        ("", "data.workers", "-1"),
        ("", "data.classes", "0"),
        ("", "data.augment.padding", "-1"),
        ("", "data.augment.flip", "flase"),
        ("", "data.augment.cutout", "0.5"),
        ("data=imagenet", "data.augment.min_area", "0"),
        ("data=imagenet", "data.center_share", "0"),
        ("data=cifar10", "data.download", "flase"),
        ("data=cifar10", "data.name", "cifar11"),
        ("data=image_folder", "data.root", "5"),
        ("data=image_folder data.root=photos", "data.in_memory", "maybe"),
        (BOXES, "data.resolution", "[320]"),
        (BOXES, "data.test_share", "0"),
        (BOXES, "data.augment.zoom_out", "0.5"),
        (BOXES, "data.augment.crop", "1"),
        (MASKS, "data.ignored", "[256]"),
        (MASKS, "data.augment.min_scale", "0"),
    ),
    (
        "task",
        (BOXES, "task.halving", "half"),
        (BOXES, "task.last_conv", "yess"),
        (BOXES, "task.extras", "512"),
        (BOXES, "task.anchors", "[6,0]"),
        (BOXES, "task.act", "gelu"),
        (MASKS, "task.head", "aspp"),
        (MASKS, "task.filters", "0"),
        (MASKS, "task.output_stride", "8"),
        (MASKS, "task.last_conv", "5"),
    ),
    (
        "trainer",
        ("", "trainer.accelerator", "1"),
        ("", "trainer.accelerator", "tpu"),
        ("", "trainer.devices", "0"),
        ("", "trainer.devices", "many"),
        ("", "trainer.precision", "17"),
        ("", "trainer.strategy", "null"),
        ("", "trainer.strategy", "fsdp"),
        ("", "trainer.num_nodes", "0"),
        ("", "trainer.num_nodes", "2"),
        ("", "trainer.limit_train_batches", "0.0"),
        ("", "trainer.gradient_clip_val", "-1"),
        ("trainer=ddp", "trainer.sync_batchnorm", "flase"),
        ("trainer=ray", "trainer.workers", "0"),
        ("trainer=ray", "trainer.gpus_per_worker", "0.5"),
        ("trainer=ray", "trainer.cpus_per_worker", "0"),
        ("trainer=ray", "trainer.retries", "-1"),
    ),
    (
        "logger",
        ("logger=wandb", "logger.project", "5"),
        ("logger=wandb", "logger.offline", "maybe"),
        ("logger=wandb", "logger.files", "some"),
        ("logger=mlflow", "logger.uri", "mlruns"),
        ("logger=mlflow", "logger.experiment", "5"),
        ("logger=mlflow", "logger.files", "some"),
    ),
    (
        "executor",
        ("", "executor.processes", "0"),
        ("", "executor.threads", "0"),
        ("", "executor.retries", "-1"),
        ("", "executor.timeout_minutes", "0"),
        ("executor=ray", "executor.workers", "0"),
        ("executor=ray", "executor.address", "5"),
        ("executor=ray", "executor.address", '""'),
        ("executor=ray", "executor.address", "http://head:8265"),
        ("executor=ray", "executor.gpus_per_trial", "-1"),
    ),
)


class Wrong(NamedTuple):
    """A wrong value.

    Args:
        group: of the setting
        choices: overrides that come first
        setting: its name
        value: as it is written on the command line
    """

    group: str
    choices: str
    setting: str
    value: str

    @property
    def overrides(self) -> list[str]:
        return [*self.choices.split(), f"{self.setting}={self.value}"]


def wrong_values() -> Iterator[Wrong]:
    """The rows of the table."""
    for group, *rows in TABLE:
        for row in rows:
            yield Wrong(str(group), *row)


@cache
def refused(*overrides: str) -> tuple[str, ...]:
    """What is said to settings that the command would have with these overrides; nothing where they are right."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        config = compose("config", settable(overrides))
    try:
        build(config, overrides)
    except SettingsError as error:
        return error.sentences
    return ()


def page() -> str:
    """All of the table, with what is said to each row."""
    sections = [HEAD]
    for group, *_ in TABLE:
        own = [one for one in wrong_values() if one.group == group]
        rows = [(one.setting, one.value, one.choices, " ".join(refused(*one.overrides))) for one in own]
        sections.append(f"## {group}\n\n{_grid(('setting', 'value', 'with', 'sentence'), rows)}\n")
    return "\n".join(sections)


def _grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns padded to the right, except the last one."""
    widths = [*(max(map(len, column)) for column in list(zip(head, *rows, strict=True))[:-1]), 0]
    lines = [head, ["-" * max(width, 3) for width in widths], *rows]
    return "\n".join(f"| {' | '.join(map(str.ljust, cells, widths))} |" for cells in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
