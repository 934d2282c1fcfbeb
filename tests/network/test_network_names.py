"""A network's name is a part of paths: it is taken and stays within the run's folder, or it is refused."""

from pathlib import Path

import pytest

from mobilenas.cli.composing import composed
from mobilenas.files.names import check_name
from mobilenas.network import NetworkSpec
from mobilenas.pipeline import plan, run
from mobilenas.settings import SettingsError
from tests.network.network_names import OF_A_FILE, REFUSED, TAKEN
from tests.photos import make_photos

LAYERS = (
    "input: {channels: 3, height: 8, width: 8}\nlayers: [{op: conv, out: 4, kernel: 3}, {op: classifier, classes: 2}]\n"
)
SHAPE, OPS = {"channels": 3, "height": 8, "width": 8}, [{"op": "conv", "out": 4, "kernel": 3}]


def _settings(folder: Path, name: str) -> list[str]:
    return [
        "experiment=moga_a", "data=image_folder", f"data.root={folder / 'photos'}", "data.resolution=8",
        f"network_file={folder / 'mine.yaml'}", "stages=[retrain]", "recipe.epochs=1", "recipe.warmup_epochs=0",
        "recipe.batch_size=8", "data.workers=0", f"outputs={folder / 'outputs'}", f"name={name}", "threads=1",
    ]  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with 24 photos of two classes."""
    make_photos(tmp_path / "photos", 12)
    return tmp_path


def _tree(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("name", TAKEN)
def test_a_run_of_a_network_writes_only_into_its_own_folder(name: str, place: Path) -> None:
    (place / "mine.yaml").write_text(f"name: {name!r}\n{LAYERS}", "utf-8")
    made = plan(composed(*_settings(place, f"'{name}'")), "")
    before = _tree(place)
    run(made)
    new = _tree(place) - before
    assert made.run.folder.parent == place / "outputs"
    assert made.run.folder / "retrain" / name / "result.json" in new
    beside = {path for path in new if not path.is_relative_to(made.run.folder)} - {place / "outputs"}
    assert {path.relative_to(place).parts[:2] for path in beside} <= {
        ("outputs", ".locks"),
        ("outputs", "images"),
        ("outputs", "latency"),
    }


@pytest.mark.parametrize("name", (*REFUSED, *OF_A_FILE), ids=lambda one: ascii(one)[:30])
def test_a_name_that_is_none_is_refused_in_one_sentence(name: str) -> None:
    content = {"name": name, "input": SHAPE, "layers": OPS}
    with pytest.raises(ValueError) as refused:
        NetworkSpec.from_dict(content, "mine.yaml")
    said = str(refused.value)
    assert said.startswith("mine.yaml: name must") and said.isprintable() and len(said) < 300


@pytest.mark.parametrize("name", REFUSED, ids=lambda one: ascii(one)[:30])
def test_a_run_has_no_such_name_either(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mobilenas.cli.trusted import resolve
    from mobilenas.pipeline.settings import read_settings
    from tests.cli.hostile_targets import composed_values

    monkeypatch.chdir(tmp_path)
    values = composed_values("experiment=moga_a")
    for place in ("name", "scale.name"):
        scale = values["scale"]
        assert isinstance(scale, dict)
        changed = {"name": name} if place == "name" else {"scale": scale | {"name": name}}
        with pytest.raises(SettingsError) as refused:
            read_settings(values | changed, resolve)
        (said,) = refused.value.sentences
        assert said.startswith(f"{place} must") and said.isprintable() and len(said) < 300
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", (*TAKEN, *REFUSED, *OF_A_FILE), ids=lambda one: ascii(one)[:30])
def test_a_network_that_has_only_its_files_name_has_a_name_that_is_taken_or_is_refused(
    name: str, tmp_path: Path
) -> None:
    file = tmp_path / f"{name.replace('/', '-')}.yaml"
    try:
        file.write_text(LAYERS)
    except (OSError, ValueError):
        pytest.skip("no file can have this name")
    if name in OF_A_FILE:
        with pytest.raises(ValueError, match="which is the name of another file of a run: choose another name"):
            NetworkSpec.load(file)
    else:
        check_name(NetworkSpec.load(file).name)


def test_the_table_has_forty_names_or_more() -> None:
    assert len(TAKEN) >= 15 and len(REFUSED) >= 40
