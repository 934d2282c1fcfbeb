"""A head in YAML: it is read back, and the error of a wrong one is one sentence that names the thing."""

import re
from dataclasses import replace

import pytest

from mobilenas.network.heads import LRASPP, RASPP, Head, SSDLite, heads
from mobilenas.network.spec import NetworkSpec

TEXT = """\
input: {channels: 3, height: 64, width: 96}
layers:
  - {op: conv, out: 8, kernel: 3, stride: 2}
  - {op: mbconv, out: 8, kernel: 3, stride: 2, expansion: 2}
"""
STRIDE_8 = TEXT + "  - {op: conv, out: 8, kernel: 3, stride: 2}\n"
CLASSIFIER = STRIDE_8 + "  - {op: classifier, classes: 3}\n"
UNSTRIDED = "input: {channels: 3, height: 64, width: 96}\nlayers: [{op: conv, out: 8, kernel: 3}]\n"

WRONG = [  # the text before the head, the head, and what must be said of it
    (
        STRIDE_8,
        "{op: ssdlit, classes: 3}",
        r"head 'ssdlit' is unknown \(did you mean 'ssdlite'\?\); choose from ssdlite",
    ),
    (STRIDE_8, "{classes: 3}", "head None is unknown; choose from ssdlite, r_aspp, lr_aspp"),
    (STRIDE_8, "ssdlite", "head 'ssdlite' is unknown"),
    (STRIDE_8, "{op: [ssdlite]}", r"head \['ssdlite'\] is unknown"),
    (STRIDE_8, "{op: ssdlite, clases: 3}", "ssdlite has no field 'clases'; did you mean 'classes'"),
    (STRIDE_8, "{op: lr_aspp}", "lr_aspp needs the field 'classes'"),
    (STRIDE_8, "{op: r_aspp, classes: 0}", "r_aspp: classes must be a whole number above 0, not 0"),
    (STRIDE_8, "{op: r_aspp, classes: 3, filters: -1}", "r_aspp: filters must be a whole number above 0, not -1"),
    (STRIDE_8, "{op: lr_aspp, classes: 3, act: swish}", "activation 'swish' is unknown"),
    (
        STRIDE_8,
        "{op: ssdlite, classes: 3, anchors: [6, 6]}",
        "anchors must have a number for each of the 6 maps, not 2",
    ),
    (
        STRIDE_8,
        "{op: ssdlite, classes: 3, anchors: [0, 6, 6, 6, 6, 6]}",
        "each of the anchors must be one of 2, 3, 4, 6, not 0",
    ),
    (STRIDE_8, "{op: ssdlite, classes: 3, anchors: 6}", "anchors must be a list of whole numbers, not 6"),
    (STRIDE_8, "{op: ssdlite, classes: 3, extras: [-2], anchors: [1, 1, 1]}", "extras must be a whole number above 0"),
    (STRIDE_8, "{op: ssdlite, classes: 3, extras: many}", "extras must be a list of whole numbers, not 'many'"),
    (TEXT, "{op: lr_aspp, classes: 3}", "the backbone has no map with output stride 8, only with 2, 4"),
    (UNSTRIDED, "{op: ssdlite, classes: 3}", "a detector needs a backbone with a stride after its first layer"),
    (CLASSIFIER, "{op: r_aspp, classes: 3}", "layer 3: a classifier can only be the last layer"),
]


@pytest.mark.parametrize(
    "head", [SSDLite(7), SSDLite(7, (64, 32), (2, 3, 4, 6), "relu"), RASPP(5), LRASPP(5, 64, "h_swish")], ids=str
)
def test_a_network_with_a_head_is_read_back(head: Head) -> None:
    network = replace(NetworkSpec.from_yaml(STRIDE_8), head=head)
    again = NetworkSpec.from_yaml(network.to_yaml())
    assert again == network and again.head == head and again.classes == head.classes
    assert again != replace(network, head=None) and again != replace(network, head=head.with_classes(3))


def test_a_head_needs_only_its_name_and_its_classes() -> None:
    for name, kind in heads().items():
        assert NetworkSpec.from_yaml(f"{STRIDE_8}head: {{op: {name}, classes: 3}}\n").head == kind(3)


@pytest.mark.parametrize(("before", "head", "said"), WRONG)
def test_a_wrong_head_is_one_sentence_that_names_it(before: str, head: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as error:
        NetworkSpec.from_yaml(f"{before}head: {head}\n", "here")
    assert re.fullmatch(r"here[^\n]+\.", str(error.value))
