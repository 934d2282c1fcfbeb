"""The clock of the benches of steps: the processor's time of this process, or elapsed time when a GPU is used."""

import time

import torch

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def now() -> float:
    """Returns the seconds since some moment, after the GPU has finished all work that it was given."""
    if DEVICE.type == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()
