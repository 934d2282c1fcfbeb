"""Shows predictions of detectors and segmenters beside what is right, and the score of each class."""

from base64 import b64encode
from html import escape

from mobilenas.report.result import NetworkResult, RunResult
from mobilenas.report.table import MISSING


def predictions_section(result: RunResult) -> str:
    """Returns HTML; an empty text if no prediction was drawn."""
    shown = [one for one in result.networks if one.predictions]
    if not shown:
        return ""
    words = (
        "Test images with what is right on the left and what the network predicts on the right, the worst prediction"
        " first. The number under an image is the score of this image alone:"
    )
    return f"<p>{words} {_image_score(result)}.</p>" + "".join(_network(one, result) for one in shown)


def _image_score(result: RunResult) -> str:
    if result.score_name == "mIoU":
        return "its mean intersection over union. Black pixels do not count"
    return (
        "the share of right boxes among its objects and all boxes with a score of .5 or more. A box is right if it"
        " overlaps an object of its class by half. The numbers at the boxes are their scores"
    )


def _network(network: NetworkResult, result: RunResult) -> str:
    from mobilenas.task.pictures import colours

    names = list(network.test_by_class)
    classes = "".join(
        f'<li><span style="background: rgb{colour}"></span>{escape(name)} <small>{_percent(share)}</small></li>'
        for (name, share), colour in zip(network.test_by_class.items(), colours(len(names)), strict=True)
    )
    others = [f"{name} {_percent(share)}" for name, share in network.test_others.items() if share is not None]
    figures = "".join(
        f'<figure><img alt="{escape(said)}" src="data:image/jpeg;base64,{b64encode(jpeg).decode()}">'
        f"<figcaption>{escape(said)}</figcaption></figure>"
        for said, jpeg in network.predictions
    )
    scores = ", ".join([f"{result.score_name} {_percent(network.test_accuracy)}", *others])
    return (
        f"<h3>{escape(network.name)}</h3><p>{escape(scores)}; {result.score_name} of each class:</p>"
        f'<ul class="classes">{classes}</ul><div class="predictions">{figures}</div>'
    )


def _percent(share: float | None) -> str:
    return MISSING if share is None else f"{100 * share:.1f} %"
