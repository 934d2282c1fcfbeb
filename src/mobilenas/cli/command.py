"""The command ``mobilenas``: it composes the settings, plans the run that they describe, and runs its stages."""

import logging
import sys
from pathlib import Path

import hydra

from mobilenas.cli.ahead import check_ahead
from mobilenas.cli.any_field import settable
from mobilenas.cli.choices import wrong_choices
from mobilenas.cli.ending import sentences
from mobilenas.cli.fine_tuned import fine_tuned
from mobilenas.cli.job import Job, prepare
from mobilenas.cli.sweep import RunFailedError, Sweep
from mobilenas.conf_dir import conf_dir
from mobilenas.settings import SettingsError
from mobilenas.stopped import asked_to_stop, raise_at_sigterm

log = logging.getLogger(__name__)


def main() -> None:
    """Runs the command ``mobilenas``; a user's error ends in one sentence and a non-zero exit status."""
    with sentences():
        prepare()
        raise_at_sigterm()
        if wrong := list(wrong_choices(sys.argv[1:])):
            raise SettingsError(wrong)
        sys.argv[1:] = fine_tuned(settable(sys.argv[1:]))  # from which Hydra takes them
        sweep = check_ahead(sys.argv[1:])
        if sweep:
            _run_sweep(sweep)
        else:
            _launch(Job())


def _launch(job: Job) -> None:
    hydra.main(version_base="1.3", config_path=str(conf_dir()), config_name="config")(job)()


def _run_sweep(sweep: Sweep) -> None:
    """Runs a sweep, compares its runs, and ends with what failed in it, if something did."""
    sweep.begin()
    try:
        _launch(Job(sweep))
    except RunFailedError:
        pass
    except Exception as error:  # of the launcher
        if asked_to_stop() or not any(one.ended for one in sweep.outcomes):
            raise
        sys.stderr.write(f"mobilenas: the launcher has ended: {' '.join(str(error).split()):.500}\n")
    _compare(sweep)
    if summary := sweep.summary:
        sys.exit(summary)


def _compare(sweep: Sweep) -> None:
    """Compares the complete runs of a sweep, or says why they cannot be compared; nothing if they do not search."""
    from mobilenas.comparison import compare_folders, write_comparison
    from mobilenas.comparison.on_terminal import show_comparison

    folders = dict.fromkeys(Path(one.folder) for one in sweep.outcomes if one.folder and not one.failure)
    searched = [one for one in folders if (one / "search").is_dir() or (one / "adapt").is_dir()]
    if len(searched) < 2:
        return
    try:
        comparison = compare_folders(searched)
    except ValueError as error:
        log.info("There is no page that compares the runs: %s", error)
        return
    show_comparison(comparison, write_comparison(comparison, sweep.folder))
