"""Charts a latency table's errors (MoGA, Fig. 4), and the same errors in the order of the networks."""

from mobilenas.hardware import Validation
from mobilenas.report.axes import Axis
from mobilenas.report.svg import Frame, chart, dots, line, rule
from mobilenas.report.units import significant


def validation_chart(validation: Validation) -> str:
    """Returns random networks, predicted over measured latency, and the line on which both are equal."""
    both = (*validation.measured_ms, *validation.predicted_ms)
    x, y = Axis.around("measured latency in ms", both), Axis.around("predicted latency in ms", both)
    frame = Frame(x, y, height=420.0)
    places = list(zip(validation.measured_ms, validation.predicted_ms, strict=True))
    titles = [f"measured {significant(x)} ms, predicted {significant(y)} ms" for x, y in places]
    marks = [
        line(frame, ((x.low, x.low), (x.high, x.high)), "muted", is_dashed=True),
        dots(frame, places, "accent", titles),
    ]
    key = [("accent", "random network"), ("muted", "predicted = measured")]
    return chart(frame, marks, "Predicted over measured latency of random networks", key)


def residuals_chart(validation: Validation) -> str:
    """Returns predicted less measured latency, in the order in which the networks were drawn."""
    errors_ms = residuals_ms(validation)
    frame = Frame(
        Axis("network, in the order of the draw", 0.0, len(errors_ms) + 1.0),
        Axis.around("predicted - measured, ms", [*errors_ms, 0.0]),
        height=240.0,
    )
    places = list(enumerate(errors_ms, 1))
    titles = [f"network {number}: {error:+.3g} ms" for number, error in places]
    return chart(frame, [rule(frame, 0.0), dots(frame, places, "accent", titles)], "Errors in the order of the draw")


def residuals_ms(validation: Validation) -> list[float]:
    """Returns the predicted less the measured latency of each network."""
    return [p - m for p, m in zip(validation.predicted_ms, validation.measured_ms, strict=True)]


def errors_in_words(validation: Validation) -> str:
    """Returns the error in one sentence."""
    return (
        f"RMSE {significant(validation.rmse_ms, 2)} ms ({validation.relative_rmse:.1%}), Kendall's rank correlation"
        f" {validation.kendall_tau:.2f}, {len(validation.measured_ms)} random networks."
    )
