"""Checks, before any long work, that the architecture to train is one of the run's search."""

from collections.abc import Iterator

from mobilenas.pipeline.settings import Settings
from mobilenas.stages import Run


def wrong_architecture(settings: Settings, run: Run) -> Iterator[str]:
    """Yields a sentence if ``architecture`` cannot be trained by this run."""
    if not settings.architecture:
        return
    said = f"architecture=[{','.join(map(str, settings.architecture))}]"
    if settings.netadapt or run.networks:
        yield (
            f"{said} is trained instead of the networks that a search chooses, and here no search chooses them: leave"
            " it out, or train the network's YAML file by network_file=..."
        )
        return
    try:
        run.space.check(settings.architecture)
    except ValueError as error:
        yield f"{said} cannot be: {error} Copy it from the page of a run with the same search_space and scale."
