"""Shows how well the search's scores rank the networks that were trained."""

from html import escape

from mobilenas.evaluation.rank_correlation import kendall_tau, with_interval
from mobilenas.report.axes import Axis
from mobilenas.report.result import RunResult
from mobilenas.report.svg import Frame, chart, dots, error_bars

LEAST = 4
"""The fewest networks whose order says anything."""

SEED = 0


def search_ranking_chart(result: RunResult) -> str:
    """Returns Kendall's tau of score and test accuracy in words, and a point for each network.

    The text is empty if fewer than four networks have both.
    """
    pairs = [
        (one.name, one.evaluation.accuracy, one.test_accuracy)
        for one in result.networks
        if one.evaluation and one.test_accuracy is not None
    ]
    if len(pairs) < LEAST:
        return ""
    scores, accuracies = [score for _, score, _ in pairs], [accuracy for _, _, accuracy in pairs]
    errors = [result.test_error(accuracy) or 0.0 for accuracy in accuracies]
    ends = [y + sign * error for y, error in zip(accuracies, errors, strict=True) for sign in (-1, 1)]
    frame = Frame(
        Axis.around(f"{result.score_name} in the search", scores, as_percent=True),
        Axis.around(f"{result.score_name} on test", ends, as_percent=True),
        height=280.0,
    )
    points = list(zip(scores, accuracies, strict=True))
    titles = [f"{name}: search {score:.1%}, test {accuracy:.1%}" for name, score, accuracy in pairs]
    marks = [error_bars(frame, points, errors, "muted"), dots(frame, points, "accent", titles)]
    tau = with_interval(kendall_tau, scores, accuracies, SEED)
    words = (
        f"Kendall's rank correlation of both is {tau}, with its interval of 95% by bootstrap, for {len(pairs)} networks"
        " that the search itself has chosen. Networks along a front differ in latency, so that it says more about their"
        " sizes than about networks of one latency."
    )
    return f"<p>{escape(words)}</p>" + chart(frame, marks, "Test accuracy over the search's score")
