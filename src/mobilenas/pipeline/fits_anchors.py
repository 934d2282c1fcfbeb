"""Warns before a training if the anchors of a detector do not fit its objects."""

import logging

from mobilenas.stages import Run

log = logging.getLogger(__name__)

TRAINING = frozenset({"search", "seed", "retrain"})
"""The stages that train detectors."""


def warn_of_anchors(run: Run, names: set[str]) -> None:
    """Warns if many objects of a class have no anchor of their size.

    Args:
        run: its images and its networks
        names: the stages that are asked for and not complete
    """
    from mobilenas.data.dense.dense_data import DenseData
    from mobilenas.task.anchor_fit import unfit_anchors

    if run.task.learns != "boxes" or not isinstance(run.data, DenseData) or not names & TRAINING:
        return
    network = run.networks[0] if run.networks else run.space.network([0] * len(run.space.options))
    if said := unfit_anchors(network, *run.data.object_sizes, run.data.classes):
        log.warning(said)
