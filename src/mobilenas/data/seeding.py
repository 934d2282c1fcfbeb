"""Seeds that are made from seeds, so that no draw depends on the draws before it."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def mix(*numbers: int) -> int:
    """Makes one seed from several whole numbers, 0 or more; their order matters."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seeds torch's generator of the CPU within the block, and then restores its state."""
    state = torch.get_rng_state()
    torch.default_generator.manual_seed(seed)  # torch.manual_seed would seed the GPU's too
    try:
        yield
    finally:
        torch.set_rng_state(state)
