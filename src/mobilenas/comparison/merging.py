"""Puts the stores of several runs together into one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mobilenas.evaluation import Store

STORE = "evaluations.sqlite"


def merge_stores(folders: Sequence[Path], path: Path) -> tuple[int, int]:
    """Adds the evaluations of some runs to a store, which is made if it does not exist.

    An evaluation that did not fail stays if another run has evaluated the same architecture in the same context.

    Args:
        folders: the folders of runs, complete or not
        path: the file of the store

    Returns:
        the number of stores that were read, and the number of evaluations that the store has then

    Raises:
        ValueError: no run has a store, the file is a run's own store, or a file is not a store
    """
    places = [folder / stage / STORE for folder in folders for stage in ("search", "adapt")]
    stores = [one for one in dict.fromkeys(places) if one.is_file()]
    if not stores:
        raise ValueError(f"None of the runs has a store of its own (search/{STORE}): there is nothing to put together.")
    if path.resolve() in {place.resolve() for place in places}:
        raise ValueError(f"{path} is the place of a run's own store: name another file for those of all.")
    with Store(path) as whole:
        for one in stores:
            with Store(one) as own:
                kept = [(context, evaluation) for context in own.contexts() for evaluation in own.all(context)]
            for context, evaluation in kept:
                whole.put(context, evaluation)
        return len(stores), whole.count()
