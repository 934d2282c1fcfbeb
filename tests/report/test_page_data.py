"""The data of the interactive pictures, decoded here in the plainest way and compared with what was evaluated."""

import json
import shlex
from dataclasses import replace

import numpy as np
import pytest

from bench.page import explored
from mobilenas.adaptation import WidthSpace
from mobilenas.evaluation import Evaluation
from mobilenas.hardware import LatencyTable
from mobilenas.network.published import load_network
from mobilenas.network.spec import NetworkSpec
from mobilenas.report import BaselineResult, RunResult
from mobilenas.report.decisions import decisions_of
from mobilenas.report.labels import short_label
from mobilenas.report.page_data import as_json, page_data
from mobilenas.report.retraining import retraining_command
from mobilenas.search_space import MnasNet, MoGA, ProxylessCifar, SearchSpace
from mobilenas.task import Segmentation, for_task

SPACES = (
    MoGA().space(),
    ProxylessCifar(blocks=1, channels=48).space(),
    MnasNet(0.25, stages=3, blocks=2, hidden=0.25).space(10, 32),
    MnasNet(0.25, stages=2, blocks=1, factorized=False).space(10, 32),
    WidthSpace(load_network("mobilenet_v2"), divisor=8),
    for_task(MoGA(0.25, stages=3, blocks=2).space(3, 64), Segmentation(), 3),
)


def a_run(space: SearchSpace, count: int = 20) -> RunResult:
    """Made-up evaluations of random architectures, and a table with each of their layers."""
    rng = np.random.default_rng(0)
    networks = {tuple(map(int, one)): space.network(one.tolist()) for one in space.sample(count, rng)}
    rows = {piece.key: float(rng.uniform(0.1, 1)) for one in networks.values() for piece in one.pieces}
    table = LatencyTable(rows, overhead_ms=0.05)
    evaluations = tuple(
        Evaluation(one, float(rng.random()), table.latency_ms(network), network.macs, network.params)
        for one, network in networks.items()
    )
    result = explored(MoGA().space(), 2)
    return replace(result, networks=(), evaluations=evaluations, front=evaluations[:2], space=space, table=table)


def decoded(result: RunResult) -> dict:
    return json.loads(as_json(page_data(result)))


def cells_of(data: dict, place: int, architecture: tuple[int, ...]) -> list[list]:
    """The layers of an evaluation, by a reading of the format that shares nothing with the scripts or the writer."""
    if data["parts"]:
        numbers = [
            options[0] if decision < 0 else options[architecture[decision]] for decision, *options in data["parts"]
        ]
    else:
        text, width = data["paths"][place], data["pathDigits"]
        numbers = [int(text[at : at + width], 36) for at in range(0, len(text), width)]
    return [data["cells"][number] for number in numbers]


@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
def test_the_text_holds_every_option_of_every_architecture(space: SearchSpace) -> None:
    result = a_run(space)
    data = decoded(result)
    digits, length = data["digits"], len(space.options)
    text = data["architectures"]
    options = [int(text[at : at + digits], 36) for at in range(0, len(text), digits)]
    rows = [tuple(options[at : at + length]) for at in range(0, len(options), length)]
    assert rows == [one.architecture for one in result.evaluations]
    assert [len(options) for _, *options in data["decisions"]] == list(space.options)
    assert all(len(set(options)) == len(options) for _, *options in data["decisions"])


@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)
def test_the_layers_and_the_constant_add_up_to_the_prediction(space: SearchSpace) -> None:
    result = a_run(space)
    data = decoded(result)
    for place, one in enumerate(result.evaluations):
        cells = cells_of(data, place, one.architecture)
        assert data["overhead"] + sum(cell[7] for cell in cells) == pytest.approx(one.latency_ms, rel=1e-4)


@pytest.mark.parametrize("space", [one for one in SPACES if one.name != "proxyless_cifar"], ids=lambda one: one.name)
def test_the_yaml_made_of_the_data_is_the_network(space: SearchSpace) -> None:
    result = a_run(space)
    data = decoded(result)
    for place, one in enumerate(result.evaluations):
        cells = [cell for cell in cells_of(data, place, one.architecture) if cell[1] != "head"]
        head, last = data["yaml"]
        text = f"name: own\n{head}" + "".join(f"  - {cell[8]}\n" for cell in cells) + last
        assert NetworkSpec.from_yaml(text) == space.network(one.architecture)


@pytest.mark.parametrize("space", [one for one in SPACES if one.name != "proxyless_cifar"], ids=lambda one: one.name)
def test_each_layer_has_its_label_its_channels_and_its_map(space: SearchSpace) -> None:
    result = a_run(space)
    data = decoded(result)
    for place, one in enumerate(result.evaluations):
        network = space.network(one.architecture)
        cells = cells_of(data, place, one.architecture)[: len(network.layers)]
        assert [cell[0] for cell in cells] == [short_label(layer) for layer in network.layers]
        assert [cell[5] for cell in cells] == [layer.output.channels for layer in network.layers]
        assert [tuple(cell[6]) for cell in cells] == [(one.output.height, one.output.width) for one in network.layers]


def test_figures_keep_six_digits_and_the_order_of_the_search() -> None:
    result = explored(MoGA().space(), 300)
    data = decoded(result)
    for name, of in (("accuracy", "accuracy"), ("latency", "latency_ms"), ("params", "params"), ("macs", "macs")):
        assert data[name] == pytest.approx([getattr(one, of) for one in result.evaluations], rel=5e-6)
    assert [result.evaluations[place] for place in data["front"]] == list(result.front)


def test_a_member_of_the_front_that_was_not_told_is_one_more_evaluation() -> None:
    result = explored(MoGA().space(), 50)
    taken = replace(result.front[0], measured=True, latency_ms=1.5)
    data = decoded(replace(result, front=(taken,)))
    assert (data["count"], data["front"], data["measured"]) == (51, [50], [50])


def test_300_and_8400_evaluations_are_small() -> None:
    for count, most in ((300, 100_000), (8_400, 1_000_000)):
        assert len(as_json(page_data(explored(MoGA().space(), count)))) < most


def test_no_text_can_end_the_script() -> None:
    result = explored(MoGA().space(), 10)
    name = "</script><script>alert(1)</script>"
    strange = replace(result.networks[0], spec=replace(result.networks[0].spec, name=name))
    text = as_json(page_data(replace(result, networks=(strange,))))
    assert "<" not in text
    assert json.loads(text)["networks"][0]["name"] == name


def test_baselines_stand_in_the_data() -> None:
    baseline = BaselineResult("mobilenet_v2-0.5", 1.5, 0.02, 0.7, 1_000_000, 97_000_000)
    data = decoded(replace(explored(MoGA().space(), 10), baselines=(baseline,)))
    expected = {
        "name": "mobilenet_v2-0.5",
        "network": "mobilenet_v2",
        "latency": 1.5,
        "latencyError": 0.02,
        "test": 0.7,
    }
    assert data["baselines"] == [expected | {"params": 1_000_000, "macs": 97_000_000}]


def test_a_decision_of_a_layerwise_space_has_the_labels_of_its_candidates() -> None:
    first = decisions_of(MoGA().space())[0]
    assert first.title == "layer 2"
    assert first.options[:3] == ("E3 K3", "E3 K3 SE", "E3 K5")


def test_the_command_keeps_what_the_run_was_given_and_quotes_it() -> None:
    given = ("experiment=moga", "data.root=my photos", "choose=5", "stages=[profile,search]", "+recipe.lr=0.1")
    words = shlex.split(retraining_command(given).replace("ARCHITECTURE", "1,2"))
    assert words == ["mobilenas", "experiment=moga", "data.root=my photos", "+recipe.lr=0.1", "architecture=[1,2]"]


def test_a_run_of_a_program_and_netadapt_have_no_command() -> None:
    result = explored(MoGA().space(), 10)
    assert decoded(result)["command"] == "mobilenas experiment=moga scale=paper 'architecture=[ARCHITECTURE]'"
    assert decoded(replace(result, command=None))["command"] is None
    assert decoded(replace(result, adapted=True))["command"] is None
