"""A store of a million evaluations beside bare SQLite: putting, getting, reading all, and the front.

``python -m bench.store --rows 1000000``. A store and a bare table with the same schema take turns on the same
architectures, at 10,000 rows and at all of them. The bare table is used by single statements of ``sqlite3``, without
any check; the front is compared with that of a scan in the order of latency.
"""

import argparse
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mobilenas.evaluation import Evaluation, Store
from mobilenas.evaluation.store import COLUMNS, PUT, SCHEMA
from mobilenas.objective import ACCURACY_LATENCY
from mobilenas.search_space import MoGA

CONTEXT = "a context"
SAMPLE = 2_000
TURNS = 4
SELECT = f"SELECT {COLUMNS} FROM evaluations WHERE context = ? AND architecture = ?"
Row = tuple[str, float, float, int, int, None]


def made_up(rows: int) -> Iterator[Row]:
    """Yield rows of different architectures of MoGA's space with figures that were made up."""
    rng, space = np.random.default_rng(0), MoGA().space()
    found = np.unique(space.sample(rows + rows // 100 + 10, rng), axis=0)
    for architecture in rng.permutation(found)[:rows].tolist():
        latency_ms = float(rng.uniform(5, 50))
        accuracy = float(np.clip(0.6 + 0.004 * latency_ms + rng.normal(0, 0.02), 0, 1))
        yield ",".join(map(str, architecture)), accuracy, latency_ms, 10**8, 10**6, None


def evaluation(row: Row) -> Evaluation:
    text, accuracy, latency_ms, macs, params, _ = row
    return Evaluation(tuple(map(int, text.split(","))), accuracy, latency_ms, macs, params)


def fill(path: Path, rows: Sequence[Row]) -> None:
    """Write rows in one transaction, as no search does."""
    with closing(sqlite3.connect(path)) as bare, bare:
        bare.execute("PRAGMA journal_mode = WAL")
        bare.execute(SCHEMA)
        bare.executemany(PUT, ((CONTEXT, *row) for row in rows))


def rate(work: Callable[[Row], object], rows: Sequence[Row]) -> float:
    """Return rows a second."""
    begun = time.monotonic()
    for row in rows:
        work(row)
    return len(rows) / (time.monotonic() - begun)


def in_turns(ways: Sequence[Callable[[Row], object]], rows: Sequence[Sequence[Row]]) -> list[float]:
    """Return the median rate of each way; they take turns on their own rows."""
    rates = np.array([[rate(way, rows[turn]) for way in ways] for turn in range(TURNS)])
    return np.median(rates, axis=0).tolist()


def scanned(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Return the front by a scan: each that is more accurate than all that are faster."""
    front, best = list[Evaluation](), -1.0
    for one in sorted(evaluations, key=lambda one: (one.latency_ms, -one.accuracy)):
        if one.accuracy > best:
            front.append(one)
            best = one.accuracy
    return front


def report(name: str, ours: float, bare: float) -> None:
    sys.stdout.write(f"    {name:8} {ours:9,.0f} a second, bare {bare:9,.0f}: {bare / ours:.2f} x the time\n")


def compare(folder: Path, rows: Sequence[Row], new: Sequence[Row]) -> None:
    """Fill a store and a bare table with rows, put new ones into both, get some, and read all."""
    paths = folder / "store.sqlite", folder / "bare.sqlite"
    for path in paths:
        path.unlink(missing_ok=True)
        fill(path, rows)
    chunks = [new[turn * SAMPLE : (turn + 1) * SAMPLE] for turn in range(TURNS)]
    known = [rows[turn :: max(1, len(rows) // SAMPLE)][:SAMPLE] for turn in range(TURNS)]
    with Store(paths[0]) as store, closing(sqlite3.connect(paths[1], isolation_level=None)) as bare:
        put = in_turns(
            (lambda row: store.put(CONTEXT, evaluation(row)), lambda row: bare.execute(PUT, (CONTEXT, *row))), chunks
        )
        get = in_turns(
            (
                lambda row: store.get(CONTEXT, evaluation(row).architecture),
                lambda row: bare.execute(SELECT, (CONTEXT, row[0])).fetchone(),
            ),
            known,
        )
        sys.stdout.write(f"{len(rows):,} rows, {paths[0].stat().st_size / 1e6:,.0f} MB\n")
        report("put", *put)
        report("get", *get)
        begun = time.monotonic()
        every = store.all(CONTEXT)
        read = time.monotonic()
        bare.execute(f"SELECT {COLUMNS} FROM evaluations WHERE context = ? ORDER BY number", (CONTEXT,)).fetchall()
        took, bare_took = read - begun, time.monotonic() - read
        report("all", len(every) / took, len(every) / bare_took)
    begun = time.monotonic()
    front = ACCURACY_LATENCY.non_dominated(every)
    found = time.monotonic()
    wanted = scanned(every)
    report("front", len(every) / (found - begun), len(every) / (time.monotonic() - found))
    assert [(one.latency_ms, one.accuracy) for one in front] == [(one.latency_ms, one.accuracy) for one in wanted]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.store", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    every = list(made_up(given.rows + TURNS * SAMPLE))
    rows, new = every[: given.rows], every[given.rows :]
    with TemporaryDirectory() as folder:
        for count in dict.fromkeys((min(10_000, given.rows), given.rows)):
            compare(Path(folder), rows[:count], new)


if __name__ == "__main__":
    main()
