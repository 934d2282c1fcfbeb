"""Drawn predictions on the page, with the score of each class."""

import re
from base64 import b64encode
from dataclasses import replace

from mobilenas.report import RunResult
from mobilenas.report.page_table import page_table
from mobilenas.report.predictions import predictions_section
from mobilenas.task.pictures import colours

PICTURES = (("deep/a.png: 0.12", b"worst"), ("<b>.png: 0.98", b"best"))


def segmenter(result: RunResult) -> RunResult:
    """The run with three classes, and with predictions of the second network."""
    first, second, *others = result.networks
    scores = {"sky": 0.513, "road & kerb": 1.0, "car": None}
    drawn = replace(
        second,
        test_accuracy=0.7561,
        test_others={"pixel accuracy": 0.9, "of small objects": None},
        test_by_class=scores,
        predictions=PICTURES,
    )
    return replace(result, networks=(first, drawn, *others), score_name="mIoU", second_name="pixel accuracy")


def test_without_drawn_predictions_nothing_is_shown(result: RunResult, bare: RunResult) -> None:
    assert predictions_section(result) == predictions_section(bare) == ""


def test_the_pictures_stand_in_the_page_in_their_order(result: RunResult) -> None:
    found = re.findall(r'src="data:image/jpeg;base64,([^"]*)"', predictions_section(segmenter(result)))
    assert found == [b64encode(jpeg).decode() for _, jpeg in PICTURES]


def test_the_network_its_scores_and_those_of_each_class_are_told(result: RunResult) -> None:
    text = predictions_section(segmenter(result))
    assert re.findall("<h3>(.*?)</h3>", text) == ["moga-2"]
    assert "<p>mIoU 75.6 %, pixel accuracy 90.0 %; mIoU of each class:</p>" in text
    classes = re.findall(r'<li><span style="background: rgb(.*?)"></span>(.*?) <small>(.*?)</small></li>', text)
    expected = [("sky", "51.3 %"), ("road &amp; kerb", "100.0 %"), ("car", "—")]
    assert [one[1:] for one in classes] == expected
    assert [one[0] for one in classes] == [str(colour) for colour in colours(3)]


def test_a_name_of_an_image_is_text_and_nothing_else(result: RunResult) -> None:
    text = predictions_section(segmenter(result))
    assert "<b>" not in text
    assert text.count("&lt;b&gt;.png: 0.98") == 2  # under the picture, and for those who do not see it


def test_what_the_number_under_an_image_means_is_told(result: RunResult) -> None:
    masks = segmenter(result)
    assert "its mean intersection over union. Black pixels do not count" in predictions_section(masks)
    boxes = predictions_section(replace(masks, score_name="mAP"))
    assert "the share of right boxes among its objects and all boxes with a score of .5 or more" in boxes


def test_the_table_names_the_second_score_of_the_task(result: RunResult) -> None:
    assert "pixel accuracy" in page_table(segmenter(result)) and "top-5" not in page_table(segmenter(result))
