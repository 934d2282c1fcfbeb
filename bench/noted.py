"""The real command, which also writes down when it asks for a batch and when it gets it.

``python -m bench.noted NOTES WORDS...``: each line of the file NOTES has the moment of asking and that of getting, both
in seconds of the monotonic clock, and the number of images.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from mobilenas.data.loader import EpochLoader
from mobilenas.data.normalization import Batch

TAKE = EpochLoader.__iter__


def note_batches(path: Path) -> None:
    """Make every training loader of this process write down each batch that it hands out."""

    def noted(self: EpochLoader) -> Iterator[Batch]:
        batches = TAKE(self)
        with path.open("a", buffering=1) as notes:
            while True:
                asked = time.monotonic()
                batch = next(batches, None)
                if batch is None:
                    return
                notes.write(f"{asked} {time.monotonic()} {len(batch[0])}\n")
                yield batch

    EpochLoader.__iter__ = noted


if __name__ == "__main__":
    note_batches(Path(sys.argv[1]))
    sys.argv[:] = ["mobilenas", *sys.argv[2:]]
    from mobilenas.cli import main

    main()
