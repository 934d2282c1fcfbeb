"""The processes of the workers that train in Ray, below the process of a run."""

import random
import sys
from collections import defaultdict
from os import kill
from pathlib import Path
from signal import SIGKILL


def train_workers(run: int) -> list[int]:
    """The processes that train for the process of a run, on this machine; none while no training has begun."""
    children: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            children[int(path.read_text().rpartition(")")[2].split()[1])].append(int(path.parent.name))
        except OSError:  # it has just ended
            continue
    found, waiting = list[int](), [run]
    while waiting:
        below = children[waiting.pop()]
        waiting += below
        found += [one for one in below if _trains(one)]
    return sorted(found)


def _trains(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().startswith(b"ray::RayTrainWorker")
    except OSError:
        return False


def kill_a_worker(run: int, choose: random.Random) -> int | None:
    """Kills one of them at random, and returns its process; None if there is none."""
    workers = train_workers(run)
    if not workers:
        return None
    process = choose.choice(workers)
    try:
        kill(process, SIGKILL)
    except ProcessLookupError:
        return None
    return process


if __name__ == "__main__":
    sys.stdout.write(f"{kill_a_worker(int(sys.argv[1]), random.Random())}\n")
