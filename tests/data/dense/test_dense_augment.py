"""The settings of the random changes of annotated images."""

import subprocess
import sys

import pytest

from mobilenas.data.dense import DenseAugment

GREY = (0.5, 0.5, 0.5)


@pytest.mark.parametrize("setting", [{"zoom_out": 0.5}, {"min_scale": 0.0}, {"max_scale": 100.0}, {"flip": 1}])
def test_settings_out_of_range_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"^DenseAugment: {next(iter(setting))} must be"):
        DenseAugment(**setting)


def test_the_smallest_factor_is_not_above_the_largest() -> None:
    with pytest.raises(ValueError, match=r"^DenseAugment: min_scale=2.0 is more than max_scale=1.0\.$"):
        DenseAugment(min_scale=2.0)


@pytest.mark.parametrize("setting", [{"zoom_out": 2.0}, {"crop": True}])
def test_changes_for_boxes_are_refused_for_masks(setting: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="zoom_out and crop are for boxes"):
        DenseAugment(**setting).check("masks")


@pytest.mark.parametrize("setting", [{"min_scale": 0.5}, {"max_scale": 2.0}])
def test_changes_for_masks_are_refused_for_boxes(setting: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="min_scale and max_scale are for masks"):
        DenseAugment(**setting).check("boxes")


def test_reading_settings_imports_no_large_library() -> None:
    script = "import sys, mobilenas.data.dense as d; d.DenseAugment(); print({'torch', 'numpy'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
