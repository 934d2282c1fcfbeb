"""Seeds that are made from seeds, so that no draw depends on the draws before it."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def mix(*numbers: int) -> int:
    """One seed from several whole numbers, from 0 on; their order counts."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch's generator of the CPU within, and leave it as it was."""
    state = torch.get_rng_state()
    torch.default_generator.manual_seed(seed)  # torch.manual_seed would seed the GPU's too
    try:
        yield
    finally:
        torch.set_rng_state(state)
