"""The clock of the benches of steps: the CPU's seconds of this process, or the seconds of a GPU that has finished."""

import time

import torch

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def now() -> float:
    """Returns the seconds since some moment; work that a GPU was given before is done."""
    if DEVICE.type == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()
