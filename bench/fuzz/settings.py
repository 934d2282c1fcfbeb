"""Fuzzed settings: overrides of the command line, and YAML files in a folder that ``--config-dir`` names."""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np

from bench.fuzz.bytes import bytes_changed
from bench.fuzz.right_settings import unfit
from bench.fuzz.target import Target
from bench.fuzz.trees import VALUES, yaml_changed
from mobilenas.cli import command
from mobilenas.cli.composing import composed
from mobilenas.cli.typed import typed
from mobilenas.conf_dir import conf_dir
from mobilenas.pipeline.settings import Settings

EXPERIMENTS = ("moga", "netadapt", "proxyless_g", "fbnet", "mnasnet")
SIGNS = ("+", "++", "~", "", "", "", "", "", "")
ENDS = ("s", ".a", "[0]", "@b", " ", ".0")


def overrides(folder: Path) -> Iterator[Target]:
    """Yields command lines, one argument a line, that choose an experiment and set up to three of its settings."""
    path = folder / "fuzzed" / "overrides.txt"
    groups = {
        one.name: sorted(file.stem for file in one.glob("*.yaml")) for one in conf_dir().iterdir() if one.is_dir()
    }
    for name in EXPERIMENTS:
        known = dict(_leaves(composed(f"experiment={name}")))
        change = partial(_overrides_changed, known=known, groups=groups)
        read, seed = partial(_composed_of, path), f"experiment={name}".encode()
        yield Target(f"overrides-{name}", change, path, seed, read, unfit, _overridden)


def configs(folder: Path) -> Iterator[Target]:
    """Yields changed copies of the files of ``conf/``, each chosen under another name."""
    for path in sorted(conf_dir().glob("*/*.yaml")):
        group = path.parent.name
        copy = folder / "fuzzed" / "config" / group / "fuzzed.yaml"
        read = partial(_composed_with, copy, group)
        yield Target(f"config-{group}-{path.stem}", _config_changed, copy, path.read_bytes(), read, unfit, _named)


def _overrides_changed(
    content: bytes, rng: np.random.Generator, known: Mapping[str, object], groups: Mapping[str, Sequence[str]]
) -> bytes:
    lines = [content.decode()]
    for _ in range(rng.integers(1, 4)):
        if rng.random() < 0.2:
            group = str(rng.choice(list(groups)))
            lines.append(f"{group}={rng.choice([*groups[group], 'null', 'other', '[1]', '../x', ''])}")
            continue
        name = str(rng.choice(list(known)))
        value = known[name] if rng.random() < 0.1 else VALUES[rng.integers(len(VALUES))]
        end = str(rng.choice(ENDS)) if rng.random() < 0.1 else ""
        lines.append(f"{rng.choice(SIGNS)}{name}{end}={_as_typed(value, rng)}")
    text = "\n".join(line.replace("\n", " ").replace("\x00", "0") for line in lines)
    return text.encode("utf-8", "surrogatepass")


def _as_typed(value: object, rng: np.random.Generator) -> str:
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    if isinstance(value, list | dict):
        return str(value).replace("None", "null").replace(" ", "")
    return f"'{value}'" if rng.random() < 0.2 else str(value)


def _config_changed(content: bytes, rng: np.random.Generator) -> bytes:
    return (yaml_changed if rng.random() < 0.75 else bytes_changed)(content, rng)


def _settings_of(*arguments: str) -> Settings:
    """Returns the settings that the command would run; raises ValueError with the sentences in which it ends."""
    found: list[Settings] = []
    sys.argv = ["mobilenas", *arguments]
    with patch.object(command, "_run", lambda config: found.append(typed(config))):
        try:
            command.main()
        except SystemExit as end:
            raise ValueError(str(end.code).replace("mobilenas: ", "")) from None
    return found[0]


def _composed_of(path: Path) -> Settings:
    return _settings_of(*path.read_text().split("\n"))


def _composed_with(copy: Path, group: str) -> Settings:
    return _settings_of("--config-dir", str(copy.parent.parent), f"{group}=fuzzed")


def _leaves(settings: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yields all settings by name, groups and the classes that they name too."""
    for one in fields(settings) if is_dataclass(settings) else ():
        value = getattr(settings, one.name)
        inner = is_dataclass(value)
        yield f"{prefix}{one.name}", None if inner else value
        if inner:
            yield f"{prefix}{one.name}._target_", type(value).__qualname__
            yield from _leaves(value, f"{prefix}{one.name}.")


def _overridden(content: bytes) -> list[str]:
    """Returns the arguments, the settings that they set, and the groups above these."""
    arguments = content.decode("utf-8", "replace").split("\n")
    names = [re.split("[=@]", argument.lstrip("+~"))[0] for argument in arguments]
    above = [".".join(name.split(".")[:count]) for name in names for count in range(1, name.count(".") + 1)]
    return [one for one in (*arguments, *names, *above) if one]


def _named(content: bytes) -> list[str]:
    """Returns what a sentence about a file may name: the file, and any setting of a run or of the file."""
    inside = re.findall(r"\w{3,}(?=:)", content.decode("utf-8", "replace"))
    return ["fuzzed", *(one.name for one in fields(Settings)), *inside]
