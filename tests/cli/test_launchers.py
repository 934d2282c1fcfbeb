"""Sweeps by Hydra's launchers: a run that fails does not take the others with it, and its reason comes back."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.tiny import MOGA, SMALL, write_inputs
from mobilenas.files.hashes import digest
from mobilenas.hardware import LatencyTable

LAUNCHERS = {
    "basic": (),
    "joblib": ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2"),
    "submitit_local": ("hydra/launcher=submitit_local", "hydra.launcher.timeout_min=10"),
}


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    write_inputs(tmp_path)
    (tmp_path / "short.csv").write_text("".join((tmp_path / "moga.csv").read_text().splitlines(keepends=True)[:-3]))
    return tmp_path


def start(inputs: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [
        sys.executable, "-m", "mobilenas.cli", "experiment=moga", *SMALL, *MOGA, f"data.root={inputs / 'photos'}",
        f"outputs={inputs / 'outputs'}", *arguments, "--multirun",
    ]  # fmt: skip
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=inputs, start_new_session=True
    )


@pytest.mark.slow
@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_one_run_fails_under_each_launcher_and_the_others_are_complete(launcher: str, inputs: Path) -> None:
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    tables = f"hardware.path={inputs / 'moga.csv'},{inputs / 'short.csv'}"
    process = start(inputs, tables, "seed=0,1", "stages=[profile]", *LAUNCHERS[launcher])
    said, _ = process.communicate(timeout=600)
    assert process.returncode == 1, said
    summary = said[said.index("mobilenas: 2 of 4 runs failed; the others are complete:") :].splitlines()
    assert len(summary) == 3, said
    for seed, line in enumerate(summary[1:]):
        assert line.startswith(f"mobilenas:   hardware.path={inputs / 'short.csv'} seed={seed}: ")
        assert "has no row for" in line or "There is no" in line, line
    assert len(list((inputs / "outputs").glob("moga-laptop-s[01]-*/profile/artifact.json"))) == 2


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["basic", "joblib"])
def test_two_devices_and_three_seeds_have_one_supernet_six_searches_and_one_page(launcher: str, inputs: Path) -> None:
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    table = LatencyTable.load(inputs / "moga.csv")
    LatencyTable({key: 2 * ms for key, ms in table.rows.items()}).save(inputs / "slower.csv")
    tables = f"hardware.path={inputs / 'moga.csv'},{inputs / 'slower.csv'}"
    stages = "stages=[profile,supernet,search]"
    process = start(inputs, tables, "seed=0,1,2", "supernet_seed=0", stages, *LAUNCHERS[launcher])
    said, _ = process.communicate(timeout=600)
    assert process.returncode == 0, said
    assert said.count("supernet: random_top1_mean") == 1  # trained once
    assert len({digest(path) for path in inputs.glob("outputs/moga-*/supernet/supernet.safetensors")}) == 1
    assert len(list(inputs.glob("outputs/moga-*/search/artifact.json"))) == 6
    (page,) = inputs.glob("outputs/sweeps/*/index.html")
    assert said.rstrip().endswith(str(page))
    with (page.parent / "groups.csv").open(newline="") as file:
        groups = list(csv.DictReader(file))
    assert [(one["group"], one["runs"]) for one in groups] == [
        (f"hardware.path={inputs / name}", "3") for name in ("moga.csv", "slower.csv")
    ]


@pytest.mark.slow
def test_a_job_that_is_killed_does_not_take_the_others_with_it(inputs: Path) -> None:
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    long, table = "supernet_recipe.epochs=1,100000", f"hardware.path={inputs / 'moga.csv'}"
    process = start(inputs, table, long, "stages=[profile,supernet]", *LAUNCHERS["joblib"])
    end = time.monotonic() + 300
    while not (victim := _busy(inputs)) and time.monotonic() < end:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.1)
    os.kill(victim, signal.SIGKILL)
    try:
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 1
    reason = "its process was ended by SIGKILL; the same command goes on from the last checkpoint."
    assert f"mobilenas:   supernet_recipe.epochs=100000: {reason}" in said
    assert len(list((inputs / "outputs").glob("*/supernet/artifact.json"))) == 1


def _busy(inputs: Path) -> int:
    """The process of the long job, once it trains and the short job has ended; else 0."""
    ends = [json.loads(path.read_text()) for path in inputs.glob("outputs/sweeps/*/runs/*.json")]
    if sum(one["ended"] for one in ends) != 1:
        return 0
    for one in ends:
        if not one["ended"] and list(Path(one["folder"] or "/nowhere").glob("supernet/checkpoints/last.ckpt")):
            return _child(inputs)
    return 0


def _child(inputs: Path) -> int:
    """The process that runs a job apart, in the test's folder, if there is only one."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if b"mobilenas.cli.apart" in (place / "cmdline").read_bytes() and (place / "cwd").readlink() == inputs:
                found.append(int(place.name))
        except OSError:  # it has ended
            continue
    return found[0] if len(found) == 1 else 0
