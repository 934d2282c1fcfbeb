"""Recalibration and scores of paths."""

import numpy as np
import pytest
import torch
from torch import nn

from mobilenas.data import Digits, ImageData
from mobilenas.data.augment import Augment
from mobilenas.evaluator import SupernetAccuracy, SupernetEvaluator
from mobilenas.evaluator.prefix_tree import PrefixTree
from mobilenas.search_space import LayerwiseSpace, MoGA
from mobilenas.supernet import Supernet
from mobilenas.training.accuracy import recalibrate, top1


@pytest.fixture(scope="module")
def data() -> ImageData:
    return Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load()


@pytest.fixture(scope="module")
def space() -> LayerwiseSpace:
    return MoGA(width=0.25, stages=2, blocks=1, hidden=0.0625, unstrided=2).space(10, 8)


def test_recalibrated_statistics_are_the_mean_and_variance_of_what_the_norm_sees() -> None:
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(3)
    batches = [torch.randn(8, 3, 4, 4) * 2 + 1 for _ in range(5)]
    recalibrate(nn.Sequential(norm), [(batch, torch.zeros(8)) for batch in batches], torch.device("cpu"))
    means = torch.stack([batch.mean((0, 2, 3)) for batch in batches])
    variances = torch.stack([batch.var((0, 2, 3)) for batch in batches])
    torch.testing.assert_close(norm.running_mean, means.mean(0))
    torch.testing.assert_close(norm.running_var, variances.mean(0))


def test_recalibration_leaves_the_network_in_evaluation_mode_with_its_momentum() -> None:
    network = nn.Sequential(nn.BatchNorm2d(3, momentum=0.2), nn.Dropout(0.5)).eval()
    recalibrate(network, [(torch.randn(4, 3, 2, 2), torch.zeros(4))], torch.device("cpu"))
    assert network[0].momentum == 0.2
    assert not any(part.training for part in network.modules())


def test_a_score_does_not_depend_on_what_was_scored_before(data: ImageData, space: LayerwiseSpace) -> None:
    torch.manual_seed(0)
    accuracy = SupernetAccuracy(Supernet(space), data, 64, 64, torch.device("cpu"))
    first = accuracy((3, 7))
    for other in ((0, 0), (11, 11), (3, 0)):
        accuracy(other)
    assert accuracy((3, 7)) == first


def test_a_score_is_that_of_the_path_as_a_network_of_its_own(data: ImageData, space: LayerwiseSpace) -> None:
    torch.manual_seed(0)
    supernet = Supernet(space)
    alone = space.network((5, 2)).build()
    for layer, own in zip(alone, supernet.path((5, 2)), strict=True):
        layer.load_state_dict(own.state_dict())
    recalibrate(alone.eval(), data.calibration_batches(64, 64), torch.device("cpu"))
    correct = [(alone(images).argmax(1) == labels).double() for images, labels in data.eval_loader("search", 1000)]
    score = SupernetAccuracy(supernet, data, 64, 64, torch.device("cpu"))((5, 2))
    assert score == pytest.approx(torch.cat(correct).mean().item())


def test_paths_that_share_prefixes_have_the_scores_of_each_path_alone(data: ImageData, space: LayerwiseSpace) -> None:
    torch.manual_seed(0)
    supernet, device = Supernet(space), torch.device("cpu")
    drawn = {tuple(one) for one in space.sample(40, np.random.default_rng(0)).tolist()}
    alone = {}
    for architecture in drawn:
        path = supernet.path(architecture).eval()
        recalibrate(path, data.calibration_batches(64, 32), device)
        alone[architecture] = top1(path, data.eval_loader("search", 50), device)
    assert len(set(alone.values())) > 5
    before = {name: value.clone() for name, value in supernet.state_dict().items()}
    accuracy = SupernetAccuracy(supernet, data, 64, 32, device)
    assert accuracy.of(list(drawn)) == alone
    after = supernet.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_every_prefix_runs_once(space: LayerwiseSpace) -> None:
    drawn = {tuple(one) for one in space.sample(40, np.random.default_rng(0)).tolist()}
    supernet = Supernet(space)
    tree = PrefixTree(supernet.eval(), list(drawn))
    prefixes = {
        tuple(share for share, _ in list(supernet.layers_of(architecture))[:length])
        for architecture in drawn
        for length in range(1, len(supernet.layers) + 1)
    }
    calls = []
    for layer in supernet.layers:
        for part in layer:
            part.register_forward_hook(lambda *given: calls.append(1))
    assert {architecture for architecture, _ in tree.outputs(torch.zeros(1, 3, 8, 8))} == drawn
    assert tree.layers == len(prefixes) == len(calls) < len(drawn) * len(supernet.layers)


def test_groups_of_a_population_change_no_score(
    data: ImageData, space: LayerwiseSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    evaluator = SupernetEvaluator(SupernetAccuracy(Supernet(space), data, 64, 32, torch.device("cpu")), "context")
    drawn = list({tuple(one) for one in space.sample(30, np.random.default_rng(0)).tolist()})
    whole = {one.architecture: one for one in evaluator.scores(drawn)}
    monkeypatch.setattr("mobilenas.evaluator.supernet.LEAST_GROUP", 1)
    monkeypatch.setattr("mobilenas.evaluator.supernet.GROUP_SECONDS", 1e-9)
    single = list(evaluator.scores(drawn))
    assert [one.architecture for one in single] == sorted(drawn)
    assert {one.architecture: one for one in single} == whole == {one: evaluator.score(one) for one in drawn}


def test_accuracy_counts_every_image_once_whatever_the_batches() -> None:
    logits = torch.eye(4).repeat(3, 1)[:, :, None, None]
    labels = torch.tensor([0, 1, 2, 3, 0, 1, 2, 0, 1, 1, 1, 1])
    batches = [(logits[:5], labels[:5]), (logits[5:], labels[5:])]
    assert top1(nn.Flatten(), batches, torch.device("cpu")) == pytest.approx(8 / 12)
