"""Reads changed inputs in a process of their own, which is replaced when it hangs or dies."""

import logging
import multiprocessing
import os
import re
import resource
import signal
import sys
import traceback
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from bench.fuzz.target import Target
from mobilenas.cli.ending import USERS_ERRORS, told
from mobilenas.engine.peak_memory import peak_bytes

SECONDS, BYTES = 10.0, 2 * 2**30
"""The longest time and the most memory that one input may take."""

RIGHT = ("refused", "accepted")
OUTCOMES = (*RIGHT, "not named", "traceback", "wrong", "hang", "killed", "memory")


@dataclass(frozen=True)
class Outcome:
    """What became of one input.

    Args:
        target: name of the target
        content: the input
        outcome: one of ``OUTCOMES``
        about: the sentence, the place of the traceback, or what is wrong
        grown: bytes that the process has grown by, at its peak
    """

    target: str
    content: bytes
    outcome: str
    about: str
    grown: int = 0


def inputs(kind: str, targets: Sequence[Target], seed: int, number: int) -> tuple[Target, bytes]:
    """Returns one input of a kind; the same numbers give the same input."""
    target = targets[number % len(targets)]
    return target, target.change(target.valid, np.random.default_rng([seed, zlib.crc32(kind.encode()), number]))


def outcomes(kind: str, targets: Sequence[Target], seed: int, count: int) -> Iterator[Outcome]:
    """Yields the outcome of each input of a kind."""
    number = 0
    while number < count:
        for outcome in _until_a_hang(kind, targets, seed, number, count):
            number += 1
            yield outcome


def _until_a_hang(kind: str, targets: Sequence[Target], seed: int, start: int, count: int) -> Iterator[Outcome]:
    ours, theirs = multiprocessing.Pipe()
    child = os.fork()
    if not child:
        ours.close()
        _work(theirs, kind, targets, seed, range(start, count))
    theirs.close()
    try:
        for number in range(start, count):
            try:
                outcome = ours.recv() if ours.poll(SECONDS) else None
                how = "hang"
            except EOFError:
                outcome, how = None, "killed"
            if outcome is None:
                target, content = inputs(kind, targets, seed, number)
                yield Outcome(target.name, content, how, f"within {SECONDS:.0f} s")
                return
            yield outcome
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _work(pipe: Connection, kind: str, targets: Sequence[Target], seed: int, numbers: range) -> None:
    quiet()
    soft = int(re.findall(r"VmSize:\s+(\d+)", Path("/proc/self/status").read_text())[0]) * 1024 + BYTES
    resource.setrlimit(resource.RLIMIT_AS, (soft, soft))
    try:
        for number in numbers:
            pipe.send(judged(*inputs(kind, targets, seed, number)))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def quiet() -> None:
    """Leaves out what reading says on the way."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    sys.stdout.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def judged(target: Target, content: bytes) -> Outcome:
    """Returns what becomes of one input."""
    with target.holding(content):
        (outcome, about), grown = _with_peak(lambda: _judged(target, content))
    return Outcome(target.name, content, "memory" if grown > BYTES else outcome, about, grown)


def _judged(target: Target, content: bytes) -> tuple[str, str]:
    try:
        value = target.read()
    except USERS_ERRORS as error:
        return _about_error(target, content, error)
    except Exception as error:
        return "memory" if isinstance(error, MemoryError) else "traceback", _place(error)
    try:
        wrong = target.wrong(value)
    except Exception as error:  # what was accepted cannot be used
        return "wrong", f"used: {_place(error)}"
    return ("wrong", wrong) if wrong else ("accepted", "")


def _about_error(target: Target, content: bytes, error: Exception) -> tuple[str, str]:
    try:
        sentence = told(error)
    except Exception as further:
        return "traceback", _place(further)
    return "refused" if target.is_named(sentence, content) else "not named", f"{type(error).__name__}: {sentence[:300]}"


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "mobilenas" in frame.filename] or list(frames)
    first = " ".join(str(error).split())[:200]
    where = f"{own[-1].filename.rpartition('mobilenas/')[2]}:{own[-1].lineno}" if own else "?"
    return f"{type(error).__name__} at {where}: {first}"


def _with_peak(judge: Callable[[], tuple[str, str]]) -> tuple[tuple[str, str], int]:
    said: list[tuple[str, str]] = []
    grown = peak_bytes(lambda: said.append(judge()))
    return said[0], grown
