"""What every supernet method must do: it trains every kernel, from the seed alone, and returns what it has learned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mobilenas.hardware import ExpectedLatency, LatencyTable
from mobilenas.method import BATCHES, LATENCY, PARENT, TURNS, Method
from mobilenas.ops import Classifier, Conv, MBConv, Op, Shape, Skip
from mobilenas.search_space import LayerwiseSpace
from mobilenas.settings import SEED, Given
from mobilenas.testing.composed import names, settings_with
from mobilenas.testing.suite import Example, expect
from mobilenas.training import Recipe

if TYPE_CHECKING:
    import torch

    from mobilenas.method import SupernetMethod

RECIPE = Recipe(epochs=12, batch_size=8, lr=0.1, momentum=0.0, schedule="steps", milestones=(0.9,))
"""Without weight decay and momentum: only the gradient of the loss moves a weight."""

STEPS = 6  # of an epoch


def examples() -> dict[str, Example]:
    """The methods of ``conf/method``."""
    return {name: Example(settings_with(f"method={name}").method) for name in names("method")}


def toy_blocks() -> LayerwiseSpace:
    """Two choice blocks of three candidates; one of the second is left out."""
    first = tuple[Op, ...](MBConv(8, kernel, expanded=16) for kernel in (3, 5, 7))
    second = (MBConv(8, 3, expanded=16, residual=True), MBConv(8, 5, expanded=16, residual=True), Skip())
    return LayerwiseSpace("toy", Shape(3, 8, 8), ((Conv(8, 3),), first, second, (Classifier(2),)))


def toy_parent(space: LayerwiseSpace) -> Mapping[str, torch.Tensor]:
    """The tensors that a supernet inherits from a network of its space with random weights."""
    import torch

    from mobilenas.supernet import inherited

    parent = space.network([1] * len(space.options))
    torch.manual_seed(1)
    return inherited(space, parent, parent.build().state_dict())


def its_own_recipe_passes_its_check(method: Method) -> None:
    method.check(RECIPE)


def a_training_moves_every_kernel(method: Method) -> None:
    """Kernels and matrices; a batch norm's scale before another batch norm makes no difference, and may stay."""
    module = _module(method)
    before = _kernels(module)
    _fit(module)
    still = [name for name, kernel in _kernels(module).items() if bool((kernel == before[name]).all())]
    expect(not still, f"{_name(method)} leaves {len(still)} of {len(before)} kernels as they were, {still[:1]} first.")


def a_training_follows_from_its_seed(method: Method) -> None:
    states = []
    for _ in range(2):
        module = _module(method)
        _fit(module)
        states.append(module.state_dict())
    same = all(bool((states[0][name] == states[1][name]).all()) for name in states[0] if "extra" not in name)
    expect(same, f"{_name(method)} trains to other weights from the same seed.")


def what_it_learns_are_probabilities(method: Method) -> None:
    if not method.learns:
        return
    module = _module(method)
    begin = _probabilities(module)
    _fit(module)
    learned = _probabilities(module)
    expect([len(one) for one in learned] == list(toy_blocks().options), f"{_name(method)} has learned {learned}.")
    expect(all(abs(sum(one) - 1) < 1e-4 for one in learned), f"{_name(method)}: {learned} do not sum to 1.")
    expect(learned != begin, f"{_name(method)} leaves the architecture's probabilities as they were.")


def what_needs_the_latency_learns_from_it(method: Method) -> None:
    """From the same seed, with a candidate that is 1000 times as slow, it learns something else."""
    if not method.learns or LATENCY not in method.needs:
        return
    learned = []
    for slower in (1.0, 1000.0):
        module = _module(method, slower)
        _fit(module)
        learned.append(_probabilities(module))
    expect(learned[0] != learned[1], f"{_name(method)} needs the latency, and learns the same from other latencies.")


def every_path_of_it_can_be_scored(method: Method) -> None:
    import torch

    module, space = _module(method), toy_blocks()
    for option in range(3):
        output = module.supernet.path([option] * len(space.options)).eval()(torch.zeros(2, 3, 8, 8))
        expect(output.shape == (2, 2), f"{_name(method)}: a path gives {tuple(output.shape)}, not (2, 2).")


CHECKS = (
    its_own_recipe_passes_its_check,
    a_training_moves_every_kernel,
    a_training_follows_from_its_seed,
    what_it_learns_are_probabilities,
    what_needs_the_latency_learns_from_it,
    every_path_of_it_can_be_scored,
)


class ToyTurns:
    """Batches of both splits in turns, as ``Turns`` hands them out."""

    lengths = (STEPS // 2, STEPS - STEPS // 2)

    def __len__(self) -> int:
        return STEPS

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        return batches(0, STEPS)


def batches(first: int, count: int | None = None) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Random images whose class is whether they are bright; the batch of a number is always the same."""
    import torch

    number = first
    while count is None or number < first + count:
        generator = torch.Generator().manual_seed(number)
        labels = torch.arange(RECIPE.batch_size) % 2
        yield torch.randn(len(labels), 3, 8, 8, generator=generator) + labels.view(-1, 1, 1, 1), labels
        number += 1


def _module(method: Method, slower: float = 1.0) -> SupernetMethod:
    """At its beginning; the first candidate of the first choice block takes ``slower`` times as long."""
    import torch

    space, turns = toy_blocks(), ToyTurns()
    layers = [layer for layer in space.pieces if layer.op.takes_time]
    rows = {layer.key: 1.0 + layer.macs / 1e6 for layer in layers}
    slow = space.choices[0][0].key
    table = LatencyTable({**rows, slow: slower * rows[slow]})
    needs = Given(
        {
            SEED: lambda: 3,
            PARENT: lambda: toy_parent(space),
            LATENCY: lambda: ExpectedLatency(space, table),
            BATCHES: lambda: lambda first: batches(1000 + first),
            TURNS: lambda: turns,
        }
    )
    torch.manual_seed(0)
    return method.module(space, RECIPE, needs.only(method.needs))


def _fit(module: SupernetMethod) -> None:
    import pytorch_lightning as pl
    import torch

    quiet: dict[str, Any] = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    loader: Any = ToyTurns()
    torch.manual_seed(0)
    pl.Trainer(max_epochs=RECIPE.epochs, accelerator="cpu", **quiet).fit(module, loader)


def _kernels(module: SupernetMethod) -> dict[str, torch.Tensor]:
    parameters = module.supernet.named_parameters()
    return {name: parameter.detach().clone() for name, parameter in parameters if parameter.ndim > 1}


def _probabilities(module: SupernetMethod) -> list[list[float]]:
    found = module.learned()["probabilities"]
    assert isinstance(found, list)
    return found


def _name(method: Method) -> str:
    return type(method).__name__
