"""The kinds of inputs, and the tiny runs that their valid seeds come from."""

from pathlib import Path

from bench import tiny
from bench.fuzz import inputs, runs, settings
from bench.fuzz.target import Target


def kinds(folder: Path) -> dict[str, tuple[float, list[Target]]]:
    """Returns the share of all inputs and the targets of each kind.

    Args:
        folder: has the inputs and a finished run of each preset, as ``finished`` writes them
    """
    moga, netadapt = (next((folder / "outputs").glob(f"{name}-*")) for name in ("moga", "netadapt"))
    return {
        "networks": (3, list(inputs.networks(folder, moga))),
        "tables": (4, list(inputs.tables(folder, moga))),
        "overrides": (1.5, list(settings.overrides(folder))),
        "configs": (1.5, list(settings.configs(folder))),
        "records": (6, [*runs.records(moga, netadapt), *runs.marks(moga)]),
        "store": (3, list(runs.store(folder))),
        "weights": (3, list(runs.weights(moga, netadapt))),
        "checkpoints": (1.5, list(runs.checkpoints(moga))),
        "images": (4, list(inputs.images(folder))),
        "indices": (2.5, list(inputs.indices(folder))),
    }


def finished(folder: Path) -> None:
    """Writes the inputs, and makes a finished run of each preset."""
    tiny.write_inputs(folder)
    for preset in ("moga", "netadapt"):
        words = tiny.arguments(preset, folder, folder / "outputs")
        assert tiny.command(words, folder / "said.txt", 300) == 0, (folder / "said.txt").read_text()
