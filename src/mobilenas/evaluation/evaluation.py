"""What a search learns of an architecture."""

from dataclasses import dataclass

from mobilenas.evaluation.architecture import Architecture


@dataclass(frozen=True)
class Evaluation:
    """An architecture with its accuracy on the images that steer the search, and its costs.

    Args:
        architecture: one option index per decision
        top1: share of images recognized, in [0, 1]
        latency_ms: predicted or measured; of one run, with as many images as the device's batch
        macs: multiply-adds
        params: trainable parameters
        failure: why there is no accuracy, which then is 0; None where there is one
    """

    architecture: Architecture
    top1: float
    latency_ms: float
    macs: int
    params: int
    failure: str | None = None
