"""What a task makes of a network for classification, beside the printed detectors and segmenters."""

from dataclasses import replace

import pytest

from mobilenas.network import NetworkSpec, load_network, scale_width, set_resolution
from mobilenas.network.heads import RASPP, SSDLite
from mobilenas.ops import Classifier, Conv, Shape
from mobilenas.settings import SettingsError
from mobilenas.tables import PrintedNetwork, load_published
from mobilenas.tables.tasks import printed_for_task
from mobilenas.task import Classification, Detection, Segmentation, Task

SMALL = set_resolution(load_network("mobilenet_v3_small"), (64, 96))
ROWS = [row for table in load_published().tables for row in table.networks if row.task]
SAME = [row for row in ROWS if row.width == 1 or isinstance(row.task and row.task.head, RASPP)]
"""The rows that a task describes; a narrow detector has extra channels that are narrower, too."""

DETECTOR, SEGMENTER = Detection().network(SMALL, 3), Segmentation().network(SMALL, 3)


def task_of(row: PrintedNetwork) -> Task:
    """The settings of a task that say what a row says."""
    assert row.task
    head, halving = row.task.head, row.task.halving
    if isinstance(head, SSDLite):
        return Detection(halving, row.task.last_conv, head.extras, head.anchors, head.act)
    assert isinstance(head, RASPP) and head.name in ("lr_aspp", "r_aspp")
    kind = "lr_aspp" if head.name == "lr_aspp" else "r_aspp"
    return Segmentation(kind, head.filters, row.task.output_stride, halving, act=head.act)


def test_most_rows_are_there() -> None:
    assert len(ROWS) == 31 and len(SAME) == 27


@pytest.mark.parametrize("row", SAME, ids=lambda row: row.name)
def test_a_task_makes_the_printed_network(row: PrintedNetwork) -> None:
    assert row.task
    printed = printed_for_task(load_network(row.network), row.task, row.width)
    network = scale_width(set_resolution(load_network(row.network), (row.task.height, row.task.width)), row.width)
    made = task_of(row).network(network, printed.classes)
    assert made.head == printed.head
    assert [layer.key for layer in made.every_layer] == [layer.key for layer in printed.every_layer]
    assert (made.params, made.macs) == (printed.params, printed.macs)


def test_the_usual_settings_are_the_papers_network_and_head() -> None:
    assert DETECTOR.head == SSDLite(3) and DETECTOR.input == Shape(3, 64, 96)
    assert SEGMENTER.head and (SEGMENTER.head.name, vars(SEGMENTER.head)["filters"]) == ("lr_aspp", 128)
    assert SEGMENTER.layers[-1].output == Shape(576, 4, 6)  # output stride 16


def test_classification_changes_the_number_of_classes_alone() -> None:
    made = Classification().network(SMALL, 7)
    assert made.classes == 7 and made.head is None
    assert made.ops[:-1] == SMALL.ops[:-1]


@pytest.mark.parametrize(
    ("task", "network"), [(Detection(), DETECTOR), (Segmentation(), SEGMENTER)], ids=["detection", "segmentation"]
)
def test_a_head_that_a_network_has_stays_with_other_classes(task: Task, network: NetworkSpec) -> None:
    made = task.network(network, 9)
    assert made.classes == 9 and made.ops == network.ops
    assert made.head == replace(network.head or SSDLite(1), classes=9)
    other = Detection(extras=(64,), anchors=(4, 6, 2), act="h_swish").network(SMALL, 3)
    assert Detection().network(other, 2).head == SSDLite(2, (64,), (4, 6, 2), "h_swish")


def test_the_head_of_the_other_kind_of_segmenter_stays() -> None:
    r_aspp = Segmentation(head="r_aspp").network(SMALL, 3)
    assert Segmentation(head="lr_aspp").network(r_aspp, 3) == r_aspp


@pytest.mark.parametrize(
    ("task", "network"),
    [
        (Detection(), SEGMENTER),
        (Segmentation(), DETECTOR),
        (Classification(), DETECTOR),
        (Classification(), SEGMENTER),
    ],
    ids=["boxes of a segmenter", "masks of a detector", "classes of a detector", "classes of a segmenter"],
)
def test_a_head_of_another_task_is_refused(task: Task, network: NetworkSpec) -> None:
    assert network.head
    sentence = (
        rf"^mobilenet_v3_small has the head {network.head.name}, and task={task.name} does not train it: [^\n]*\.$"
    )
    with pytest.raises(ValueError, match=sentence):
        task.network(network, 3)


def network_of(*ops: Conv | Classifier) -> NetworkSpec:
    return NetworkSpec(Shape(3, 32, 32), ops, name="mine")


@pytest.mark.parametrize(
    ("task", "network", "sentence"),
    [
        (Detection(), network_of(Classifier(2)), "mine has no layers before its classifier"),
        (Segmentation(), network_of(Classifier(2)), "mine has no layers before its classifier"),
        (Detection(), network_of(Conv(4, 3), Classifier(2)), "mine: a detector needs a backbone with a stride"),
        (Detection(), network_of(Conv(4, 3, 2), Classifier(2)), "mine: a detector needs a backbone with a stride"),
        (Segmentation(), network_of(Conv(4, 3, 2), Classifier(2)), "mine: the backbone has no map with output stride"),
    ],
)
def test_a_backbone_without_the_maps_of_the_head_is_refused(task: Task, network: NetworkSpec, sentence: str) -> None:
    with pytest.raises(ValueError, match=rf"^{sentence}[^\n]*\.$"):
        task.network(network, 2)


@pytest.mark.parametrize(
    ("kind", "settings", "sentence"),
    [
        (Detection, {"extras": (512,)}, "ssdlite: anchors must have a number for each of the 3 maps, not 6 numbers"),
        (Detection, {"anchors": (5, 6, 6, 6, 6, 6)}, "ssdlite: each of the anchors must be one of 2, 3, 4, 6, not 5"),
        (Detection, {"halving": "half"}, "Detection: halving must be one of none, channels, expansions, not 'half'"),
        (Detection, {"act": "gelu"}, "Detection: act must be one of relu, relu6, h_swish, not 'gelu'"),
        (
            Detection,
            {"extras": (0, 256, 256, 128)},
            "Detection: extras must be a list of whole numbers, 1 or more, not",
        ),
        (Segmentation, {"filters": 0}, "Segmentation: filters must be a whole number, 1 or more, not 0"),
        (Segmentation, {"output_stride": 8}, "Segmentation: output_stride must be one of 16, 32, not 8"),
        (Segmentation, {"head": "aspp"}, "Segmentation: head must be one of lr_aspp, r_aspp, not 'aspp'"),
    ],
)
def test_settings_that_no_head_can_have_are_refused(
    kind: type[Task], settings: dict[str, object], sentence: str
) -> None:
    with pytest.raises((ValueError, SettingsError), match=rf"^{sentence}[^\n]*\.$"):
        kind(**settings)
