"""Reading boxes in COCO's format, against numbers written by hand."""

import logging
from typing import Any

import pytest

Content = dict[str, list[dict[str, Any]]]


def test_names_sizes_and_classes_are_those_of_the_file(coco: Any, content: Content) -> None:
    listing = coco(content)
    assert listing.names == ("a.png", "deep/b.png")
    assert listing.sizes == ((10, 20), (16, 8))
    assert listing.classes == ("dog", "ant", "cat")  # ids 2, 5 and 9
    assert listing.left_out == {}


def test_boxes_have_corners_labels_from_0_and_crowd_marks(coco: Any, content: Content) -> None:
    a, b = coco(content).objects
    assert a.xyxy.tolist() == [[1, 2, 4.5, 6], [10, 5, 15, 10]]
    assert a.labels.tolist() == [1, 2]
    assert a.crowd.tolist() == [False, False]
    assert (b.xyxy.tolist(), b.labels.tolist(), b.crowd.tolist()) == ([[0, 0, 8, 16]], [0], [True])


def test_an_image_without_objects_stays(coco: Any, content: Content) -> None:
    content["annotations"] = content["annotations"][:1]
    listing = coco(content)
    assert [len(objects) for objects in listing.objects] == [1, 0]
    assert listing.objects[1].xyxy.shape == (0, 4)


def test_no_annotations_at_all_are_no_error(coco: Any, content: Content) -> None:
    content["annotations"] = []
    assert [len(objects) for objects in coco(content).objects] == [0, 0]


@pytest.mark.parametrize(
    ("box", "clipped"),
    [  # the image has 20 x 10 pixels
        ([-2, -3, 5, 5], [0, 0, 3, 2]),
        ([18, 8, 100, 100], [18, 8, 20, 10]),
        ([-1e300, -1e300, 2e300, 2e300], [0, 0, 20, 10]),
        ([0, 0, 20, 10], [0, 0, 20, 10]),
        ([19.5, 9.5, 0.5, 0.5], [19.5, 9.5, 20, 10]),
    ],
)
def test_a_box_is_clipped_to_its_image(coco: Any, content: Content, box: list[float], clipped: list[float]) -> None:
    content["annotations"][0]["bbox"] = box
    listing = coco(content)
    assert listing.objects[0].xyxy[0].tolist() == clipped
    assert listing.left_out == {}


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        ([3, 3, 0, 5], "boxes without area"),
        ([3, 3, 5, 0], "boxes without area"),
        ([3, 3, -2, 5], "boxes without area"),
        ([3, 3, 1e-12, 5], "boxes without area"),
        ([20, 3, 5, 5], "boxes outside their image"),
        ([3, 10, 5, 5], "boxes outside their image"),
        ([-5, 3, 5, 5], "boxes outside their image"),
        ([3, -6, 5, 5], "boxes outside their image"),
        ([1e308, 1e308, 1e308, 1e308], "boxes outside their image"),
    ],
)
def test_a_box_that_shows_nothing_is_left_out_and_counted(
    coco: Any, content: Content, box: list[float], kind: str
) -> None:
    content["annotations"][0]["bbox"] = box
    listing = coco(content)
    assert listing.objects[0].xyxy.tolist() == [[10, 5, 15, 10]]
    assert listing.left_out == {kind: 1}


@pytest.mark.parametrize(
    ("marks", "crowd"),
    [
        ({"iscrowd": 1}, True),
        ({"iscrowd": True}, True),
        ({"ignore": 1}, True),
        ({"iscrowd": 0, "ignore": 1}, True),
        ({"iscrowd": 0, "ignore": 0}, False),
        ({"iscrowd": False}, False),
        ({}, False),
    ],
)
def test_iscrowd_and_ignore_become_crowd(coco: Any, content: Content, marks: dict[str, object], crowd: bool) -> None:
    content["annotations"][2] |= marks
    assert coco(content).objects[0].crowd.tolist() == [False, crowd]


def test_the_box_of_polygons_stands_for_a_missing_box(coco: Any, content: Content) -> None:
    content["annotations"][0] |= {"bbox": None, "segmentation": [[2, 3, 6, 3, 6, 8], [9, 1, 4, 4, 5, 5.5]]}
    assert coco(content).objects[0].xyxy[0].tolist() == [2, 1, 9, 8]


@pytest.mark.parametrize(
    "segmentation",
    [{"counts": "PYi0", "size": [10, 20]}, {"counts": [3, 5, 192], "size": [10, 20]}, [[2, 3, 6, 3, 6, 8]], [], None],
)
def test_a_segmentation_beside_a_box_is_not_needed(coco: Any, content: Content, segmentation: object) -> None:
    content["annotations"][0]["segmentation"] = segmentation
    assert coco(content).objects[0].xyxy[0].tolist() == [1, 2, 4.5, 6]


def test_a_category_without_examples_stays_a_class_with_a_warning(
    coco: Any, content: Content, caplog: pytest.LogCaptureFixture
) -> None:
    content["annotations"][0]["bbox"] = [3, 3, 0, 0]  # the only ant
    with caplog.at_level(logging.WARNING):
        listing = coco(content)
    assert listing.classes == ("dog", "ant", "cat")
    assert "list.json has no examples of 'ant'" in caplog.text


def test_all_examples_there_means_no_warning(coco: Any, content: Content, caplog: pytest.LogCaptureFixture) -> None:
    coco(content)
    assert caplog.text == ""


def test_an_image_is_decoded_when_it_is_needed(coco: Any, content: Content) -> None:
    listing = coco(content)
    for position, size, colour in ((0, (20, 10), (255, 0, 0)), (1, (8, 16), (0, 0, 255))):
        image, objects = listing.original(position)
        assert (image.size, image.getpixel((0, 0))) == (size, colour)
        assert objects is listing.objects[position]


def test_an_image_of_another_size_than_stated_is_refused(coco: Any, content: Content) -> None:
    content["images"][0] |= {"width": 10, "height": 20}
    content["images"][1]["width"] = 9
    listing = coco(content)
    with pytest.raises(
        ValueError, match=r"a\.png is 20 x 10 pixels large \(images are turned as their EXIF says\), but"
    ):
        listing.original(0)
    with pytest.raises(ValueError, match=r"b\.png is 8 x 16 pixels large, but its annotations are for 9 x 16"):
        listing.original(1)


def test_the_area_is_that_of_the_annotation_or_of_the_clipped_box(coco: Any, content: Content) -> None:
    content["annotations"][0]["area"] = 7.5
    content["annotations"][2] |= {"bbox": [15, 5, 10, 5], "area": 0}
    assert coco(content).objects[0].areas.tolist() == [7.5, 25]


@pytest.mark.parametrize("area", ["7", -1, float("inf"), True])
def test_an_area_that_is_no_number_is_refused(coco: Any, content: Content, area: object) -> None:
    content["annotations"][0]["area"] = area
    with pytest.raises(ValueError, match=r"the annotation with the id 1 has the area .* must be a finite number"):
        coco(content)
