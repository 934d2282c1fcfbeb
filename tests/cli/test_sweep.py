"""What became of each run of a sweep is told at the end, wherever the run was."""

import signal
from contextlib import suppress
from pathlib import Path

import pytest

from mobilenas.cli.ahead import check_ahead
from mobilenas.cli.apart import _check
from mobilenas.cli.search_path import register
from mobilenas.cli.sweep import JobEnd, RunFailedError, Sweep, sweep_of
from mobilenas.settings import SettingsError
from mobilenas.stopped import Terminated, forget_stops, raise_at_sigterm


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    found = sweep_of(
        tmp_path, ["experiment=moga", "seed=0,1,2,3"], [("experiment=moga", f"seed={n}") for n in range(4)]
    )
    found.begin()
    return found


def test_a_sweep_tells_each_error_when_it_comes_up_and_names_the_runs_and_the_reasons_at_the_end(
    sweep: Sweep, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed, error in enumerate([None, SettingsError(["seed is\nwrong."]), None, RuntimeError("a fault")]):
        try:
            with sweep.one_run(seed, ["experiment=moga", f"seed={seed}"]):
                if error:
                    raise error
        except RunFailedError as failed:
            assert str(failed) == f"experiment=moga seed={seed}"
    said = capsys.readouterr().err
    assert "mobilenas: seed is wrong.\n" in said
    assert "Traceback" in said and "RuntimeError: a fault" in said  # a fault of the program shows its place
    assert sweep.summary == (
        "mobilenas: 2 of 4 runs failed; the others are complete:\n"
        "mobilenas:   seed=1: seed is wrong.\n"
        "mobilenas:   seed=3: RuntimeError: a fault (its traceback is above)"
    )


def test_a_sweep_without_a_failure_has_no_summary_and_knows_the_folders(sweep: Sweep, tmp_path: Path) -> None:
    for number in range(4):
        with sweep.one_run(number, [f"seed={number}"]) as note_folder:
            note_folder(tmp_path / str(number))
    assert sweep.summary == ""
    assert [Path(one.folder) for one in sweep.outcomes] == [tmp_path / str(number) for number in range(4)]


def test_runs_that_were_not_begun_and_runs_without_an_end_have_failed(sweep: Sweep) -> None:
    with sweep.one_run(0, ["seed=0"]):
        pass
    sweep.note(JobEnd(1, ("seed=1",)))
    reasons = [one.failure for one in sweep.outcomes]
    assert reasons == ["", "its process has ended without a word", "it was not begun", "it was not begun"]


def test_the_same_command_forgets_how_its_runs_ended_before(sweep: Sweep) -> None:
    sweep.note(JobEnd(0, ("seed=0",), ended=True, failure="a fault"))
    sweep.begin()
    assert sweep.outcome(0) is None


def test_a_stop_ends_the_whole_sweep(sweep: Sweep) -> None:
    with pytest.raises(KeyboardInterrupt), sweep.one_run(0, ["seed=1"]):
        raise KeyboardInterrupt


def test_an_error_that_follows_a_swallowed_stop_ends_the_whole_sweep(sweep: Sweep) -> None:
    raise_at_sigterm()
    with pytest.raises(Terminated), sweep.one_run(0, ["seed=1"]):
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        raise ValueError("There is no setting 'layers'.")
    forget_stops()
    with pytest.raises(RunFailedError), sweep.one_run(1, ["seed=2"]):  # a later command
        raise ValueError("There is no setting 'layers'.")


def test_the_folder_of_a_sweep_says_its_experiment_and_is_that_of_the_same_settings(tmp_path: Path) -> None:
    given = ["experiment=moga,fbnet", "seed=0,1"]
    folder = sweep_of(tmp_path, given, []).folder
    assert folder.name.startswith("moga-fbnet-")
    assert folder == sweep_of(tmp_path, [*reversed(given), "fresh=true"], []).folder
    assert folder != sweep_of(tmp_path, [given[0], "seed=0,2"], []).folder


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (-signal.SIGKILL, "its process was ended by SIGKILL"),
        (128 + signal.SIGTERM, "its process was ended by SIGTERM"),
        (7, "its process has ended with status 7"),
    ],
)
def test_a_job_whose_process_was_ended_has_failed_with_the_signal_as_its_reason(
    status: int, reason: str, sweep: Sweep
) -> None:
    sweep.note(JobEnd(2, ("seed=2",)))
    with pytest.raises(RunFailedError, match="seed=2"):
        _check(sweep, 2, status)
    assert f"seed=2: {reason}; the same command goes on from the last checkpoint." in sweep.summary


@pytest.mark.parametrize(
    "launcher",
    [
        ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "hydra.launcher.verbose=10"],
        ["hydra/launcher=submitit_local", "hydra.launcher.timeout_min=600", "hydra.launcher.mem_gb=8"],
        [
            *("hydra/launcher=submitit_slurm", "hydra.launcher.partition=gpu", "hydra.launcher.gpus_per_node=1"),
            *("hydra.launcher.array_parallelism=4", "hydra.launcher.setup=[module load cuda]"),
            "+hydra.launcher.additional_parameters.mail-type=END",
        ],
    ],
)
def test_the_launchers_may_be_chosen_with_their_own_settings(launcher: list[str], tmp_path: Path) -> None:
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    register()
    found = check_ahead(["seed=0,1", f"outputs={tmp_path}", *launcher, "--multirun"])
    assert found and found.folder.parent == tmp_path / "sweeps"
    assert [dict(part.split("=") for part in one)["seed"] for one in found.planned] == ["0", "1"]
