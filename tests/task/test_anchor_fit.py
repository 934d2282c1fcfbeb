"""Whether a detector's anchors fit the objects of a data set."""

import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from mobilenas.network import NetworkSpec, load_network, set_resolution
from mobilenas.task import Detection
from mobilenas.task.anchor_fit import unfit_anchors, unfit_share
from mobilenas.task.anchors import anchors_of


def _detector(**settings: object) -> NetworkSpec:
    network = set_resolution(load_network("mobilenet_v2"), (160, 320))
    return Detection(**settings).network(network, 2)  # type: ignore[arg-type]


def test_the_share_is_that_of_objects_that_no_anchor_overlaps_by_half() -> None:
    network, rng = _detector(), np.random.default_rng(0)
    sizes = rng.uniform(0.02, 0.9, (60, 2))
    boxes = np.array([320, 160]) * sizes  # in pixels
    anchors = anchors_of(network).double().numpy()
    shapes = anchors[:, 2:] - anchors[:, :2]
    best = []
    for width, height in boxes:
        common = np.minimum(shapes[:, 0], width) * np.minimum(shapes[:, 1], height)
        best.append((common / (shapes.prod(1) + width * height - common)).max())
    expected = np.mean(np.array(best) < 0.5)
    assert 0.1 < expected < 0.9
    assert unfit_share(network, torch.from_numpy(sizes).float()) == pytest.approx(expected, abs=1 / 60)


def test_small_objects_of_one_class_are_told_with_settings_that_fit_them() -> None:
    network = _detector()
    sizes = torch.tensor([[0.3, 0.3]] * 90 + [[0.04, 0.04]] * 10)
    labels = torch.tensor([0] * 90 + [1] * 10)
    said = unfit_anchors(network, sizes, labels, ("cell", "dust"))
    assert said.startswith("100% of the training objects of the class 'dust' have another size or shape")
    found = re.search(r"task\.least_scale=([\d.]+) task\.anchors=\[([\d,]+)\] it is (\d+)% at most", said)
    assert found
    anchors = tuple(map(int, found[2].split(",")))
    better = _detector(least_scale=float(found[1]), anchors=anchors)
    shares = [unfit_share(better, sizes[labels == label]) for label in (0, 1)]
    assert max(shares) == pytest.approx(int(found[3]) / 100, abs=0.005) and max(shares) < 0.5
    assert unfit_anchors(better, sizes, labels, ("cell", "dust")) == ""


def test_nothing_is_said_of_objects_that_fit_and_of_networks_without_anchors() -> None:
    sizes, labels = torch.tensor([[0.3, 0.3]]), torch.tensor([0])
    assert unfit_anchors(_detector(), sizes, labels, ("cell", "dust")) == ""
    assert unfit_anchors(_detector(), torch.zeros(0, 2), torch.zeros(0, dtype=torch.long), ("cell",)) == ""
    assert unfit_anchors(replace(load_network("mobilenet_v2")), sizes / 100, labels, ("cell",)) == ""


@pytest.mark.parametrize(("least", "most"), [(0.0, 0.9), (0.5, 0.5), (0.2, 1.5)])
def test_scales_out_of_order_are_refused(least: float, most: float) -> None:
    with pytest.raises(ValueError, match=r"least_scale|most_scale"):
        _detector(least_scale=least, most_scale=most)
