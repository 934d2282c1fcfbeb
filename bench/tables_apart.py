"""How far a latency table moves when it is measured again.

``python -m bench.tables_apart ENGINE PRECISION SPACE FOLDER FOLDER ...``, with folders of ``python -m
bench.table_error``: the tables must be there. Compares each table with the first one: the common factor, which is the
speed of the machine; how far rows differ beside it; the order in which both put 50 networks, by Kendall's tau; and how
far the measurements of these networks as a whole differ.
"""

import sys

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau

from bench.table_error import hardware_and_space
from mobilenas.hardware.chains import network_key
from mobilenas.hardware.profile import layers_of


def main(engine: str, precision: str, space_name: str, *folders: str) -> None:
    """Print a line for each folder after the first."""
    first, *others = (_measured(engine, precision, space_name, folder) for folder in folders)
    for folder, other in zip(folders[1:], others, strict=True):
        (rows, predicted, whole), (rows_then, predicted_then, whole_then) = other, first
        factor = float(np.median(rows / rows_then))
        moved = np.abs(rows / rows_then / factor - 1)
        heavy = np.argsort(rows_then)[len(rows_then) // 2 :]  # the slower half, which makes most of a network's latency
        apart = np.abs(predicted / predicted_then / np.median(predicted / predicted_then) - 1)
        alone = np.abs(whole / whole_then / np.median(whole / whole_then) - 1)
        ranks = np.abs(predicted.argsort().argsort() - predicted_then.argsort().argsort())
        sys.stdout.write(
            f"{folder}: factor {factor:.3f}; rows move by {_in_words(moved)}, the slower half by"
            f" {_in_words(moved[heavy])}; predictions of {len(whole)} networks by {_in_words(apart)}, in an order with"
            f" Kendall's tau {kendalltau(predicted, predicted_then).statistic:.3f} (at most {ranks.max()} places);"
            f" measured networks by {_in_words(alone)}, tau {kendalltau(whole, whole_then).statistic:.3f}\n"
        )


def _measured(
    engine: str, precision: str, space_name: str, folder: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Returns the milliseconds of the rows, of predicted networks, and of the same networks measured as a whole."""
    hardware, space = hardware_and_space(engine, precision, space_name, folder)
    table = hardware.profile(space).table
    networks = hardware.sample(space, np.random.default_rng(0))
    rows = hardware.remembered({}, lambda _: lambda _: [], 0, np.random.default_rng(0), lambda *_: None).rows
    return (
        np.array([rows[key] for key in layers_of(space)]),
        np.array([table.latency_ms(network) for network in networks]),
        np.array([rows[network_key(network)] for network in networks]),
    )


def _in_words(moved: NDArray[np.float64]) -> str:
    return f"{np.median(moved):.2%} (median), {np.percentile(moved, 90):.2%} (nine of ten), {moved.max():.2%} (most)"


if __name__ == "__main__":
    main(*sys.argv[1:])
