"""Every setting that is a path: ``~`` is the home folder, a strange name works, and what cannot be is told at once."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest

from mobilenas.cli.composing import composed
from mobilenas.data.normalization import IMAGENET
from mobilenas.files.tensors import write_tensors
from mobilenas.hardware import LatencyTable
from mobilenas.hardware.profile import layers_of
from mobilenas.network import NetworkSpec
from mobilenas.pipeline import plan
from mobilenas.settings import SettingsError
from mobilenas.settings.typed import annotations_of
from mobilenas.supernet import Supernet, save_supernet
from mobilenas.training.weights import about_weights
from tests.photos import make_photos

PATHS = {  # settings that are paths, and what chooses their group
    "outputs": "", "store": "", "network_file": "", "evaluator.weights": "", "hardware.cache": "",
    "hardware.path": "hardware=table hardware.path=x", "data.root": "data=image_folder data.root=x",
    "data.cache": "data=image_folder data.root=x", "weights": "", "recipe.teacher": "",
}  # fmt: skip
NO_PATHS = {  # texts of another meaning
    "name", "scale.name", "trainer.accelerator", "trainer.strategy", "executor.address", "logger.project",
    "supernet_recipe.teacher",  # a supernet has none
    "hardware.host", "hardware.python",  # a machine, and a path there
}  # fmt: skip
SMALL = ("experiment=moga", "search_space.stages=1", "threads=1", "data.workers=0")
STRANGE = ("a b", "über", "🚀", "日本", "-rf", "a;b", "[x]", "x" * 240, "a'b", "%s", "${x}")


def texts(settings: Any, place: str = "") -> Iterator[str]:
    """Every setting that takes any text."""
    for one in fields(settings):
        value, name = getattr(settings, one.name), f"{place}.{one.name}".lstrip(".")
        if is_dataclass(value) and not isinstance(value, NetworkSpec):
            yield from texts(value, name)
        elif _is_text(annotations_of(type(settings))[one.name]):
            yield name


def _is_text(annotation: object) -> bool:
    arguments = get_args(annotation)
    return annotation is str or (get_origin(annotation) not in (tuple, Mapping) and any(map(_is_text, arguments)))


def test_every_text_among_the_settings_is_a_path_that_is_tried_here_or_has_another_meaning() -> None:
    chosen = (
        "", "data=image_folder data.root=x", "data=cifar10", "data=imagenet", "hardware=table hardware.path=x",
        "hardware=predictor", "logger=wandb", "experiment=netadapt", "evaluator=proxy_task", "executor=ray",
    )  # fmt: skip
    found = {name for one in chosen for name in texts(composed(*one.split()))}
    assert found <= PATHS.keys() | NO_PATHS
    assert PATHS.keys() <= found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with photos, a table, a supernet and a network; the working folder is beside it."""
    folder = tmp_path / "home"
    make_photos(folder / "photos", 20)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("MPLCONFIGDIR", str(_made(tmp_path / "cache")))  # else matplotlib writes into the home folder
    monkeypatch.chdir(_made(tmp_path / "work"))
    space = composed(*SMALL).search_space.space(2, 8)
    LatencyTable(dict.fromkeys(layers_of(space), 0.1)).save(folder / "phone.csv")
    save_supernet(Supernet(space), folder / "supernet.safetensors")  # type: ignore[arg-type]
    layers = [{"op": "conv", "out": 4, "kernel": 3}, {"op": "classifier", "classes": 2}]
    network = NetworkSpec.from_dict({"input": {"channels": 3, "height": 8, "width": 8}, "layers": layers})
    (folder / "mine.yaml").write_text(network.to_yaml())
    weights = network.build().state_dict()
    write_tensors(folder / "mine.safetensors", weights)
    about = about_weights(network, IMAGENET, ("cat", "dog"))
    write_tensors(_made(folder / "a_run" / "retrain" / "mine") / "weights.safetensors", weights, about)
    return folder


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _arguments(place: str) -> list[str]:
    """A run whose paths are all in a folder."""
    return [
        "data=image_folder", f"data.root='{place}/photos'", "data.resolution=8", f"data.cache='{place}/cache'",
        "hardware=table", f"hardware.path='{place}/phone.csv'", f"outputs='{place}/out'", "recipe.batch_size=8",
        "supernet_recipe.batch_size=8",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["~", *STRANGE], ids=lambda one: ascii(one)[:20])
def test_all_paths_may_be_in_the_home_folder_or_in_one_with_a_strange_name(name: str, home: Path) -> None:
    place = home if name == "~" else shutil.copytree(home, home.parent / name)
    given = "~" if name == "~" else str(place).replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\${")
    search = [
        "stages=[profile,search]",
        f"store='{given}/e.sqlite'",
        f"evaluator.weights='{given}/supernet.safetensors'",
    ]
    made = plan(composed(*SMALL, *_arguments(given), *search), "")
    assert made.run.folder.parent == place / "out"
    _ = made.run.data.fingerprint  # decodes the images
    assert list((place / "cache").glob("*.pixels"))
    network = ["experiment=moga_a", "stages=[retrain]", f"network_file='{given}/mine.yaml'"]
    assert plan(composed(*network, *_arguments(given)), "").run.networks[0].params > 0
    trained = [f"weights='{given}/mine.safetensors'", f"recipe.teacher='{given}/a_run'"]
    run = plan(composed(*network, *_arguments(given), *trained), "").run
    assert run.weights and run.teacher and run.teacher.classes == 2
    assert not list(Path.cwd().iterdir())


def test_the_cache_of_measurements_may_be_in_the_home_folder(home: Path) -> None:
    device = composed(*SMALL, "hardware.cache='~/latency'").hardware.at_hand
    assert device and device._memory.parent == home / "latency"


def test_a_sweep_makes_no_folder_that_is_called_by_the_tilde(home: Path) -> None:
    code = "from mobilenas.cli import main; main()"
    arguments = [*SMALL, *_arguments("~"), "stages=[profile]", "seed=0,1", "--multirun"]
    ended = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
    assert len(list((home / "out").glob("*/profile/artifact.json"))) == 2
    assert not list(Path.cwd().iterdir())


MINE = ("network_file='~/mine.yaml'", "stages=[retrain]")
LATE = (  # overrides with a place that cannot be, and what is said
    (("outputs=file",), "outputs=file cannot be a folder, because file is a file: choose another folder."),
    (("outputs=file/deep/er",), "outputs=file/deep/er cannot be a folder, because "),
    (("outputs='~no_one_/x'",), "~no_one_/x: there is no home folder ~no_one_; write ./~no_one_ for a folder of this"),
    (("outputs=/proc/x",), "outputs=/proc/x cannot be written: "),
    (("hardware.cache=file", "hardware=cpu"), "hardware.cache=file cannot be a folder"),
    (("store=folder",), "store=folder is not a file: name a file, for example folder/evaluations.sqlite."),
    (("store=nowhere/e.sqlite",), "store=nowhere/e.sqlite is in a folder that is not there"),
    (("store=/dev/null",), "store=/dev/null is not a file"),
    (("store=/proc/e.sqlite",), "store=/proc cannot be written: "),
    (("store=file",), "file cannot be opened as a store of evaluations: file is not a database; name another file"),
    (("evaluator.weights=nowhere",), "evaluator.weights=nowhere is not a file: give the path"),
    (("evaluator.weights=folder",), "evaluator.weights=folder is not a file: give the path"),
    (("evaluator.weights=file",), "file holds no whole safetensors weights"),
    (("evaluator.weights=other.safetensors",), "other.safetensors was trained for another search space"),
    (("hardware.path=nowhere.csv",), "nowhere.csv cannot be read: No such file or directory."),
    (("hardware.path=folder",), "hardware.path=folder is not a file: give the path of a table or a predictor."),
    (("hardware.path=/dev/zero",), "hardware.path=/dev/zero is not a file"),
    (("hardware.path=huge",), "hardware.path=huge has more than 100,000,000 bytes"),
    (("hardware.path=file",), "file must have the columns layer,latency_ms, but it has 'no table'."),
    (("hardware.path=twice.csv",), "twice.csv has more than one row for 'skip'."),
    (("hardware=cpu", "hardware.fit_networks=1000000"), "architectures, but 1000050 different ones are needed"),
    (("network_file=folder", "stages=[retrain]"), "network_file=folder can't be read: Is a directory; give the path"),
    (("network_file=/dev/zero", "stages=[retrain]"), "/dev/zero is not a file."),
    ((*MINE, "weights=nowhere"), "weights=nowhere is not there: give a file of weights, the folder of a run, publish"),
    ((*MINE, "weights=folder"), "folder has no trained weights (weights.safetensors): name a run whose stage retrain"),
    ((*MINE, "weights=file"), "file needs a pickle, which may run any program, or it is damaged: save"),
    ((*MINE, "weights=/dev/zero"), "/dev/zero is not a file"),
    ((*MINE, "+recipe.teacher=nowhere"), "recipe.teacher=nowhere: there is no such network and no such file"),
    ((*MINE, "+recipe.teacher=file"), "recipe.teacher=file: file does not describe its network: name the folder"),
    ((*MINE, "+recipe.teacher=folder"), "recipe.teacher=folder: folder has no trained weights (weights.safetensors)"),
    (("stages=[report]",), "write stages=[profile,supernet,search,retrain,report]."),
)  # fmt: skip


@pytest.mark.parametrize(("overrides", "said"), LATE, ids=lambda one: str(one)[:40])
def test_a_place_that_cannot_be_is_told_before_the_first_stage_and_no_folder_is_made(
    overrides: tuple[str, ...], said: str, home: Path
) -> None:
    Path("file").write_text("no table")
    Path("folder").mkdir()
    with Path("huge").open("wb") as file:
        file.truncate(10**9)
    Path("twice.csv").write_text("layer,latency_ms\nskip,0.0\nskip,0.0\n")
    save_supernet(Supernet(composed(*SMALL).search_space.space(5, 8)), Path("other.safetensors"))  # type: ignore[arg-type]
    before = {path: path.stat().st_mtime_ns for path in home.parent.rglob("*") if "cache" not in path.parts}
    hardware = [] if "hardware=cpu" in overrides else ["hardware=table", f"hardware.path={home}/phone.csv"]
    given = [*SMALL, f"data.root={home}/photos", "data=image_folder", "data.cache=null", "data.resolution=8", *hardware]
    small = ["recipe.batch_size=8", "supernet_recipe.batch_size=8"]
    with pytest.raises(SettingsError) as refused:
        plan(composed(*given, *small, *sorted(overrides, key=lambda one: "." in one)), "")
    (sentence,) = refused.value.sentences
    assert said in sentence and "\n" not in sentence
    assert {path: path.stat().st_mtime_ns for path in home.parent.rglob("*") if "cache" not in path.parts} == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_folder_that_may_not_be_written_is_named(home: Path) -> None:
    Path("locked").mkdir(mode=0o500)
    with pytest.raises(SettingsError, match=r"^outputs=locked/out cannot be written: Permission denied"):
        plan(composed(*SMALL, *_arguments("~"), "outputs=locked/out"), "")


def test_a_store_on_another_machine_is_told_with_the_way_out(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mobilenas.pipeline.places.network_file_system", lambda path: "nfs4")
    given = [*SMALL, f"data.root={home}/photos", "data=image_folder", "data.cache=null", "data.resolution=8"]
    small = ["recipe.batch_size=8", "supernet_recipe.batch_size=8", "hardware=table", f"hardware.path={home}/phone.csv"]
    with pytest.raises(SettingsError) as refused:
        plan(composed(*given, *small, "store=e.sqlite"), "")
    assert "store=e.sqlite is on a network file system (nfs4)" in str(refused.value)
    assert "mobilenas-compare RUN... --store FILE" in str(refused.value)
    plan(composed(*given, *small), "")
