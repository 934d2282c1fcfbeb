"""What does not fit into memory is told before it is made."""

import os

import pytest
import torch

from mobilenas.data.memory import check_in_memory, memory_bytes
from mobilenas.data.resize import as_color
from mobilenas.engine.peak_memory import peak_bytes

MEMORY = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def test_the_machines_memory_is_known() -> None:
    assert memory_bytes() == MEMORY


def test_images_fit_up_to_the_machines_memory() -> None:
    most = MEMORY // (3 * 100 * 100)
    check_in_memory(most, 100)
    with pytest.raises(
        ValueError, match=r"^data.resolution=100 needs .* GB to keep .* images in memory, .*, or wait\.$"
    ):
        check_in_memory(most + 1, 100, ", or wait")


def test_small_images_are_not_made_large_if_they_would_not_fit() -> None:
    images = torch.zeros((1, 3, 1, 1), dtype=torch.uint8).expand(MEMORY // 8192**2, -1, -1, -1)

    def refused() -> None:
        with pytest.raises(ValueError, match=r"data.resolution=8192 needs"):
            as_color(images, 8192)

    assert peak_bytes(refused) < 100_000_000
