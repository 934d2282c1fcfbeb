"""Checks, before the first stage, the files that the settings name, and the folders that will be written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile

from mobilenas.evaluation import Store
from mobilenas.files.network_disk import network_file_system
from mobilenas.files.paths import path_of
from mobilenas.hardware import TableHardware
from mobilenas.hardware.chains import check_enough
from mobilenas.pipeline.artifacts import artifacts_of, made_of
from mobilenas.pipeline.settings import Settings
from mobilenas.stages import Run, Stage


def check_places(settings: Settings, run: Run, names: set[str]) -> None:
    """Checks one place after the other.

    Args:
        settings: the settings of the run
        run: its space and its networks
        names: the stages that are asked for and not complete

    Raises:
        ValueError: a place cannot be what its setting says; the error names the setting
    """
    check_folder("outputs", path_of(settings.outputs))
    hardware = settings.hardware
    if "profile" in names and isinstance(hardware, TableHardware):
        hardware.load()
    if "profile" in names and (device := hardware.at_hand):
        check_folder("hardware.cache", path_of(device.cache))
        check_enough(run.space, device.sample_size)
    if names & {"search", "adapt"} and settings.store:
        _check_store(path_of(settings.store))
    if "search" in names and settings.evaluator.given_weights:
        from mobilenas.supernet import load_supernet

        load_supernet(run.layerwise, path_of(settings.evaluator.given_weights))


def check_folder(name: str, folder: Path) -> None:
    """Raises ValueError unless files can be written into a folder, which may be made for them."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not there.is_dir():
        raise ValueError(f"{name}={folder} cannot be a folder, because {there} is a file: choose another folder.")
    try:
        with TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise ValueError(f"{name}={folder} cannot be written: {error.strerror}; choose another folder.") from None


def _check_store(path: Path) -> None:
    if kind := network_file_system(path):
        raise ValueError(
            f"store={path} is on a network file system ({kind}), where the locks of SQLite do not keep runs on several"
            " machines apart: leave out store, so that each run has its own, and put them together afterwards with"
            " mobilenas-compare RUN... --store FILE."
        )
    if path.exists() and not path.is_file():
        raise ValueError(f"store={path} is not a file: name a file, for example {path / 'evaluations.sqlite'}.")
    if path.exists():
        Store(path).close()
    else:
        if not path.absolute().parent.is_dir():
            raise ValueError(f"store={path} is in a folder that is not there: make the folder, or name another file.")
        check_folder("store", path.absolute().parent)


def check_report(stages: Sequence[Stage], asked: Sequence[str]) -> None:
    """Raises ValueError if the report is asked for alone, and there is nothing that it could show."""
    if set(asked) == {"report"} and not made_of(stages, artifacts_of(stages)):
        needed = ",".join(stage.name for stage in stages if not stage.unneeded)
        raise ValueError(
            f"The stage report has nothing to show, because no stage is complete in {stages[0].run.folder}: write"
            f" stages=[{needed}]."
        )


def check_weights(settings: Settings) -> None:
    """Raises ValueError unless the given weights of a supernet are a file."""
    weights = settings.evaluator.given_weights
    if weights and not path_of(weights).is_file():
        raise ValueError(f"evaluator.weights={weights} is not a file: give the path of a supernet's weights.")
