"""A user's package adds parts by an entry point: an operation, a space, and their YAML."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mobilenas.conf_dir import conf_dir
from mobilenas.settings.packages import GROUP

CODE = '''\
"""A space with an operation of its own."""

from dataclasses import dataclass
from typing import ClassVar

from mobilenas.ops import Classifier, Conv, Op, Shape
from mobilenas.search_space import LayerwiseSpace, SpaceSettings
from mobilenas.settings import Factor, settings


@dataclass(frozen=True)
class Blur(Op):
    """The mean of a window, which keeps the map's size."""

    name: ClassVar[str] = "blur"
    carries: ClassVar[bool] = True
    kernel: int = 3

    def output(self, input):
        return input

    def params(self, input):
        return 0

    def macs(self, input):
        return 0

    def key(self, input):
        return f"blur {input} k{self.kernel}"

    def build(self, input):
        from torch import nn

        return nn.AvgPool2d(self.kernel, 1, self.kernel // 2)


@settings
class Blurred(SpaceSettings):
    """Two choices of a window."""

    width: Factor = 1.0

    def space(self, classes, resolution):
        stem = Conv(int(16 * self.width), 3)
        choices = [(Blur(3), Blur(5))] * 2
        return LayerwiseSpace("theirs", Shape(3, resolution, resolution), ((stem,), *choices, (Classifier(classes),)))


OPS = (Blur,)
'''

YAML = """\
# A space of blurs.
# mobilenas search_space=theirs
_target_: their_parts.Blurred
width: ${scale.width}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with the package as it is installed."""
    package, about = tmp_path / "their_parts", tmp_path / "their_parts-1.0.dist-info"
    (package / "conf" / "search_space").mkdir(parents=True)
    about.mkdir()
    (package / "__init__.py").write_text(CODE)
    (package / "conf" / "search_space" / "theirs.yaml").write_text(YAML)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: their-parts\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{GROUP}]\ntheirs = their_parts\n")
    return tmp_path


def _python(site: Path, code: str, *, fails: bool = False) -> str:
    """What a process with the package prints, or its error where it must fail."""
    paths = [str(site), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=300)
    assert (ended.returncode != 0) == fails, ended.stderr
    return ended.stderr.strip() if fails else ended.stdout


COMPOSED = "from mobilenas.cli.composing import composed\n"


def test_a_space_of_a_package_is_chosen_by_its_yaml(site: Path) -> None:
    code = (
        f"{COMPOSED}space = composed('search_space=theirs', 'scale.width=0.5').search_space.space(3, 8)\n"
        "print(space.name, space.options, *(layer.key for layer in space.network([0, 1]).layers[:3]), sep='; ')"
    )
    said = _python(site, code).strip()
    assert said.startswith("theirs; (2, 2); ")
    assert said.endswith("; blur 8x8x8 k3; blur 8x8x8 k5")


def test_an_operation_of_a_package_is_read_from_a_networks_yaml(site: Path) -> None:
    code = (
        "from mobilenas.network import NetworkSpec\n"
        "layers = [{'op': 'conv', 'out': 4, 'kernel': 3}, {'op': 'blur', 'kernel': 5}]\n"
        "network = NetworkSpec.from_dict({'input': {'channels': 3, 'height': 8, 'width': 8}, 'layers': layers})\n"
        "print(NetworkSpec.from_yaml(network.to_yaml()).ops[1])"
    )
    assert _python(site, code).strip() == "Blur(kernel=5)"


def test_the_packages_folder_is_searched_once_however_often_settings_are_composed(site: Path) -> None:
    code = (
        f"{COMPOSED}composed(); composed()\n"
        "from hydra import initialize_config_dir\n"
        "from hydra.core.global_hydra import GlobalHydra\n"
        "from mobilenas.conf_dir import conf_dir\n"
        "with initialize_config_dir(str(conf_dir()), version_base='1.3'):\n"
        "    search_path = GlobalHydra.instance().config_loader().get_search_path()\n"
        "print(*(one.path for one in search_path.get_path()), sep='\\n')"
    )
    places = _python(site, code).splitlines()
    assert places.count(f"file://{site / 'their_parts' / 'conf'}") == 1


@pytest.mark.parametrize("missing", ["no entry point", "another group"])
def test_without_the_entry_point_a_package_is_refused(site: Path, missing: str) -> None:
    points = site / "their_parts-1.0.dist-info" / "entry_points.txt"
    points.write_text("" if missing == "no entry point" else "[console_scripts]\ntheirs = their_parts:main\n")
    named = f"{COMPOSED}composed('search_space._target_=their_parts.Blurred')"
    said = _python(site, named, fails=True)
    assert "search_space: _target_ 'their_parts.Blurred' is not allowed: it must begin with mobilenas." in said
    assert said.endswith("A package allows its own classes by an entry point of the group 'mobilenas'.")
    chosen = f"{COMPOSED}composed('search_space=theirs')"
    assert "Could not find 'search_space/theirs'" in _python(site, chosen, fails=True)


def test_its_classes_can_be_named_and_those_it_imports_from_elsewhere_cannot(site: Path) -> None:
    assert "Blur" in _python(site, "from mobilenas.cli.trusted import resolve; print(resolve('their_parts.Blur'))")
    code = "from mobilenas.cli.trusted import resolve; resolve('their_parts.dataclass')"
    said = _python(site, code, fails=True)
    assert said.endswith("'their_parts.dataclass' is not allowed: it is not a class of mobilenas or their_parts.")


def test_a_name_that_only_begins_as_the_packages_is_refused(site: Path) -> None:
    (site / "their_parts_evil.py").write_text("def run(): ...\n")
    said = _python(site, "from mobilenas.cli.trusted import resolve; resolve('their_parts_evil.run')", fails=True)
    assert "'their_parts_evil.run' is not allowed" in said


def test_the_contract_suites_find_its_parts_and_check_them(site: Path) -> None:
    code = (
        "from mobilenas.testing.suite import checks_of, examples_of\n"
        "for kind, name in (('search_space', 'theirs'), ('operation', 'blur')):\n"
        "    parts = [one.part for key, one in examples_of(kind).items() if key.split('-')[0] == name]\n"
        "    for part in parts:\n"
        "        for check in checks_of(kind):\n"
        "            check(part)\n"
        "    print(kind, len(parts) > 0)"
    )
    assert _python(site, code).splitlines() == ["search_space True", "operation True"]


def test_a_network_of_a_package_is_found_by_its_name(site: Path) -> None:
    folder = site / "their_parts" / "conf" / "network"
    folder.mkdir()
    layers = "[{op: conv, out: 4, kernel: 3}, {op: blur, kernel: 5}]"
    (folder / "blur_net.yaml").write_text(
        f"name: blur_net\ninput: {{channels: 3, height: 8, width: 8}}\nlayers: {layers}\n"
    )
    code = (
        "from mobilenas.network import load_network, network_names\n"
        "print(load_network('blur_net').ops[1], 'moga_a' in network_names())"
    )
    assert _python(site, code).strip() == "Blur(kernel=5) True"


WAY_OUT = "; mend the package their_parts, or uninstall it."


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import a_missing_package", "ModuleNotFoundError: No module named 'a_missing_package'"),
        ("def (", "SyntaxError: invalid syntax (__init__.py, line 1)"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise AttributeError('two\\nlines.')", "AttributeError: two lines"),
        ("raise RuntimeError", "RuntimeError"),
    ],
)
def test_a_package_that_cannot_be_imported_is_named_with_its_error_and_the_way_out(
    site: Path, code: str, reason: str
) -> None:
    (site / "their_parts" / "__init__.py").write_text(f"{code}\n")
    said = _python(site, f"{COMPOSED}composed('search_space=theirs')", fails=True)
    assert said.endswith(f"_target_ 'their_parts.Blurred' cannot be imported: {reason}{WAY_OUT}")
    said = _python(site, "from mobilenas.network import load_network; load_network('moga_a')", fails=True)
    assert said.endswith(
        "ValueError: The package their_parts, which adds parts, cannot be imported: "
        f"{reason}; mend it, or uninstall it."
    )


COMMANDS = {
    "mobilenas, for a search": "from mobilenas.cli import main as run; sys.argv[1:] = ['experiment=moga']; run()",
    "mobilenas, for a network": "from mobilenas.cli import main as run; sys.argv[1:] = ['experiment=moga_a']; run()",
    "mobilenas-describe": "from mobilenas.network.describe import main as run; run(['moga_a'])",
    "mobilenas-tables": "from mobilenas.tables.command import main as run; run([])",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_package_that_cannot_be_imported_ends_each_command_in_one_sentence(site: Path, command: str) -> None:
    (site / "their_parts" / "__init__.py").write_text("def (\n")
    said = _python(site, f"import os, sys; os.chdir({str(site)!r}); {COMMANDS[command]}", fails=True)
    assert said.removeprefix("mobilenas: ") == (
        "The package their_parts, which adds parts, cannot be imported: SyntaxError: invalid syntax"
        " (__init__.py, line 1); mend it, or uninstall it."
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_an_operation_with_the_name_of_one_of_ours_ends_each_command_in_one_sentence(site: Path, command: str) -> None:
    (site / "their_parts" / "__init__.py").write_text(CODE.replace('"blur"', '"conv"'))
    said = _python(site, f"import os, sys; os.chdir({str(site)!r}); {COMMANDS[command]}", fails=True)
    assert said.removeprefix("mobilenas: ") == (
        "Two operations are called 'conv', mobilenas.ops.conv.Conv and their_parts.Blur: give one of them another"
        " name, or uninstall the package their_parts."
    )


@pytest.mark.parametrize("folder", ["search_space", "network"])
def test_a_yaml_with_the_name_of_one_of_ours_is_refused(site: Path, folder: str) -> None:
    ours = next((conf_dir() / folder).glob("moga*.yaml"))
    theirs = site / "their_parts" / "conf" / folder / ours.name
    theirs.parent.mkdir(exist_ok=True)
    theirs.write_text(YAML)
    for code in (f"{COMPOSED}composed()", "from mobilenas.network import load_network; load_network('mobilenet_v2')"):
        assert _python(site, code, fails=True).endswith(
            f"ValueError: {theirs} of the package their_parts has the name of {ours}, so one of them would never be"
            " read: rename the file of the package, or uninstall the package."
        )
    said = _python(site, "import sys; from mobilenas.cli import main; sys.argv[1:] = ['--help']; main()", fails=True)
    assert said.startswith(f"mobilenas: {theirs} of the package their_parts has the name of {ours}")
    assert len(said.splitlines()) == 1


EVALUATOR = '''\
"""An evaluator of one's own that reads a supernet."""

from mobilenas.evaluator import SUPERNET, Scoring
from mobilenas.settings import settings


@settings
class Raw(Scoring):
    """Scores every architecture by a supernet as it is."""

    needs = (SUPERNET,)

    def evaluator(self, given):
        raise NotImplementedError

    def in_words(self, recipe):
        return "as it is"
'''


def test_an_evaluator_of_a_package_that_reads_a_supernet_has_one_trained(site: Path) -> None:
    (site / "their_parts" / "__init__.py").write_text(EVALUATOR)
    folder = site / "their_parts" / "conf" / "evaluator"
    folder.mkdir()
    (folder / "raw.yaml").write_text("# Scores by raw weights.\n_target_: their_parts.Raw\nbatch_size: 64\n")
    code = (
        f"{COMPOSED}from mobilenas.pipeline import plan\n"
        "made = plan(composed('scale=laptop', 'evaluator=raw', 'data.search_images=0.2'), '')\n"
        "print(*(stage.name for stage in made.wanted))"
    )
    assert _python(site, code).strip() == "profile supernet search retrain report"
