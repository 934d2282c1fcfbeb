"""A file from elsewhere changes none of Hydra's own settings by which Hydra writes, imports or runs something."""

from pathlib import Path

import pytest
from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from hydra.core.config_store import ConfigStore

from mobilenas.cli.ahead import check_ahead
from mobilenas.cli.search_path import register
from mobilenas.settings import SettingsError
from tests.cli.test_hostile_files import HEAD, said_to

FILES = {  # what stands below hydra in experiment/mine.yaml, and the setting that is named
    "{run: {dir: victim}, output_subdir: .}": "hydra.run.dir='victim'",
    "{output_subdir: .}": "hydra.output_subdir='.'",
    "{mode: MULTIRUN, sweep: {dir: victim}}": "hydra.sweep.dir='victim'",
    "{mode: MULTIRUN, sweep: {subdir: ../victim}}": "hydra.sweep.subdir='../victim'",
    "{mode: MULTIRUN, output_subdir: ../victim}": "hydra.output_subdir='../victim'",
    "{job: {chdir: true}}": "hydra.job.chdir=True",
    "{job: {env_copy: [HOME]}}": "hydra.job.env_set is not allowed",
    "{launcher: {_target_: os.system}}": "hydra.launcher._target_='os.system'",
    "{sweeper: {max_batch_size: 1}}": "hydra.sweeper.max_batch_size=1",
    "{mode: MULTIRUN, sweeper: {params: {hydra.run.dir: victim}}}": "hydra.run.dir='victim'",
    "{help: {template: mine}}": "hydra.help.template='mine'",
}
HANDLER = "{class: logging.FileHandler, filename: victim/config.yaml, mode: w}"
LOG = f"{{version: 1, handlers: {{x: {HANDLER}}}, root: {{handlers: [x]}}}}"


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "config.yaml").write_text("precious")
    return tmp_path / "victim" / "config.yaml"


def _write(folder: Path, hydras_own: str, name: str = "mine", head: str = "") -> None:
    (folder / "experiment").mkdir(exist_ok=True)
    (folder / "experiment" / f"{name}.yaml").write_text(f"{HEAD}{head}hydra: {hydras_own}\n")


def _refused(*arguments: object) -> str:
    register()
    with pytest.raises(SettingsError) as refused:
        check_ahead([str(one) for one in arguments])
    return "\n".join(refused.value.sentences)


@pytest.mark.parametrize("hydras_own", FILES)
def test_a_file_says_neither_where_hydra_writes_nor_what_it_runs(hydras_own: str, tmp_path: Path) -> None:
    _write(tmp_path, hydras_own)
    assert FILES[hydras_own] in _refused("--config-dir", tmp_path, "experiment=mine")


@pytest.mark.parametrize("flags", [["--multirun", "experiment=mobilenet_v2,mine"], ["--cfg", "job", "experiment=mine"]])
def test_neither_does_a_file_of_one_run_of_a_sweep(flags: list[str], tmp_path: Path) -> None:
    _write(tmp_path, "{output_subdir: ../victim}")
    assert "hydra.output_subdir='../victim' stands in a file" in _refused("--config-dir", tmp_path, *flags)


@pytest.mark.parametrize("place", ["package hydra", "package hydra.run"])
def test_neither_does_a_file_that_another_one_includes(place: str, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "dirs.yaml").write_text(f"# @{place}\n{'run: ' * (place[-3:] != 'run')}{{dir: victim}}\n")
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text(f"{HEAD}defaults: [/more: dirs, _self_]\nseed: 1\n")
    assert "hydra.run.dir='victim' stands in a file" in _refused("--config-dir", tmp_path, "experiment=mine")


def test_what_the_user_writes_on_the_command_line_is_done(tmp_path: Path) -> None:
    _write(
        tmp_path, "{mode: MULTIRUN, sweeper: {params: {seed: '1,2'}}, verbose: true}"
    )  # of which a file may have all
    register()
    own = ["hydra.run.dir=elsewhere", "hydra.output_subdir=.hydra", "hydra.job.chdir=true", "hydra.sweep.subdir=a"]
    check_ahead(["--config-dir", str(tmp_path), "experiment=mine", "stages=[profile]", *own])


@pytest.mark.parametrize("chosen", ["on the command line", "in a file"])
def test_a_plugin_may_be_chosen_anywhere(chosen: str, tmp_path: Path) -> None:
    basic = f"{BasicLauncher.__module__}.{BasicLauncher.__name__}"
    ConfigStore.instance().store(group="hydra/launcher", name="other", node={"_target_": basic, "n_jobs": 1})
    _write(tmp_path, "{verbose: true}", head="defaults: [override /hydra/launcher: other, _self_]\n")
    choice = "hydra/launcher=other" if chosen == "on the command line" else "experiment=mine"
    register()
    check_ahead(["--config-dir", str(tmp_path), "--multirun", choice, "hydra.launcher.n_jobs=3", "seed=1,2"])
    _write(tmp_path, "{launcher: {n_jobs: 5}}", head="defaults: [override /hydra/launcher: other, _self_]\n")
    assert "hydra.launcher.n_jobs=5 stands in a file" in _refused("--config-dir", tmp_path, "experiment=mine")


@pytest.mark.parametrize("flag", [["--help"], ["--hydra-help"], ["--info", "all"], ["--cfg", "all"], ["--multirun"]])
def test_no_flag_makes_a_file_write_a_log(flag: list[str], victim: Path) -> None:
    (victim.parents[1] / "hydra" / "hydra_logging").mkdir(parents=True)
    (victim.parents[1] / "hydra" / "hydra_logging" / "mine.yaml").write_text(LOG)
    _write(victim.parents[1], f"{{hydra_logging: {LOG}}}")
    choice = "hydra/hydra_logging=mine" if flag == ["--hydra-help"] else "experiment=mine"
    assert "hydra.hydra_logging" in said_to(victim.parents[1], choice, *flag)
    assert victim.read_text() == "precious"


def test_no_folder_is_written_to_that_a_file_names(victim: Path) -> None:
    _write(victim.parents[1], "{run: {dir: victim}, output_subdir: .}", head="stages: [profile]\n")
    assert "hydra.run.dir='victim' stands in a file" in said_to(victim.parents[1], "experiment=mine")
    assert [path.name for path in victim.parent.iterdir()] == ["config.yaml"]
    assert victim.read_text() == "precious"


def test_a_main_file_from_elsewhere_imports_no_package(tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text("open('made', 'w')")
    (tmp_path / "mine.yaml").write_text("hydra: {searchpath: ['pkg://evil']}\n")
    said = said_to(tmp_path, "--config-name", "mine")
    assert "/mine.yaml has hydra.searchpath, which may import a package" in said
    assert not (tmp_path / "made").exists()
