"""The pages that commands write are up to date, and have everything that they should have."""

import re

import pytest

from mobilenas.cli.composing import composed
from mobilenas.conf_dir import conf_dir
from mobilenas.network import NetworkSpec
from mobilenas.network.heads.base import heads
from mobilenas.ops import operations
from mobilenas.settings import SettingsError
from tests.docs import networks_page, settings_page

SETTINGS = settings_page.PAGE.read_text("utf-8")
NETWORKS = networks_page.PAGE.read_text("utf-8")
GROUPS = sorted(path.name for path in conf_dir().iterdir() if path.is_dir())


def test_the_page_of_settings_is_up_to_date() -> None:
    assert settings_page.page() == SETTINGS, "docs/settings.md is out of date: run python -m tests.docs.settings_page"


def test_the_tables_of_the_page_of_networks_are_up_to_date() -> None:
    assert networks_page.page() == NETWORKS, "docs/networks.md is out of date: run python -m tests.docs.networks_page"


@pytest.mark.parametrize("group", GROUPS)
def test_every_option_has_a_row(group: str) -> None:
    section = _section(SETTINGS, f"## {group}", "## ")
    for path in sorted((conf_dir() / group).glob("*.yaml")):
        assert f"| `{path.stem}` | " in section


# The command's own errors list all settings of a part.
@pytest.mark.parametrize(
    ("overrides", "place"),
    [
        ("", "recipe"),
        ("", "hardware"),
        ("", "hardware.engine"),
        ("", "scale"),
        ("algorithm=ppo objective=latency_reward", "algorithm"),
        ("experiment=fbnet", "method"),
        ("hardware=android hardware.engine.binary=x", "hardware.engine"),
        ("executor=ray", "executor"),
    ],
)
def test_every_setting_that_an_error_lists_has_a_row(overrides: str, place: str) -> None:
    with pytest.raises(SettingsError) as error:
        composed(*overrides.split(), f"{place}.qqqqqq=1")
    listed = re.findall(r"choose from (.+)\.$", str(error.value))[0].split(", ")
    assert len(listed) > 3
    for name in listed:
        assert f"| `{place}.{name}` | " in SETTINGS


@pytest.mark.parametrize("name", [*operations(), *heads()])
def test_every_field_that_an_error_lists_has_a_row(name: str) -> None:
    rows = re.findall(r"^\| `(\w+)` \|", _section(NETWORKS, f"### `{name}`", "##"), re.MULTILINE)
    without_expansion = {"expanded"} if name == "sepconv" else set()  # the error lists it, and the operation refuses it
    assert set(_fields_in_error(name)) - without_expansion == set(rows)


def test_the_network_of_the_page_is_one() -> None:
    network = NetworkSpec.from_yaml(re.findall(r"```yaml\n(name: .*?)```", NETWORKS, re.DOTALL)[0])
    assert (network.name, network.classes, len(network.layers)) == ("mine", 10, 7)


def _fields_in_error(name: str) -> list[str]:
    """The fields of an operation or head, as the error for an unknown one lists them."""
    needed = "expanded: 8, " if name in ("mbconv", "uib") else ""
    line = f"{{op: {name}, {needed}qqqqqq: 1}}"
    ending = f"layers: [{{op: conv, out: 8, kernel: 3}}]\nhead: {line}" if name in heads() else f"layers: [{line}]"
    with pytest.raises(ValueError, match="has no field") as error:
        NetworkSpec.from_yaml(f"input: {{channels: 3, height: 8, width: 8}}\n{ending}")
    said = re.findall(r"[Ii]t has (.+)\.$", str(error.value))[0]
    return [] if said == "none" else said.split(", ")


def _section(text: str, title: str, mark: str) -> str:
    """What stands between a title and the next one."""
    begin = text.index(f"\n{title}\n") + len(title) + 2
    end = text.find(f"\n{mark}", begin)
    return text[begin : end if end >= 0 else None]
