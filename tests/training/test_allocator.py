"""Freed memory stays with the process."""

import subprocess
import sys

import pytest

MEASURE = """
import resource, sys, torch
from mobilenas.training.allocator import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
def faults(numbers):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.empty(numbers).fill_(1.0)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
for _ in range(20):
    faults(2**23)
print(sum(faults(2**23) for _ in range(10)))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs glibc")
def test_tensors_take_the_pages_of_freed_ones() -> None:
    new_pages = {
        how: int(
            subprocess.run([sys.executable, "-c", MEASURE, how], capture_output=True, text=True, check=True).stdout
        )
        for how in ("keep", "default")
    }
    assert new_pages["keep"] < new_pages["default"] / 10
