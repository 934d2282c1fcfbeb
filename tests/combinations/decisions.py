"""What the command says to each combination before it begins any work: nothing, or the reasons why it is refused."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import PropertyMock, patch

from mobilenas.engine import Android, Cuda, ExecuTorch, LiteRT, Ncnn, OnnxRuntime, OpenVino
from mobilenas.pipeline import Settings, given, plan
from mobilenas.pipeline.artifacts import artifacts_of
from mobilenas.pipeline.loop import check_reads
from mobilenas.search_space import SpaceSettings
from mobilenas.settings import SettingsError
from mobilenas.training import Trainer
from tests.combinations.cells import AXES, Cell, command, parts_of, settings_of, write_files

SPACES = ("around-mine", *AXES["search_space"][1:])
"""The names of the spaces in sentences."""

ENGINES = (Android, Cuda, ExecuTorch, LiteRT, Ncnn, OnnxRuntime, OpenVino)
ABOUT = {"engine": "stand-in", "version": "0", "device": "stand-in", "precision": "fp32", "batch": "1"}
"""The facts of every device, as if all of them were at hand."""


def decided(settings: Settings, overrides: Sequence[str]) -> tuple[str, ...]:
    """Returns the sentences with which a command is refused, none if it begins to work."""
    try:
        made = plan(settings, "", overrides)
        check_reads([stage for stage in made.wanted if not stage.unneeded], artifacts_of(made.stages))
    except SettingsError as error:
        return error.sentences
    except ValueError as error:
        return (str(error),)
    return ()


def decision(cell: Cell) -> tuple[str, ...]:
    """Returns the sentences with which a cell is refused, with dots in place of the names of its space and task."""
    return tuple(dict.fromkeys(_general(one, cell) for one in decided(settings_of(cell), command(cell))))


def _general(sentence: str, cell: Cell) -> str:
    """Returns a sentence without the name of the part that it is about, so that equal reasons are counted together."""
    for part in parts_of(cell):
        axis = part.partition("=")[0]
        if axis != "evaluator":
            sentence = sentence.replace(f"{part} has no effect", f"{axis}=... has no effect")
        sentence = sentence.replace(f"task={cell[-1]}", "task=...")
    return re.sub(rf"^({'|'.join(SPACES)})(?= has no supernet|: )", "The search space", sentence)


@contextmanager
def at_hand() -> Iterator[None]:
    """Within it every device is there, the files that commands name too, and what is slow is made once."""
    logging.getLogger("mobilenas").setLevel(logging.ERROR)
    before = Path.cwd()
    with TemporaryDirectory(prefix="mobilenas-combinations") as folder, ExitStack() as stack:
        os.chdir(folder)
        stack.callback(os.chdir, before)
        write_files(Path(folder))
        for engine in ENGINES:
            stack.enter_context(patch.object(engine, "about", PropertyMock(return_value=ABOUT)))
        for kind, name in [(Trainer, "bare"), (given, "_load"), *_loads(), *_spaces()]:
            stack.enter_context(patch.object(kind, name, cache(getattr(kind, name))))
        yield


def _loads() -> Iterator[tuple[Any, str]]:
    for task in AXES["task"]:
        yield type(settings_of(("-", "-", "nsga2", "supernet", "cpu", task)).data), "load"


def _spaces() -> Iterator[tuple[Any, str]]:
    kinds = {
        type(settings_of(("-", space, "nsga2", "supernet", "cpu", "classification")).search_space)
        for space in AXES["search_space"]
    }
    assert all(issubclass(kind, SpaceSettings) for kind in kinds)
    return ((kind, "space") for kind in kinds)
