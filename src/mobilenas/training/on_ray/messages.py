"""What the workers of a training tell the main process."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, TypeAlias

from mobilenas.training.step_bar import Reached


@dataclass(frozen=True)
class StepMetrics:
    """The metrics of a step."""

    step: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class NewCheckpoint:
    """The content of a checkpoint."""

    content: bytes


@dataclass(frozen=True)
class Warned:
    """A warning of a logger of this package."""

    logger: str
    level: int
    text: str


@dataclass(frozen=True)
class Failed:
    """The error that has ended a worker's training; None if only the connection to another worker was lost."""

    rank: int
    error: Exception | None


@dataclass(frozen=True)
class Ended:
    """All metrics were sent."""


@dataclass(frozen=True)
class Began:
    """A worker has begun: its number and process, and the room in Ray's machines that is reserved for all workers."""

    rank: int
    process: int
    reservation: Any


Message: TypeAlias = StepMetrics | Reached | NewCheckpoint | Warned | Failed | Ended | Began


class Mail:
    """Sends messages to the office, several at once if they come often; each sending waits for the one before it.

    Args:
        office: the actor that takes them
        seconds: seconds between two sendings of messages that are not urgent
    """

    def __init__(self, office: Any, seconds: float = 0.25) -> None:
        self._office, self._seconds = office, seconds
        self._waiting: list[Message] = []
        self._sent: Any = None
        self._last = -seconds

    def add(self, message: Message) -> None:
        """Sends a message, sooner or later."""
        self._waiting.append(message)
        if monotonic() - self._last >= self._seconds:
            self._send()

    def deliver(self, message: Message | None = None) -> None:
        """Returns when a message, and all before it, have arrived."""
        import ray

        self._waiting += [message] if message else []
        self._send()
        ray.get(self._sent)

    def _send(self) -> None:
        import ray

        if self._sent is not None:
            ray.get(self._sent)  # else the order might change
        self._sent = self._office.post.remote(self._waiting)
        self._waiting, self._last = [], monotonic()


class _Warnings(logging.Handler):
    """Sends the warnings of a logger."""

    def __init__(self, mail: Mail) -> None:
        super().__init__(logging.WARNING)
        self._mail = mail

    def emit(self, record: logging.LogRecord) -> None:
        self._mail.add(Warned(record.name, record.levelno, record.getMessage()))


@contextmanager
def warnings_sent(mail: Mail) -> Iterator[None]:
    """Sends the warnings of this package within the block."""
    logger, handler = logging.getLogger("mobilenas"), _Warnings(mail)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


class SentSeries:
    """Sends the metrics of a training."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    def add(self, step: int, values: Mapping[str, float]) -> None:
        self._mail.add(StepMetrics(step, dict(values)))

    def end(self) -> None:
        self._mail.add(Ended())


def sent_checkpoint(mail: Mail, path: Path) -> None:
    """Sends the content of a checkpoint, after all messages before it."""
    mail.deliver(NewCheckpoint(path.read_bytes()))
