"""A conversation with a runner on another machine: questions and answers are lines of JSON."""

from __future__ import annotations

import atexit
import json
import subprocess
from contextlib import suppress
from threading import Event, Timer
from typing import IO, Any

from mobilenas.engine.host_faults import KEPT, why_ended, why_failed

ANSWER_S = 120.0
"""The longest time until an answer."""

END_S = 5.0  # until the other side has ended
SHOWN = 80  # characters of what is no answer


class Session:
    """A runner that answers questions until the connection ends.

    Args:
        host: the machine, as ssh knows it
        python: the interpreter there
        process: ssh, with pipes for both directions
        errors: the file that has ssh's messages
    """

    def __init__(self, host: str, python: str, process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
        self.held = set[int]()
        self._host, self._python, self._process, self._errors = host, python, process, errors
        self._closed, self._ready, self._late = False, False, Event()
        atexit.register(self.close)

    @property
    def is_over(self) -> bool:
        """Whether it has ended, and nobody has to be told because nothing that was prepared in it is in use."""
        return self._closed or (not self.held and self._process.poll() is not None)

    def ask(self, ask: str, **given: object) -> dict[str, Any]:
        """Returns the answer to a question; raises ValueError if there is none, or if it is a failure."""
        if self._closed:
            raise ValueError(f"{self._name}: the connection was lost. {KEPT}")
        answer = self.exchange(json.dumps({"ask": ask, **given}).encode() + b"\n")
        if "error" in answer:
            package, missing = str(given.get("package", "")), answer.get("missing")
            raise ValueError(why_failed(self._host, self._python, package, answer["error"], missing))
        return answer

    def exchange(self, sent: bytes) -> dict[str, Any]:
        """Sends bytes and returns the next answer; the session ends if that is not possible, or not in time."""
        late, answered = Timer(ANSWER_S, self._give_up), False
        late.daemon = True
        late.start()
        try:
            answer = self._read(self._line(sent))
            answered = self._ready = True
        finally:
            late.cancel()
            if not answered:  # a later answer would be taken for that to another question
                self.close()
        return answer

    def close(self) -> None:
        """Ends the runner, which removes its folder."""
        if self._closed:
            return
        self._closed = True
        atexit.unregister(self.close)
        process = self._process
        with suppress(OSError):
            if process.stdin:
                process.stdin.close()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
        self._errors.close()

    @property
    def _name(self) -> str:
        return f"hardware.host={self._host}"

    def _give_up(self) -> None:
        self._late.set()
        self._process.kill()

    def _line(self, sent: bytes) -> bytes:
        input, output = self._process.stdin, self._process.stdout
        if input is None or output is None:
            return b""
        with suppress(BrokenPipeError):
            input.write(sent)
            input.flush()
        return output.readline()

    def _read(self, line: bytes) -> dict[str, Any]:
        if not line.endswith(b"\n"):
            raise ValueError(self._end())
        with suppress(ValueError):
            if isinstance(answer := json.loads(line), dict):
                return answer
        text = line.decode(errors="replace").strip()[:SHOWN]
        raise ValueError(
            f"{self._name} answered {text!r}, which is no JSON: a command over ssh must print nothing of its own,"
            " so look at what the shell there prints when it begins."
        )

    def _end(self) -> str:
        """Returns why there is no answer."""
        if self._late.is_set():
            return f"{self._name} has not answered for {ANSWER_S:g} seconds: see whether it still runs. {KEPT}"
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)
        return why_ended(self._host, self._python, self._process.poll(), self._said(), self._ready)

    def _said(self) -> str:
        """Returns the last line of ssh's messages."""
        self._errors.seek(0)
        lines = [line.strip() for line in self._errors.read().decode(errors="replace").splitlines()]
        return next((line for line in reversed(lines) if line), "").rstrip(".")
