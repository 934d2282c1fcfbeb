"""The command that describes a network."""

import json
import re
from io import StringIO

import pytest
from rich.console import Console

from mobilenas.network.describe import as_table, main, op_in_words
from mobilenas.network.published import load_network, network_names
from mobilenas.ops import Classifier, Conv, MBConv, Op, Pool, Skip, SqueezeExcite


def printed(name: str, width: int) -> str:
    output = StringIO()
    Console(file=output, width=width).print(as_table(load_network(name)))
    return output.getvalue()


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("name", network_names())
def test_the_table_holds_every_figure_whole(name: str, width: int) -> None:
    text, network = printed(name, width), load_network(name)
    figures = {f"{count:,}" for layer in network.layers for count in (layer.params, layer.macs)}
    figures |= {str(shape) for layer in network.layers for shape in (layer.input, layer.output)}
    figures |= {f"{network.params:,}", f"{network.macs:,}"}
    assert figures <= set(text.split())
    assert max(map(len, text.splitlines())) <= width


def test_a_piped_table_has_one_line_a_layer(capsys: pytest.CaptureFixture[str]) -> None:
    main(["moga_a"])
    rows = re.findall(r"^ +(\d+) \w+.*%", capsys.readouterr().out, re.MULTILINE)
    assert rows == [str(index) for index in range(18)]


def test_shares_sum_to_all_multiply_adds() -> None:
    shares = [float(share) for share in re.findall(r"([\d.]+)%", printed("fbnet_c", 120))]
    assert sum(shares) == pytest.approx(100, abs=0.05 * len(shares))


@pytest.mark.parametrize(
    ("op", "words"),
    [
        (Conv(16, kernel=3, stride=2, act="h_swish"), "conv 3x3, stride 2, h_swish"),
        (Conv(16, kernel=1, norm=False, bias=True), "conv 1x1, no norm, bias"),
        (MBConv(16, 5, expanded=72, se=SqueezeExcite(), residual=True), "mbconv 5x5, expanded 72, SE, residual"),
        (MBConv(16, kernel=3), "sepconv 3x3"),
        (Pool(kernel=3, mode="max"), "pool 3x3, mode max"),
        (Skip(), "skip"),
        (Classifier(10, hidden=64, hidden_bias=False), "classifier, hidden 64, no hidden bias"),
    ],
)
def test_an_operation_is_put_in_words(op: Op, words: str) -> None:
    assert op_in_words(op) == words


def test_json_holds_the_counts_of_table_9(capsys: pytest.CaptureFixture[str]) -> None:  # MobileNetV3, width 0.75
    main(["mobilenet_v3_large", "--width", "0.75", "--json"])
    content = json.loads(capsys.readouterr().out)
    assert list(content) == ["name", "input", "padding", "params", "macs", "layers"]
    assert (content["params"] / 1e6, content["macs"] / 1e6) == (pytest.approx(4.0, abs=0.05), pytest.approx(155, abs=1))
    assert content["macs"] == sum(layer["macs"] for layer in content["layers"])


def test_json_names_each_layer_with_its_shapes(capsys: pytest.CaptureFixture[str]) -> None:
    main(["mobilenet_v2", "--resolution", "96", "--classes", "10", "--json"])
    last = json.loads(capsys.readouterr().out)["layers"][-1]
    assert last == {
        "index": 19,
        "operation": {"op": "classifier", "classes": 10, "dropout": 0.2},
        "input": {"channels": 1280, "height": 3, "width": 3},
        "output": {"channels": 10, "height": 1, "width": 1},
        "params": 12810,
        "macs": 12800,
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mobilenet_v3_larg"], "did you mean mobilenet_v3_large"),
        (["zzz"], "Network 'zzz' is unknown; choose from efficientnet_lite0, .*"),
        (["no/such.yaml"], "no/such.yaml can't be read"),
        (["moga_a", "--resolution", "0"], "moga_a: resolution must be a whole number above 0, not 0"),
        (["moga_a", "--width", "-1"], "moga_a: width must be a number above 0, not -1.0"),
        (["moga_a", "--classes", "0"], "classes must be a whole number above 0, not 0"),
    ],
)
def test_what_cannot_be_described_is_one_sentence_and_status_2(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    output = capsys.readouterr()
    assert (end.value.code, output.out) == (2, "")
    assert re.fullmatch(f"[^\n]*{said}[^\n]*[.?]\n", output.err)
