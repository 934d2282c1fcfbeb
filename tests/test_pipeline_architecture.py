"""The command on the page trains the architecture that is pinned there, as the search's own networks are trained."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from mobilenas.cli.composing import composed
from mobilenas.network import NetworkSpec
from mobilenas.pipeline import plan
from mobilenas.search_space import MoGA
from mobilenas.settings import SettingsError

CANDIDATES = ("e3_k3", "e6_k3")
SPACE = MoGA(0.25, stages=1, blocks=2, hidden=0.25, unstrided=2, candidates=CANDIDATES).space(10, 8)
GIVEN = (
    *("experiment=moga", "scale=laptop", f"search_space.candidates=[{','.join(CANDIDATES)}]", "search_space.stages=1"),
    *("supernet_recipe.epochs=1", "supernet_recipe.least_steps=0", "recipe.epochs=1", "recipe.least_steps=0"),
    *("recipe.init=supernet", "scale.population=4", "scale.generations=2", "choose=1", "hardware=table"),
    *("evaluator.random_architectures=2", "trainer.accelerator=cpu"),
)


def ran(folder: Path, *arguments: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "mobilenas.cli", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stderr


def data_of(run: Path) -> dict:
    text = (run / "report" / "index.html").read_text("utf-8")
    return json.loads(text.partition('id="data">')[2].partition("</script>")[0])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where a search was run, with a space in the name of its table."""
    folder = tmp_path_factory.mktemp("searched")
    rows = "".join(f"{piece.key},1.0\n" for piece in dict.fromkeys(SPACE.pieces))
    (folder / "my phone.csv").write_text(f"layer,latency_ms\n{rows}")
    ran(folder, *GIVEN, "hardware.path='my phone.csv'", "outputs=here")
    return folder


@pytest.mark.slow
def test_the_command_of_the_page_trains_this_architecture_after_the_same_search(folder: Path) -> None:
    (first,) = (folder / "here").glob("moga-laptop-*")
    data = data_of(first)
    chosen = data["networks"][0]["place"]
    other = next(place for place in range(data["count"]) if place != chosen)
    length = len(data["decisions"])
    options = [int(digit, 36) for digit in data["architectures"][other * length : (other + 1) * length]]
    program, *arguments = shlex.split(data["command"].replace(data["place"], ",".join(map(str, options))))
    assert program == "mobilenas"
    said = ran(folder, *arguments)
    assert f"search: taken from here/{first.name}" in said
    (second,) = set((folder / "here").glob("moga-laptop-*")) - {first}
    (trained,) = (second / "retrain").glob("moga-*/weights.safetensors")
    description = second / "report" / f"{trained.parent.name}.yaml"
    assert NetworkSpec.load(description) == SPACE.network(options)
    assert (second / "search" / "told.json").read_bytes() == (first / "search" / "told.json").read_bytes()
    (network,) = data_of(second)["networks"]
    assert network["place"] == other
    assert network["test"] is not None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("architecture=[1,0,7]",), "architecture=[1,0,7] cannot be: An architecture of moga must have 2 decisions"),
        (("architecture=[1,9]",), "architecture=[1,9] cannot be: moga: the option of decision 1 must be from 0 to 1"),
    ],
)
def test_an_architecture_of_another_space_is_refused_before_any_work(
    given: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    space = ("search_space.candidates=[e3_k3,e6_k3]", "search_space.stages=1")
    settings = composed("experiment=moga", *space, f"outputs={tmp_path}", *given)
    with pytest.raises(SettingsError) as error:
        plan(settings, "")
    assert any(sentence.startswith(said) for sentence in error.value.sentences)


@pytest.mark.parametrize("experiment", ["netadapt", "moga_a"])
def test_an_architecture_needs_a_search_that_chooses(experiment: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as error:
        plan(composed(f"experiment={experiment}", f"outputs={tmp_path}", "architecture=[1,2]"), "")
    assert any("no search chooses them" in sentence for sentence in error.value.sentences)


def test_an_architecture_has_a_run_of_its_own(tmp_path: Path) -> None:
    def folder(*given: str) -> Path:
        return plan(composed("experiment=moga", f"outputs={tmp_path}", *given), "").run.folder

    one, other = "architecture=[0,0,0,0,0,0]", "architecture=[1,0,0,0,0,0]"
    assert len({folder(), folder(one), folder(other)}) == 3
    assert folder("architecture=[]") == folder()
