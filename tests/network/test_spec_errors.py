"""The error of a wrong network is one sentence that names the thing."""

import re

import pytest

from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Conv, MBConv, Shape

HEAD = "input: {channels: 3, height: 32, width: 32}\n"

WRONG_LINES = [  # the only layer's line, and what must be said of it
    ("{op: cnov, out: 8, kernel: 3}", r"operation 'cnov' is unknown \(did you mean 'conv'\?\); choose .*sepconv"),
    ("{op: mbcov, out: 8, kernel: 3}", r"operation 'mbcov' is unknown \(did you mean 'mbconv'\?\); choose from"),
    ("{out: 8, kernel: 3}", "operation None is unknown"),
    ("{op: [conv]}", r"operation \['conv'\] is unknown"),
    ("skip", "operation 'skip' is unknown"),
    ("{op: conv, out: 8, kernal: 3}", "conv has no field 'kernal'; did you mean 'kernel'. It has out, kernel"),
    ("{op: skip, 1: 2}", "skip has no field 1; it has none"),
    ("{op: conv, kernel: 3}", "conv needs the field 'out'"),
    ('{op: conv, out: "16", kernel: 3}', "conv: out must be a whole number above 0, not '16'"),
    ("{op: conv, out: true, kernel: 3}", "conv: out must be a whole number above 0, not True"),
    ("{op: conv, out: 8, kernel: 4}", "conv: kernel must be odd, not 4"),
    ("{op: conv, out: 8, kernel: 3, act: swish}", "conv: activation 'swish' is unknown; choose from relu"),
    ("{op: conv, out: 8, kernel: 3, act: [relu]}", r"conv: activation \['relu'\] is unknown"),
    ("{op: conv, out: 8, kernel: 3, norm: 'no'}", "conv: norm must be true or false, not 'no'"),
    ("{op: conv, out: 8, kernel: 3, scaling: up}", "conv: scaling is one of scaled, up_only, fixed, not 'up'"),
    ("{op: conv, out: 8, kernel: 3, groups: 2}", "conv: 3 to 8 channels do not divide into 2 groups"),
    ("{op: mbconv, out: 8, kernel: 3, expansion: 2, groups: 3}", "mbconv: 3 to 6 to 8 channels .* into 3 groups"),
    ("{op: mbconv, out: 8, kernel: 4, expansion: 3}", "mbconv: kernel must be odd, not 4"),
    ("{op: mbconv, out: 8, kernel: 3}", "mbconv: give expansion .* or expanded"),
    ("{op: mbconv, out: 8, kernel: 3, expanded: 9, expansion: 3}", "mbconv: give expansion .* or expanded"),
    ('{op: mbconv, out: 8, kernel: 3, expansion: "6"}', "mbconv: expansion must be a number above 0, not '6'"),
    ("{op: mbconv, out: 8, kernel: 3, expansion: 0}", "mbconv: expansion must be a number above 0, not 0"),
    ("{op: mbconv, out: 8, kernel: 3, expansion: 3, divisor: 0}", "mbconv: divisor must be a whole number above 0"),
    ("{op: mbconv, out: 8, kernel: 3, expanded: 24, divisor: 4}", "mbconv: divisor rounds .* leave divisor out"),
    ("{op: uib, out: 8, expanded: 24, divisor: 4}", "uib: divisor rounds .* leave divisor out"),
    ("{op: mbconv, out: 8, kernel: 3, expansion: 3, residual: true}", "mbconv: a residual .* 3x32x32 becomes 8x32x32"),
    (
        "{op: mbconv, out: 3, kernel: 3, stride: 2, expansion: 3, residual: true}",
        "mbconv: a residual .* 3x32x32 becomes 3x16x16",
    ),
    ("{op: mbconv, out: 8, kernel: 3, expansion: 3, residual: 1}", "mbconv: residual must be true or false, not 1"),
    ("{op: mbconv, out: 8, kernel: 3, expansion: 3, se: true}", "se must be a mapping of of, ratio.*, not true"),
    ("{op: mbconv, out: 8, kernel: 3, expansion: 3, se: {of: output}}", "se: of is 'expanded' or 'input'"),
    ("{op: mbconv, out: 8, kernel: 3, expansion: 3, se: {ratio: -1}}", "se: ratio must be a number above 0, not -1"),
    ("{op: mbconv, out: 8, kernel: 3, expansion: 3, se: {width: 4}}", "se has no field 'width'"),
    ("{op: sepconv, out: 8, kernel: 3, expansion: 6}", "sepconv has no field 'expansion'"),
    ("{op: sepconv, out: 8, kernel: 3, expanded: 6}", "sepconv has no field 'expanded'"),
    (
        "{op: mbconv, out: 8, kernl: 3, expansion: 6}",
        "mbconv has no field 'kernl'; did you mean 'kernel'",
    ),
    (
        "{op: mbconv, out: 8, kernel: 3, expantion: 6, expansion: 6}",
        "mbconv has no field 'expantion'; did you mean 'expansion'.*, expansion, divisor",
    ),
    ("{op: pool, kernel: 2}", "pool: kernel must be odd, not 2"),
    ("{op: pool, kernel: 3, mode: min}", "pool: mode is 'average' or 'max', not 'min'"),
    ("{op: classifier, classes: 0}", "classifier: classes must be a whole number above 0, not 0"),
    ("{op: classifier, classes: 10, hidden: 0}", "classifier: hidden must be a whole number above 0, not 0"),
    ("{op: classifier, classes: 10, dropout: 1}", "classifier: dropout is a probability below 1, not 1"),
    ('{op: classifier, classes: 10, dropout: "0.2"}', "classifier: dropout is a probability below 1, not '0.2'"),
]

WRONG_TEXTS = [
    ("[", "here, line 1 is not YAML: expected the node content"),
    ("2024-13-45", "here is not YAML: month must be"),
    ("", "here must be a mapping with name, input, norm, padding, weights, layers and head"),
    ("- conv", "here must be a mapping"),
    ("{}", "here needs input and layers, .* found nothing"),
    (HEAD, "here needs input and layers, .* found input"),
    ("layers: [{op: skip}]", "here needs input and layers, .* found layers"),
    (HEAD + "layers: [{op: skip}]\n1: 2", "here needs input and layers, .* found input, layers, 1"),
    (HEAD + "layer: [{op: skip}]", r"found input, layer \(did you mean 'layers'\?\)"),
    (HEAD + "nrom: {}\nlayers: [{op: skip}]", r"found input, nrom, layers \(did you mean 'norm'\?\)"),
    (HEAD + "layers: []", "here: layers must be a list of one or more operations"),
    (HEAD + "layers:", "here: layers must be a list"),
    (HEAD + "layers: {op: skip}", "here: layers must be a list"),
    ("input: 224\nlayers: [{op: skip}]", "here: input must be a mapping of channels, height, width, not 224"),
    ("input: {channels: 3}\nlayers: [{op: skip}]", "here: input needs the field 'height'"),
    (
        HEAD.replace("32", "'32'") + "layers: [{op: skip}]",
        "here: input: height must be a whole number above 0, not '32'",
    ),
    (HEAD + "norm: 0\nlayers: [{op: skip}]", "here: norm must be a mapping of eps, momentum, not 0"),
    (HEAD + "name: 1.5\nlayers: [{op: skip}]", "here: name must be a text, not 1.5"),
    (HEAD + "norm: 1\nlayers: [{op: skip}]", "here: norm must be a mapping of eps, momentum, not 1"),
    (HEAD + "layers: [{op: skip}, {op: conv}]", "here, layer 1: conv needs the field 'out'"),
    (HEAD + "layers: [{op: classifier, classes: 2}, {op: skip}]", "here, layer 0: .* can only be the last layer"),
]


def check_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as error:
        NetworkSpec.from_yaml(text, "here")
    assert re.fullmatch(r"here[^\n]+\.", str(error.value))


@pytest.mark.parametrize(("line", "said"), WRONG_LINES)
def test_a_wrong_layer_is_one_sentence_that_names_it(line: str, said: str) -> None:
    check_one_sentence(f"{HEAD}layers:\n  - {line}\n", "here, layer 0: " + said)


@pytest.mark.parametrize(("text", "said"), WRONG_TEXTS)
def test_a_wrong_text_is_one_sentence_that_names_it(text: str, said: str) -> None:
    check_one_sentence(text, said)


def test_a_network_needs_a_layer() -> None:
    with pytest.raises(ValueError, match="mine: a network needs at least one layer"):
        NetworkSpec(Shape(3, 32, 32), (), name="mine")


def test_a_layer_that_does_not_fit_is_named_with_its_network() -> None:
    with pytest.raises(ValueError, match="mine, layer 1: mbconv: a residual needs equal shapes, and 8x32x32 becomes"):
        NetworkSpec(Shape(3, 32, 32), (Conv(8, kernel=1), MBConv(9, kernel=3, residual=True)), name="mine")
