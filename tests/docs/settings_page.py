"""Writes docs/settings.md: every group, option and field, from the settings' classes and the files of ``conf/``."""

import re
from collections.abc import Iterator
from dataclasses import Field
from pathlib import Path
from typing import Any

from mobilenas.conf_dir import conf_dir
from mobilenas.network.published import load_network
from mobilenas.pipeline.scale import Scale
from mobilenas.pipeline.settings import Settings
from mobilenas.settings.typed import annotations_of
from mobilenas.settings.words import in_words
from tests.docs.grids import code, first_sentence, grid, meanings
from tests.docs.options import Part, about, options, own_fields, parts, users_of_scale

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
HEAD = """# All settings

Every group, option and setting, with type, range, default and meaning. A setting is written `name=value` on the command
line, for example `recipe.epochs=10`. An option of a group is chosen by `group=option`, for example `recipe=fine_tune`;
then the settings of this option are those of its table.

The defaults are those of the files in `conf/`. A scale or an experiment replaces some of them: `scale.epochs, else 350`
means that the scale gives the number, and that it is 350 if the scale has none. `0.9; 0.99 (fbnet)` means .99 in the
option `fbnet` and .9 in all others. `mobilenas experiment=moga --cfg job` prints the values that a command has.
[Wrong values](wrong_values.md) shows what the command says to values out of range.

`python -m tests.docs.settings_page` writes this page, and a test fails if the page is out of date.
"""
GROUPS = {
    "search_space": "The networks among which a search chooses.",
    "method": "How the weights of a supernet are trained.",
    "algorithm": "How a search chooses what is scored; or NetAdapt, which makes one network smaller.",
    "objective": "What a search improves: rewards, losses, or several objectives.",
    "evaluator": "How an architecture is scored.",
    "hardware": "Where the latencies come from.",
    "data": "The images.",
    "task": "What a network learns.",
    "recipe": "How a network is trained. `supernet_recipe` and `quantize_recipe` have the same options and settings:"
    " `recipe@supernet_recipe=moga_supernet`.",
    "trainer": "The devices of a training, by PyTorch Lightning's Trainer.",
    "executor": "Where the trials of a search run.",
    "logger": "Where the metrics of a training are written.",
    "scale": "Sizes of a run, to which the settings of other groups refer.",
}
"""The groups whose options are settings of classes, in the order of the page."""


def page() -> str:
    """All of the page."""
    return "\n".join([HEAD, _top(), *map(_group, GROUPS), _experiments(), _networks()]).rstrip("\n") + "\n"


def _top() -> str:
    text = (conf_dir() / "config.yaml").read_text("utf-8")
    comments = {name: said.strip() for name, said in re.findall(r"^(\w+):.*?  # (.*)$", text, re.MULTILINE)}
    values = dict(re.findall(r"^(\w+): (.*?)(?:  #.*)?$", text, re.MULTILINE))
    hints = annotations_of(Settings)
    chosen = {*GROUPS, "network", "supernet_recipe"}
    names = [one.name for one in own_fields(Settings) if one.name not in chosen]
    rows = [(code(name), in_words(hints[name]), values.get(name, "null"), comments.get(name, "")) for name in names]
    groups = ", ".join(f"[`{one}`](#{one})" for one in (*GROUPS, "experiment", "network"))
    return f"## Top level\n\nThe groups are {groups}. The other settings of a command:\n\n{_table(rows)}\n"


def _table(rows: list[tuple[str, ...]]) -> str:
    return grid(("setting", "type and range", "default", "meaning"), rows)


def _group(group: str) -> str:
    named = grid(("option", "what it is"), [(code(name), about(text)) for name, text in options(group).items()])
    return "\n".join([f"## {group}\n\n{GROUPS[group]}\n\n{named}\n", *filter(None, map(_part, parts(group)))])


def _part(part: Part) -> str:
    if not own_fields(part.kind):
        return ""
    chosen = ", ".join(code(f"{part.prefix.partition('.')[0]}={one}") for one in part.values)
    title = f"### {part.prefix}: {part.kind.__name__}\n\n{first_sentence(part.kind)} For {chosen}.\n"
    return f"{title}\n{_sizes(part) if part.kind is Scale else _table(list(_rows(part)))}\n"


def _rows(part: Part) -> Iterator[tuple[str, ...]]:
    said, hints = meanings(part.kind), annotations_of(part.kind)
    for one in own_fields(part.kind):
        yield code(f"{part.prefix}.{one.name}"), in_words(hints[one.name]), _defaults(part, one), said.get(one.name, "")


def _defaults(part: Part, one: Field[Any]) -> str:
    """One value, or each with the options that have it; the value of most options comes first, without their names."""
    found: dict[str, list[str]] = {}
    for option in part.values:
        found.setdefault(part.default(one, option), []).append(option)
    usual = max(found, key=lambda value: len(found[value]))
    if len(found[usual]) <= len(part.values) / 2:
        return "; ".join(f"{value} ({', '.join(names)})" for value, names in found.items())
    others = [f"{value} ({', '.join(names)})" for value, names in found.items() if value != usual]
    return "; ".join([usual, *others])


def _sizes(part: Part) -> str:
    """The scales have a column each, because most sizes differ."""
    users, said, hints = users_of_scale(), meanings(Scale), annotations_of(Scale)
    rows = [
        (
            code(f"scale.{one.name}"),
            in_words(hints[one.name]),
            *(part.default(one, option) for option in part.values),
            said.get(one.name) or "; ".join(users.get(one.name, [])),
        )
        for one in own_fields(Scale)
    ]
    return grid(("setting", "type and range", *part.values, "meaning, or the settings that refer to it"), rows)


def _experiments() -> str:
    rows = [(code(name), about(text)) for name, text in options("experiment").items()]
    table = grid(("option", "what it is"), rows)
    return f"## experiment\n\nPresets: each one sets several groups and settings.\n\n{table}\n"


def _networks() -> str:
    head = ("option", "parameters", "multiply-adds", "image", "weights", "what it is")
    networks = {name: load_network(name) for name in options("network")}
    rows = [
        (code(name), f"{one.params:,}", f"{one.macs:,}", str(one.input), "yes" if one.weights else "", about(text))
        for (name, text), one in zip(options("network").items(), networks.values(), strict=True)
    ]
    said = "A published network: `network=mobilenet_v2`. `network_file=` is the path of a network of your own."
    return f"## network\n\n{said} With weights, `weights=published` gives them.\n\n{grid(head, rows)}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
