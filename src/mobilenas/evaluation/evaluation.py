"""What a search learns of an architecture."""

from dataclasses import dataclass

from mobilenas.evaluation.architecture import Architecture


@dataclass(frozen=True)
class Score:
    """How accurate an architecture is on the images that steer the search.

    Args:
        architecture: one option index per decision
        top1: share of images recognized, in [0, 1]
        failure: why there is no accuracy, which then is 0; None where there is one
    """

    architecture: Architecture
    top1: float
    failure: str | None = None


@dataclass(frozen=True)
class Evaluation:
    """An architecture with its accuracy on the images that steer the search, and its costs.

    Args:
        architecture: one option index per decision
        top1: share of images recognized, in [0, 1]
        latency_ms: time of one run, with as many images as the device's latency table says
        macs: multiply-adds
        params: trainable parameters
        failure: why there is no accuracy, which then is 0; None where there is one
        measured: the latency was measured on the network as a whole; else it is predicted
    """

    architecture: Architecture
    top1: float
    latency_ms: float
    macs: int
    params: int
    failure: str | None = None
    measured: bool = False
