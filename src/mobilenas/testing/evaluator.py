"""What every evaluator must do: a score is a share of images, and follows from the architecture and the context."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from mobilenas.data import ImageData
from mobilenas.evaluator import (
    DATA,
    DEVICE,
    INHERITANCE,
    RECIPE,
    SPACE,
    SUPERNET,
    TEACHER,
    THREADS,
    TRAINER,
    Evaluator,
    Scoring,
)
from mobilenas.search_space import LayerwiseSpace
from mobilenas.settings import SEED, Given
from mobilenas.testing.composed import names, settings_with
from mobilenas.testing.suite import Example, expect
from mobilenas.training import Recipe, Trainer

SMALL = ("scale.proxy_epochs=1", "scale.calibration_images=64", "data.resolution=8", "trainer.accelerator=cpu")


def examples() -> dict[str, Example]:
    """The evaluators of ``conf/evaluator``, each on the handwritten digits."""
    return {name: Example(settings_with(f"evaluator={name}", *SMALL).evaluator) for name in names("evaluator")}


def a_score_is_a_share_of_images(scoring: Scoring) -> None:
    score = _evaluator(scoring).score((0,) * _decisions())
    expect(score.architecture == (0,) * _decisions(), f"{_name(scoring)} scores {score.architecture} in its place.")
    expect(0 <= score.accuracy <= 1, f"{_name(scoring)}: an accuracy of {score.accuracy} is no share.")
    expect(
        score.failure is None or score.accuracy == 0, f"{_name(scoring)}: a failure has a top-1 of {score.accuracy}."
    )


def a_score_follows_from_the_architecture(scoring: Scoring) -> None:
    one, other = (_evaluator(scoring).score((1,) * _decisions()) for _ in range(2))
    expect(one == other, f"{_name(scoring)} gives one architecture two scores, {one.accuracy} and {other.accuracy}.")


def several_scores_are_those_of_each(scoring: Scoring) -> None:
    architectures = [(0,) * _decisions(), (1,) * _decisions(), (1,) + (0,) * (_decisions() - 1)]
    found = {one.architecture: one for one in _evaluator(scoring).scores(architectures)}
    for architecture in architectures:
        one = _evaluator(scoring).score(architecture)
        expect(
            found.get(architecture) == one,
            f"{_name(scoring)}: among several, {architecture} has another score than by itself.",
        )


def the_context_follows_from_the_settings(scoring: Scoring) -> None:
    contexts = {_evaluator(scoring).context for _ in range(2)}
    expect(len(contexts) == 1, f"{_name(scoring)} has two contexts for the same settings.")
    other = _evaluator(scoring, seed=4) if SEED in scoring.needs else None
    expect(
        other is None or other.context not in contexts,
        f"{_name(scoring)} depends on the seed, and its context does not.",
    )


def the_context_tells_weights_and_images_apart(scoring: Scoring) -> None:
    own = _evaluator(scoring).context
    if DATA in scoring.needs:
        other = _evaluator(scoring, data=_data().with_train_images(0.5)).context
        expect(other != own, f"{_name(scoring)} has the same context for two data sets.")
    if SUPERNET in scoring.needs:
        other = _evaluator(scoring, weights=_says_class_0()).context
        expect(other != own, f"{_name(scoring)} has the same context for the weights of two supernets.")


def a_score_counts_the_images_that_are_right(scoring: Scoring) -> None:
    """All training images are of class 0. It is scored on images that are all of class 0, then all of class 1."""
    if DATA not in scoring.needs:
        return
    right, wrong = (
        _evaluator(scoring, data=_labelled(label), weights=_says_class_0()).score((0,) * _decisions()).accuracy
        for label in (0, 1)
    )
    sentence = f"{_name(scoring)} gives {right} to a network that only says what it has seen in training"
    expect(right > wrong, f"{sentence}, and {wrong} if it is scored on another class.")


CHECKS = (
    a_score_is_a_share_of_images,
    a_score_follows_from_the_architecture,
    several_scores_are_those_of_each,
    the_context_follows_from_the_settings,
    the_context_tells_weights_and_images_apart,
    a_score_counts_the_images_that_are_right,
)


def _evaluator(
    scoring: Scoring, seed: int = 3, data: ImageData | None = None, weights: Path | None = None
) -> Evaluator:
    import torch

    images, space = data or _data(), _space()
    needs = Given(
        {
            SEED: lambda: seed,
            SUPERNET: lambda: weights or _weights(),
            SPACE: lambda: space,
            DATA: lambda: images,
            RECIPE: lambda: Recipe(epochs=1, batch_size=64, lr=0.1),
            TRAINER: lambda: Trainer(accelerator="cpu"),
            DEVICE: lambda: torch.device("cpu"),
            INHERITANCE: lambda: None,
            TEACHER: lambda: None,
            THREADS: lambda: 1,
        }
    )
    return scoring.evaluator(needs.only(scoring.needs))


@cache
def _space() -> LayerwiseSpace:
    overrides = ("search_space=moga", "search_space.stages=1", "search_space.blocks=1", *SMALL)
    space = settings_with(*overrides).search_space.space(10, 8)
    assert isinstance(space, LayerwiseSpace)
    return space


@cache
def _data() -> ImageData:
    data = settings_with("data=digits", *SMALL).data.load()
    assert isinstance(data, ImageData)
    return data


def _labelled(label: int) -> ImageData:
    """The digits: every training image is called class 0, and every image to score on has the label."""
    from mobilenas.data.images import MemoryImages

    data = _data()
    assert isinstance(data.images, MemoryImages)
    labels = data.images.labels.clone()
    labels[data.splits["train"]], labels[data.splits["search"]] = 0, label
    return replace(data, images=replace(data.images, labels=labels))


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="mobilenas-testing")


@cache
def _weights() -> Path:
    """A file of random supernet weights."""
    import torch

    from mobilenas.supernet import Supernet, save_supernet

    torch.manual_seed(0)
    path = Path(_folder().name) / "supernet.safetensors"
    save_supernet(Supernet(_space()), path)
    return path


@cache
def _says_class_0() -> Path:
    """A file of supernet weights that find class 0 in every image."""
    import torch

    from mobilenas.supernet import Supernet, save_supernet

    supernet = Supernet(_space())
    with torch.no_grad():
        for parameter in supernet.parameters():
            parameter.zero_()
        parameter[0] = 1.0  # of the last one, the biases of the classes
    path = Path(_folder().name) / "class_0.safetensors"
    save_supernet(supernet, path)
    return path


def _decisions() -> int:
    return len(_space().options)


def _name(scoring: Scoring) -> str:
    return type(scoring).__name__
