"""The networks of search spaces with a head: nothing of them is missing in the space's pieces."""

from collections.abc import Callable

import numpy as np
import pytest

from mobilenas.network import NetworkSpec, load_network, scale_width
from mobilenas.search_space import (
    Around,
    BlockSpace,
    FBNet,
    LayerwiseSpace,
    MnasNet,
    MobileNetV4,
    MoGA,
    ProxylessCifar,
    ProxylessMobile,
    SearchSpace,
)
from mobilenas.search_space.choice_blocks import layerwise
from mobilenas.task import Classification, Detection, Segmentation, Task, TaskSpace, for_task

CLASSES, SIZE, SAMPLES = 3, (64, 96), 30
FLAT = MnasNet(width=0.25, kernels=("k3",), ses=("se0",), skips=("identity",), factorized=False)
SPACES: dict[str, Callable[[], SearchSpace]] = {
    "fbnet": lambda: FBNet(width=0.25, blocks=2).space(1000, SIZE),
    "moga": lambda: MoGA(width=0.25).space(1000, SIZE),
    "proxyless_mobile": lambda: ProxylessMobile(width=0.25, blocks=2).space(1000, SIZE),
    "mobilenet_v4": lambda: MobileNetV4(width=0.25).space(1000, SIZE),
    "mnasnet": lambda: MnasNet(width=0.25).space(1000, SIZE),
    "mnasnet_flat": lambda: FLAT.space(1000, SIZE),
    "around": lambda: Around(scale_width(load_network("mobilenet_v3_small"), 0.25), skips=True).space(1000, SIZE),
}
TASKS: dict[str, Task] = {
    "detection": Detection(),
    "halved detection": Detection(halving="channels", last_conv=False),
    "segmentation": Segmentation(),
    "halved segmentation": Segmentation(head="r_aspp", halving="expansions", output_stride=32, last_conv=False),
}


@pytest.fixture(params=SPACES)
def inner(request: pytest.FixtureRequest) -> SearchSpace:
    return SPACES[request.param]()


def drawn(space: SearchSpace) -> list[NetworkSpec]:
    return [space.network(one) for one in space.sample(SAMPLES, np.random.default_rng(0)).tolist()]


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_pieces_are_all_that_networks_consist_of(inner: SearchSpace, task: Task) -> None:
    space = for_task(inner, task, CLASSES)
    known = set(space.pieces)
    for network in drawn(space):
        assert network.head and network.classes == CLASSES
        assert set(network.pieces) <= known


def test_covering_architectures_have_every_layer_at_every_place(inner: SearchSpace) -> None:
    """At every place of a space of layers; in a space of blocks the place of a layer is its shape."""
    networks = [inner.network(one) for one in inner.covering]
    if isinstance(inner, LayerwiseSpace):
        for place, candidates in enumerate(inner.layers):
            assert {network.layers[place] for network in networks} == set(candidates)
    known = {layer for network in networks for layer in network.layers}
    for network in drawn(inner):
        assert set(network.layers) <= known


@pytest.mark.parametrize("factorized", [True, False])
@pytest.mark.parametrize("blocks", [None, 1])
def test_covering_architectures_of_mnasnet_have_all_its_pieces(factorized: bool, blocks: int | None) -> None:
    """The first and the last of its blocks can be left out; of one layer each, also one between them."""
    settings = MnasNet(width=0.25, blocks=blocks, ses=("se0",), kernels=("k3",), factorized=factorized)
    space = settings.space(CLASSES, SIZE)
    assert isinstance(space, BlockSpace)
    found = {piece for one in space.covering for piece in space.network(one).pieces}
    assert found == {piece for layer in space.pieces for piece in layer.pieces}


def test_options_samples_and_variations_are_those_of_the_space(inner: SearchSpace) -> None:
    space = TaskSpace(inner, Segmentation(), CLASSES)
    assert (space.name, space.options, space.covering) == (inner.name, inner.options, inner.covering)
    samples = [one.sample(SAMPLES, np.random.default_rng(1)) for one in (space, inner)]
    assert np.array_equal(*samples)
    for decision, count in enumerate(inner.options):
        for option in range(count):
            assert space.variations(decision, option) == inner.variations(decision, option)


def test_a_network_is_that_of_the_space_with_the_head() -> None:
    inner = SPACES["moga"]()
    task = Segmentation(filters=16)
    for one in inner.sample(3, np.random.default_rng(2)).tolist():
        assert TaskSpace(inner, task, 5).network(one) == task.network(inner.network(one), 5)


def test_a_space_for_classification_is_the_space_itself() -> None:
    inner = SPACES["moga"]()
    assert for_task(inner, Classification(), 1000) is inner


def test_its_fingerprint_tells_spaces_tasks_and_classes_apart() -> None:
    inner, other = MoGA(width=0.25).space(1000, SIZE), MoGA(width=0.5).space(1000, SIZE)
    spaces = [
        TaskSpace(inner, Detection(), 3),
        TaskSpace(inner, Detection(), 4),
        TaskSpace(inner, Detection(act="relu"), 3),
        TaskSpace(inner, Segmentation(), 3),
        TaskSpace(inner, Segmentation(filters=64), 3),
        TaskSpace(other, Detection(), 3),
    ]
    assert len({space.fingerprint for space in spaces} | {inner.fingerprint}) == 7
    assert TaskSpace(inner, Detection(), 3).fingerprint == spaces[0].fingerprint


def test_it_has_no_supernet_and_says_why() -> None:
    sentence = r"^moga has no supernet, because its networks have a head for task=detection: add evaluator=proxy_task"
    with pytest.raises(ValueError, match=sentence):
        layerwise(TaskSpace(SPACES["moga"](), Detection(), CLASSES))


def test_what_is_no_architecture_is_refused() -> None:
    space = TaskSpace(SPACES["moga"](), Detection(), CLASSES)
    with pytest.raises(ValueError, match=r"^An architecture of moga must have 14 decisions, not 13"):
        space.network([0] * 13)


def test_a_space_whose_networks_cannot_have_the_head_is_refused() -> None:
    inner = ProxylessCifar(blocks=1, channels=48).space(10, 32)
    with pytest.raises(ValueError, match=r"^proxyless_cifar: the backbone has no map with output stride 8, only with"):
        TaskSpace(inner, Segmentation(), CLASSES)
