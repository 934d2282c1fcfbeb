"""A proxy task whose networks begin with the weights of a trained one."""

import pickle
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from mobilenas.data import Digits, ImageData
from mobilenas.data.augment import Augment
from mobilenas.evaluator import Inheritance, ProxyScoring, ProxyTask
from mobilenas.network import NetworkSpec, load_network, resized, set_resolution
from mobilenas.search_space import Around
from mobilenas.supernet import inherited_network
from mobilenas.task import Detection, Segmentation, Task, for_task
from mobilenas.training.recipe import Recipe
from mobilenas.training.retrain import Retrain
from mobilenas.training.short import ShortTraining
from tests.evaluator.test_proxy_task import Cpu


def _parent() -> NetworkSpec:
    return resized(load_network("mobilenet_v2"), classes=10, resolution=8, width=0.25, hidden=0.1, unstrided=4)


def _weights(network: NetworkSpec, seed: int = 0) -> dict[str, Tensor]:
    torch.manual_seed(seed)
    return network.build().state_dict()


@pytest.fixture(scope="module")
def data() -> ImageData:
    return Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load()


def test_the_parents_own_architecture_begins_with_its_weights_and_others_with_what_they_inherit(
    data: ImageData, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = _parent()
    space, weights, begins = Around(parent).space(10, 8), _weights(parent), list[object]()
    recipe = Recipe(1, 64, 0.05, momentum=0.0)
    training = ShortTraining(data.with_train_images(70), recipe, Cpu(), 100, 64)
    task = ProxyTask(space, training, 0, "context", Inheritance(parent, weights, "x"))
    kept = Retrain.__init__

    def noting(
        module: Retrain, spec: NetworkSpec, recipe: Recipe, begin: object = None, *more: object, **named: object
    ) -> None:
        begins.append(begin)
        kept(module, spec, recipe, begin, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Retrain, "__init__", noting)
    own = space.architecture(parent)
    other = tuple((option + 1) % count for option, count in zip(own, space.options, strict=True))
    for architecture in (own, other):
        task.score(architecture)
    for begin, expected in zip(
        begins, (weights, inherited_network(space.network(other), parent, weights)), strict=True
    ):
        assert isinstance(begin, dict) and begin.keys() == expected.keys()
        assert all(torch.equal(begin[name], expected[name]) for name in expected)


@pytest.mark.parametrize("task", [Segmentation(filters=8), Detection(extras=(8,), anchors=(3, 6, 6))])
def test_a_head_begins_with_the_parents_weights_where_its_maps_are_the_same(task: Task) -> None:
    base = set_resolution(load_network("mobilenet_v2"), (64, 96))
    parent = task.network(base, 3)
    space, weights = for_task(Around(base).space(1000, (64, 96)), task, 3), _weights(parent)
    same = space.network([0] * len(space.options))
    found = inherited_network(same, parent, weights)
    module: nn.Module = same.build()
    module.load_state_dict(found)
    last, changed = len(parent.ops), list[str]()
    for name, layer in same.head_layers.items():
        own = [key for key in weights if key.startswith(f"{last}.{name}.")]
        if layer == parent.head_layers[name]:
            assert all(torch.equal(found[key], weights[key]) for key in own)
        else:
            changed.append(name)
    assert changed == (["boxes0", "scores0"] if isinstance(task, Detection) else [])


def test_it_can_be_sent_to_another_process(data: ImageData) -> None:
    parent = _parent()
    training = ShortTraining(data.with_train_images(70), Recipe(1, 64, 0.05), Cpu(), 100, 64)
    inheritance = Inheritance(parent, _weights(parent), "x")
    task = ProxyTask(Around(parent).space(10, 8), training, 0, "context", inheritance)
    again = pickle.loads(pickle.dumps(task))
    architecture = (1,) * len(Around(parent).space(10, 8).options)
    assert again.score(architecture) == task.score(architecture)


@pytest.mark.parametrize(("init", "words"), [("random", ""), ("inherited", ", beginning with weights inherited")])
def test_the_report_says_what_networks_begin_with(init: str, words: str) -> None:
    scoring = ProxyScoring(batch_size=100, epochs=2, warmup_epochs=0, calibration_images=500)
    said = replace(scoring, init=init).in_words(Recipe(2, 64, 0.05))
    assert words in said and ("inherited" in said) == (init == "inherited")


def test_settings_of_trained_weights_count_only_if_there_are_some() -> None:
    recipe = Recipe(5, 64, 0.05, norm_statistics="frozen", stage_lr=0.5)
    scoring = ProxyScoring(batch_size=100, epochs=2, warmup_epochs=0, calibration_images=500)

    def of(one: ProxyScoring) -> tuple[str, float]:
        short = one.shortened(recipe)
        return short.norm_statistics, short.stage_lr

    assert of(scoring) == ("moved", 1.0)
    assert of(replace(scoring, init="inherited")) == ("frozen", 0.5)
