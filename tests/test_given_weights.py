"""Runs that begin with trained weights: every stage that trains, every method, and each form that weights have."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from mobilenas.adaptation import WidthSpace
from mobilenas.files.tensors import read_tensors
from mobilenas.network import NetworkSpec
from mobilenas.pipeline import Plan
from mobilenas.stages import AdaptRecord
from mobilenas.stages.retrain_record import RetrainRecord, TrainedNetwork
from mobilenas.supernet import load_supernet
from mobilenas.training.accuracy import recalibrate
from tests.given_weights import (
    ADAPT,
    AROUND,
    AS_BEGUN,
    BRIEF,
    FINE_TUNE,
    FORMS,
    MINE,
    NORMALIZATION,
    SPACE,
    WIDTHS,
    as_given,
    made,
    weights,
)
from tests.slow_weights import inherited_slowly, truncated_slowly
from tests.training import tiny

METHODS = ("fair", "uniform", "binarized", "gumbel", "sandwich")
IN_WORDS = {
    "given": ", beginning with weights inherited from the given network",
    "supernet": ", beginning with the supernet's weights",
    "random": "",
}
STILL = ("recipe.lr=1e-20", "recipe.weight_decay=0", "recipe.calibration_images=null")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all runs, which take each other's artifacts where the settings are the same."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def given(folder: Path) -> dict[str, str]:
    """What ``weights=`` says, by the form of the weights."""
    return {form: f"weights={as_given(folder, form, weights())}" for form in FORMS}


def _retrained(run: Plan) -> RetrainRecord:
    return RetrainRecord.load(run.run.folder / "retrain")


def _adapted(run: Plan) -> tuple[AdaptRecord, Path, TrainedNetwork]:
    """The record of NetAdapt, the file of the weights that its last network has kept, and the network after it."""
    (network,) = _retrained(run).networks
    assert network.evaluation
    record = AdaptRecord.load(run.run.folder / "adapt", WIDTHS)
    return record, record.weights(run.run.folder / "adapt", network.evaluation), network


@pytest.mark.parametrize("form", FORMS)
def test_a_given_network_begins_with_its_weights(form: str, given: dict[str, str], folder: Path) -> None:
    run = made(folder, *FINE_TUNE, *AS_BEGUN, given[form])
    record = _retrained(run)
    assert record.made_by == "no training, beginning with the given weights"
    (network,) = record.networks
    assert network.spec == MINE
    assert not _different(read_tensors(network.weights), weights())


@pytest.mark.parametrize("form", FORMS)
@torch.no_grad()
def test_without_training_the_score_is_that_of_the_bare_network(form: str, given: dict[str, str], folder: Path) -> None:
    run = made(folder, *FINE_TUNE, *AS_BEGUN, given[form])
    data, network = run.run.data, MINE.build().eval()
    network.load_state_dict(weights())
    pixels, labels = data.images.centered(data.splits["test"].tolist()), data.images.labels[data.splits["test"]]
    train = data.images.centered(data.splits["train"].tolist()).double() / 255
    measured = (*train.mean((0, 2, 3)).tolist(), *train.std((0, 2, 3), correction=0).tolist())
    six = torch.tensor(NORMALIZATION.six if form == "run" else measured).view(2, 3, 1, 1)
    right = network((pixels / 255 - six[0]) / six[1]).argmax(1) == labels
    assert _retrained(run).networks[0].test_accuracy == pytest.approx(right.double().mean().item(), abs=1e-9)


@pytest.mark.parametrize("form", FORMS)
def test_netadapt_goes_on_with_the_weights_of_its_last_step(form: str, given: dict[str, str], folder: Path) -> None:
    run = made(folder, *ADAPT, *AS_BEGUN, given[form])
    record, kept, network = _adapted(run)
    assert _retrained(run).made_by == "no training, beginning with the weights that NetAdapt has left"
    assert len(record.path) > 1 and network.spec.params < MINE.params
    assert [path.name for path in kept.parent.iterdir()] == [f"{len(record.path) - 1:03}.safetensors"]
    assert not _different(read_tensors(kept), read_tensors(network.weights))
    assert not _different(read_tensors(run.run.folder / "seed" / "weights.safetensors"), weights())


def test_the_weights_of_the_last_step_are_those_of_the_seed_that_were_cut_in_each_step(
    given: dict[str, str], folder: Path
) -> None:
    """With a learning rate of almost nothing only the batch norms' statistics change from step to step."""
    run = made(folder, *ADAPT, *STILL, "recipe.epochs=1", "recipe.least_steps=0", given["safetensors"])
    record, kept, _ = _adapted(run)
    expected = weights()
    for before, after in zip(record.path, record.path[1:], strict=False):
        expected = truncated_slowly(expected, *(WIDTHS.network(one.architecture) for one in (before, after)))
    found = read_tensors(kept)
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        if name.endswith(("weight", "bias")):
            torch.testing.assert_close(found[name], tensor)


def test_several_networks_of_netadapt_each_have_the_weights_of_their_step(given: dict[str, str], folder: Path) -> None:
    learned = made(folder, *FINE_TUNE, "recipe.epochs=6", given["safetensors"]).run.folder
    run = made(folder, *ADAPT, *AS_BEGUN, "choose=3", f"weights={learned}")
    record, networks = AdaptRecord.load(run.run.folder / "adapt", WIDTHS), _retrained(run).networks
    assert len(networks) > 1
    for network in networks:
        assert network.evaluation
        file = record.weights(run.run.folder / "adapt", network.evaluation)
        assert not _different(read_tensors(file), read_tensors(network.weights))


@pytest.mark.parametrize(
    ("after", "has_weights", "keeps"),
    [
        ("null", True, True),
        ("null", False, False),
        ("fine_tune", True, True),
        ("fine_tune", False, True),
        ("scratch", True, False),
        ("scratch", False, False),
    ],
)
def test_what_follows_netadapt_is_what_after_says(
    after: str, has_weights: bool, keeps: bool, given: dict[str, str], folder: Path
) -> None:
    """With a learning rate of almost nothing the scales and shifts of new batch norms stay 1 and 0."""
    own = (given["state_dict"],) if has_weights else ()
    run = made(folder, *ADAPT, *STILL, "recipe.epochs=1", "recipe.least_steps=0", f"algorithm.after={after}", *own)
    assert _retrained(run).made_by.endswith(", beginning with the weights that NetAdapt has left") == keeps
    assert (run.run.folder / "adapt" / "weights").exists() == keeps
    (network,) = _retrained(run).networks
    tensors = read_tensors(network.weights)
    scales = torch.cat([tensors[f"{name}.weight"] for name in _norms(network)])
    assert bool((scales == 1).all()) == (not keeps or not has_weights)
    if keeps:
        _, kept, _ = _adapted(run)
        for name, tensor in read_tensors(kept).items():
            if name.endswith(("weight", "bias")):
                torch.testing.assert_close(tensors[name], tensor)


def _different(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> Sequence[str]:
    """The names of the tensors that are not equal to the last bit; the counters of batch norms do not count."""
    return [name for name in tiny.different(one, other) if not name.endswith("num_batches_tracked")]


def _norms(network: TrainedNetwork) -> list[str]:
    return [name for name, part in network.spec.build().named_modules() if isinstance(part, nn.BatchNorm2d)]


@pytest.mark.parametrize("init", IN_WORDS)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_trains_a_supernet_around_the_network_and_its_networks_begin_as_the_recipe_says(
    method: str, init: str, given: dict[str, str], folder: Path
) -> None:
    form = FORMS[(METHODS.index(method) + list(IN_WORDS).index(init)) % len(FORMS)]
    epochs = "supernet_recipe.epochs=2"  # those that learn an architecture need a warmup
    run = made(
        folder, *AROUND, *BRIEF, epochs, f"method={method}", "method.init=inherit", f"recipe.init={init}", given[form]
    )
    record = _retrained(run)
    assert record.made_by.endswith(f"cosine{IN_WORDS[init]}")
    assert all(0 <= network.test_accuracy <= 1 for network in record.networks)
    assert 1 <= len(record.networks) <= 2


@pytest.mark.parametrize("init", ["given", "auto"])
def test_found_networks_begin_with_what_they_inherit(init: str, given: dict[str, str], folder: Path) -> None:
    run = made(
        folder,
        *AROUND,
        *BRIEF,
        *AS_BEGUN,
        "method=uniform",
        "method.init=inherit",
        "choose=4",
        f"recipe.init={init}",
        given["run"],
    )
    networks = _retrained(run).networks
    assert len({network.spec.ops for network in networks}) > 1
    for network in networks:
        found, expected = read_tensors(network.weights), inherited_slowly(network.spec, MINE, weights())
        assert {name.partition(".")[0] for name in expected} == {name.partition(".")[0] for name in found}
        for name, tensor in expected.items():
            if not name.endswith("num_batches_tracked"):
                assert torch.equal(found[name], tensor), name


def test_what_a_search_has_found_is_made_smaller_with_the_weights_that_it_inherits(
    given: dict[str, str], folder: Path
) -> None:
    """The seed is as it began, and the network after NetAdapt is as NetAdapt has left it."""
    smaller = [one.replace("algorithm.", "adaptation.") for one in ADAPT if one.startswith(("algorithm.", "scale."))]
    stages = "stages=[profile,parent,supernet,search,seed,adapt,retrain]"
    own = ("algorithm@adaptation=netadapt", *smaller, "choose=1", stages, given["run"])
    run = made(folder, *AROUND, *BRIEF, *AS_BEGUN, *own).run
    seed = NetworkSpec.load(run.folder / "seed" / "network.yaml")
    expected = inherited_slowly(seed, MINE, weights())
    assert not _different(read_tensors(run.folder / "seed" / "weights.safetensors"), expected)
    widths = WidthSpace(seed, WIDTHS.divisor)
    record = AdaptRecord.load(run.folder / "adapt", widths)
    (network,) = RetrainRecord.load(run.folder / "retrain").networks
    assert network.evaluation and len(record.path) > 1
    kept = read_tensors(record.weights(run.folder / "adapt", network.evaluation))
    assert not _different(read_tensors(network.weights), kept)


def test_found_networks_begin_with_the_supernets_weights(given: dict[str, str], folder: Path) -> None:
    run = made(folder, *AROUND, *BRIEF, *AS_BEGUN, "recipe.init=supernet", given["run"])
    supernet = load_supernet(SPACE, run.run.folder / "supernet" / "supernet.safetensors")
    for network in _retrained(run).networks:
        assert network.evaluation
        path = supernet.path(network.evaluation.architecture).state_dict()
        assert not _different(read_tensors(network.weights), path)


def test_a_supernet_that_is_not_trained_scores_what_it_inherits(given: dict[str, str], folder: Path) -> None:
    """Each score is that of a single network, with the statistics of the same images."""
    some = ("supernet_recipe.epochs=0", "stages=[profile,supernet,search]")
    run = made(folder, *AROUND, *some, given["run"]).run
    images, labels = next(iter(run.data.eval_loader("search", run.data.sizes["search"])))
    scores = json.loads((run.folder / "search" / "told.json").read_text())
    assert len(scores) == 4
    for one in scores:
        spec = SPACE.network(one["architecture"])
        network = spec.build()
        network.load_state_dict(inherited_slowly(spec, MINE, weights()))
        recalibrate(network.eval(), run.data.calibration_batches(256, 128), torch.device("cpu"))
        right = (network(images).argmax(1) == labels).double().mean().item()
        # the order of sums may decide on one image
        assert one["accuracy"] == pytest.approx(
            right, abs=1.5 / len(labels)
        )  # the order of sums may decide on one image


def test_a_run_goes_on_from_the_run_before(given: dict[str, str], folder: Path) -> None:
    first = made(folder, *FINE_TUNE, *BRIEF, given["state_dict"])
    again = made(folder, *FINE_TUNE, *AS_BEGUN, f"weights={first.run.folder}")
    (before,), (after,) = _retrained(first).networks, _retrained(again).networks
    assert again.run.weights and again.run.weights.classes == first.run.data.classes
    assert not _different(read_tensors(before.weights), read_tensors(after.weights))
    assert before.test_accuracy == after.test_accuracy
