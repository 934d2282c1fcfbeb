"""ProxylessNAS: weights learned on single paths, architecture parameters through binary gates (Sec. 3)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

import torch
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from mobilenas.hardware import ExpectedLatency
from mobilenas.method.architecture import ArchitectureParameters, LatencyHistory
from mobilenas.method.base import Batches
from mobilenas.method.draw import Draw
from mobilenas.method.rules import BinaryPaths, Reinforce, UpdateRule
from mobilenas.method.searching import SearchingMethod, refuse_average
from mobilenas.objective import Loss, Reward
from mobilenas.ops.modules import zero_init_residuals
from mobilenas.search_space import LayerwiseSpace
from mobilenas.settings.checks import check_factor, check_positive, check_share
from mobilenas.supernet import Supernet
from mobilenas.training.channels_last import channels_last
from mobilenas.training.recipe import Recipe

Rule = Literal["two_path", "exact", "reinforce"]


class Binarized(SearchingMethod):
    """Steps of the weights on sampled paths, and of the architecture parameters on other images, in turns.

    Args:
        space: whose supernet is trained
        recipe: how its weights are trained
        latency: of the space on the device
        batches: of the images that architecture steps see
        rule: of the architecture steps: ``two_path`` (Sec. 3.2.1), ``exact`` (Appendix D), ``reinforce`` (Sec. 3.3.2)
        objective: a loss for the first two, a reward for the last
        lr: learning rate of the architecture parameters' Adam
        betas: its decay rates
        std: spread of the architecture parameters at the start
        warmup_share: of the epochs, before the first architecture step
        weight_steps: so many to one architecture step
        samples: networks an architecture step of ``reinforce``
        baseline_rate: how far such a step moves the baseline towards the mean reward
        move_statistics: whether architecture steps move the batch norms' running statistics
        zero_init: residual blocks start as the identity

    Raises:
        ValueError: a number or a name is out of its range, the objective does not fit the rule, or the recipe averages
    """

    architecture_steps: Tensor

    def __init__(
        self,
        space: LayerwiseSpace,
        recipe: Recipe,
        latency: ExpectedLatency,
        batches: Batches,
        rule: Rule,
        objective: Loss | Reward,
        lr: float,
        betas: Sequence[float] = (0.0, 0.999),
        std: float = 1e-3,
        warmup_share: float = 0.0,
        weight_steps: int = 5,
        samples: int = 10,
        baseline_rate: float = 0.99,
        move_statistics: bool = False,
        zero_init: bool = False,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.check(
            recipe,
            {
                "rule": rule, "objective": objective, "lr": lr, "betas": betas, "std": std,
                "warmup_share": warmup_share, "weight_steps": weight_steps, "samples": samples,
                "baseline_rate": baseline_rate,
            },
        )  # fmt: skip
        self.supernet = Supernet(space).to(memory_format=torch.channels_last)
        self.architecture = ArchitectureParameters(space.options, std)
        self.rule = _make_rule(rule, objective, latency, samples, baseline_rate)
        self.register_buffer("architecture_steps", torch.zeros((), dtype=torch.int64))
        self.history = LatencyHistory(latency)
        self._recipe, self._loss, self._batches = recipe, recipe.loss(), batches
        self._lr, self._betas = lr, (float(betas[0]), float(betas[1]))
        self._warmup_epochs, self._weight_steps = warmup_share * recipe.epochs, weight_steps
        self._move_statistics = move_statistics
        if zero_init:
            zero_init_residuals(self.supernet)

    @classmethod
    def check(cls, recipe: Recipe, settings: Mapping[str, Any]) -> None:
        refuse_average("binarized", recipe)
        _check_rule(settings["rule"], settings["objective"])
        check_positive("binarized", **_given(settings, "weight_steps", "samples"))
        check_factor("binarized", **_given(settings, "lr"))
        check_share("binarized", **_given(settings, "warmup_share", "std"))
        rate, betas = settings.get("baseline_rate", 1.0), settings.get("betas", (0.0, 0.999))
        if not 0 < rate <= 1 or len(betas) != 2:
            raise ValueError(f"binarized: baseline_rate is above 0 and at most 1, not {rate}; betas are two.")

    def on_train_start(self) -> None:
        self._search: Iterator[tuple[Tensor, Tensor]] = self._batches(int(self.architecture_steps))

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        self.step_weights(*batch)
        steps = self.current_epoch * self.trainer.num_training_batches + batch_idx + 1
        warm = steps > self._warmup_epochs * self.trainer.num_training_batches
        if warm and steps % self._weight_steps == 0:
            self.step_architecture(*(part.to(self.device) for part in next(self._search)))

    def step_weights(self, images: Tensor, labels: Tensor) -> None:
        """One update of the weights along a sampled path; architecture parameters stay as they are."""
        self.update_weights(self._loss(self.supernet(channels_last(images), self.architecture.sample()), labels))

    def step_architecture(self, images: Tensor, labels: Tensor) -> None:
        """One update of the architecture parameters; weights stay as they are."""
        before = [alpha.detach().clone() for alpha in self.architecture.alphas]
        self.update_architecture(
            lambda: self.rule.loss(self.supernet, self.architecture, channels_last(images), labels),
            self._move_statistics,
        )
        self.rule.settle(self.architecture, before)
        self.architecture_steps += 1

    def configure_optimizers(self) -> tuple[list[torch.optim.Optimizer], list[LambdaLR]]:
        architecture = torch.optim.Adam(self.architecture.parameters(), self._lr, self._betas)
        return self.both_optimizers(self._recipe, architecture, lambda: self.trainer.num_training_batches)


def _given(settings: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: settings[name] for name in names if name in settings}


def _check_rule(rule: object, objective: object) -> None:
    if rule not in get_args(Rule):
        raise ValueError(f"binarized: rule is one of {', '.join(get_args(Rule))}, not {rule!r}.")
    if rule == "reinforce" and not isinstance(objective, Reward):
        raise ValueError("Rule reinforce maximizes a reward: add objective@method.objective=latency_reward.")
    if rule != "reinforce" and not isinstance(objective, Loss):
        raise ValueError(f"Rule {rule} minimizes a loss: add objective@method.objective=latency_loss.")


def _make_rule(
    rule: Rule, objective: Loss | Reward, latency: ExpectedLatency, samples: int, baseline_rate: float
) -> UpdateRule:
    objective.check(latency.fastest_ms)
    if isinstance(objective, Reward):
        return Reinforce(objective, latency, samples, baseline_rate)
    return BinaryPaths(Draw.two if rule == "two_path" else Draw.all, objective, latency)
