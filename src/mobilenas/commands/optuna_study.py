"""``mobilenas-optuna`` writes the evaluations of a search into an Optuna study, which ``optuna-dashboard`` shows."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from warnings import catch_warnings, simplefilter

from mobilenas.files.paths import path_of
from mobilenas.network.arguments import one_sentence
from mobilenas.progress import Progress
from mobilenas.settings.words import counted

if TYPE_CHECKING:
    import optuna

    from mobilenas.commands.evaluated import Evaluated
    from mobilenas.evaluation import Evaluation

ARCHITECTURE, WHY = "architecture", "failure"
"""Attributes of a trial: its options as numbers, and the reason of a failure."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Exports the evaluations that the command line names; exits with status 2 and one sentence if it cannot."""
    parser = _parser()
    options = parser.parse_args(arguments)
    with one_sentence(parser):
        from mobilenas.commands.evaluated import read_evaluated

        evaluated = read_evaluated(options.place, options.context)
        study = open_study(options.storage, options.study or evaluated.name, evaluated)
        added = export_trials(study, evaluated)
        there = len(evaluated.evaluations) - added
        sys.stdout.write(
            f"{study.study_name} in {options.storage}: {counted(added, 'trial')} added, {there:,} were there already;"
            f" show them: optuna-dashboard {options.storage}\n"
        )


def open_study(storage: str, name: str, evaluated: Evaluated) -> optuna.Study:
    """Returns the study of a name, which is made if it is not there.

    Args:
        storage: the address of a database, as ``sqlite:///study.db``
        name: the name
        evaluated: its figures are the objectives

    Raises:
        ValueError: Optuna is not installed, there is no such storage, or the study has other objectives
    """
    try:
        import optuna
    except ModuleNotFoundError:
        raise ValueError("mobilenas-optuna needs the package optuna: pip install 'mobilenas[optuna]'.") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    best, least = optuna.study.StudyDirection.MAXIMIZE, optuna.study.StudyDirection.MINIMIZE
    directions = [best] * len(evaluated.maximize) + [least] * len(evaluated.minimize)
    with _errors(storage):
        study = optuna.create_study(storage=storage, study_name=name, directions=directions, load_if_exists=True)
        names = study.metric_names or list(evaluated.figures)
        if study.directions != directions or names != list(evaluated.figures):
            raise ValueError(
                f"The study {name} in {storage} has other objectives ({', '.join(names)}) than these evaluations"
                f" ({', '.join(evaluated.figures)}): choose another name with --study."
            )
        with catch_warnings():
            simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.set_metric_names(list(evaluated.figures))
    return study


def export_trials(study: optuna.Study, evaluated: Evaluated) -> int:
    """Adds a trial for each evaluation that the study does not have; returns their number."""
    from optuna.distributions import BaseDistribution, CategoricalDistribution
    from optuna.trial import TrialState, create_trial

    known = {(one.user_attrs.get(ARCHITECTURE), WHY in one.user_attrs) for one in study.get_trials(deepcopy=False)}
    new = [one for one in evaluated.evaluations if (_text(one), one.failure is not None) not in known]
    distributions: dict[str, BaseDistribution] = {
        name: CategoricalDistribution(options)
        for name, options in zip(evaluated.decisions, evaluated.options, strict=True)
    }
    with Progress("optuna", len(new), "trial") as progress:
        for one in new:
            chosen = (options[option] for options, option in zip(evaluated.options, one.architecture, strict=True))
            figures = [float(getattr(one, figure)) for figure in evaluated.figures]
            others = {"macs": one.macs} | ({WHY: one.failure} if one.failure is not None else {})
            study.add_trial(
                create_trial(
                    state=TrialState.COMPLETE if one.failure is None else TrialState.FAIL,
                    values=figures if one.failure is None else None,
                    params=dict(zip(evaluated.decisions, chosen, strict=True)),
                    distributions=distributions,
                    user_attrs={ARCHITECTURE: _text(one)} | others,
                )
            )
            progress.advance()
    return len(new)


def _text(evaluation: Evaluation) -> str:
    return " ".join(map(str, evaluation.architecture))


@contextmanager
def _errors(storage: str) -> Iterator[None]:
    """Names the storage in errors of Optuna and of the database."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise ValueError(
            f"--storage {storage} cannot be opened: {reason:.200}; write sqlite:///FILE, for example sqlite:///study.db."
        ) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mobilenas-optuna",
        description="Write the evaluations of a search into an Optuna study: one trial for each architecture, whose"
        " parameters are its decisions. Trials that the study has already are not added again.",
    )
    parser.add_argument(
        "place", metavar="RUN_OR_STORE", type=path_of, help="the folder of a run, or a file evaluations.sqlite"
    )
    parser.add_argument("--storage", metavar="URL", required=True, help="for example sqlite:///study.db")
    parser.add_argument("--study", metavar="NAME", help="the name of the study; by default that of the run")
    parser.add_argument("--context", metavar="C", help="of a store with the evaluations of several searches")
    return parser


if __name__ == "__main__":
    main()
