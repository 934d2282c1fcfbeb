"""The result of scoring an architecture, and its costs."""

from dataclasses import dataclass

from mobilenas.evaluation.architecture import Architecture
from mobilenas.files.record import strict
from mobilenas.settings.kinds import Amount, Count, Latency, Probability


@dataclass(frozen=True)
class Score:
    """The accuracy of an architecture on the split ``search``.

    Args:
        architecture: one option index per decision
        accuracy: share of images recognized, in [0, 1]
        failure: the reason why there is no accuracy (``accuracy`` is 0 then); None if there is one
    """

    architecture: Architecture
    accuracy: float
    failure: str | None = None


@strict
@dataclass(frozen=True)
class Evaluation:
    """An architecture with its accuracy on the split ``search``, and its costs.

    Args:
        architecture: one option index per decision
        accuracy: share of images recognized, in [0, 1]
        latency_ms: time of one forward pass, with the number of images that the device's latency table states
        macs: multiply-adds
        params: trainable parameters
        failure: the reason why there is no accuracy (``accuracy`` is 0 then); None if there is one
        measured: whether the latency was measured on the network as a whole; otherwise it is predicted
    """

    architecture: tuple[Count, ...]
    accuracy: Probability
    latency_ms: Latency
    macs: Amount
    params: Amount
    failure: str | None = None
    measured: bool = False
