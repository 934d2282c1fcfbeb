"""The address of a running cluster of Ray: whether Ray answers there, and the token that it may ask for."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from socket import create_connection, socket

from mobilenas.quiet import quiet

_MODE = "RAY_AUTH_MODE"

ANSWER_S = 10.0
"""The seconds within which something must answer at an address."""

_SETTINGS, _KIND = bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)), 3  # a frame of settings that is empty; where its kind stands


def check_reachable(address: str, group: str = "executor") -> None:
    """Raises ValueError for an address at which nothing answers; Ray itself would try for minutes without a message.

    Args:
        address: ``host:port``, or what Ray itself looks up: ``auto`` is the cluster to which this machine belongs
        group: the group of settings whose address it is
    """
    if address in ("auto", "local"):
        return
    if not (found := re.fullmatch(r"(?:ray://)?(\[[^\s/\[\]]+\]|[^\s/\[\]:]+):(\d{1,5})", address)):
        raise ValueError(
            f"{group}.address must be host:port, as 'ray start --head' prints it, or auto, or null to start Ray on this"
            f" machine, and not {address!r}."
        )
    try:
        with create_connection((found[1].strip("[]"), int(found[2])), timeout=ANSWER_S) as connection:
            _check_grpc(connection)
    except (OSError, OverflowError, UnicodeError) as error:
        raise ValueError(
            f"No Ray answers at {group}.address={address} ({error}): set the address that 'ray start --head' printed,"
            " and not that of its dashboard, or set null to start Ray on this machine."
        ) from None


def _check_grpc(connection: socket) -> None:
    """Raises OSError if what is connected does not speak gRPC, as Ray does; Ray itself would wait for ever.

    A server of HTTP/2 (RFC 9113, section 3.4) begins with a frame of settings; gRPC is built on HTTP/2.
    """
    if os.environ.get("RAY_USE_TLS", "0") in ("1", "true", "True"):  # the answer would be encrypted
        return
    connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _SETTINGS)
    answer = connection.recv(len(_SETTINGS))
    if len(answer) < len(_SETTINGS) or answer[_KIND] != _SETTINGS[_KIND]:
        raise OSError("something else answers")


def set_environment(address: str) -> None:
    """Sets what Ray reads when it is imported, for a connection to a running cluster."""
    os.environ.setdefault("RAY_NUM_REDIS_GET_RETRIES", "2")  # else it tells a refusal 20 times, in 20 seconds
    if address.startswith("ray://") and _has_token():  # its workers do as the cluster does
        os.environ.setdefault(_MODE, "token")


def connect(address: str) -> None:
    """Connects this process to a running cluster, with this machine's token only if the cluster asks for one.

    Where a cluster asks for no token, its workers cannot talk with a process that uses one.

    Raises:
        ConnectionError, RuntimeError, RayError: the cluster takes no connection
    """
    import ray

    init = partial(ray.init, address, log_to_driver=False, logging_level=logging.ERROR)
    if _MODE in os.environ or not _has_token():
        init()
        return
    try:
        with quiet():  # the first refusal is no fault
            init()
    except ConnectionError as error:
        if not _asks_for_token(error):
            raise
        os.environ[_MODE] = "token"
        import_module("ray._raylet").Config.initialize("")  # Ray 2.60 reads the mode only once
        init()


def _has_token() -> bool:
    """Returns whether this machine has a token of Ray, as Ray itself finds it."""
    named = os.environ.get("RAY_AUTH_TOKEN") or os.environ.get("RAY_AUTH_TOKEN_PATH")
    return bool(named) or Path("~/.ray/auth_token").expanduser().is_file()


def _asks_for_token(error: Exception) -> bool:
    said = f"{type(error).__name__} {error} {error.__cause__}"
    return "AuthenticationError" in said or "authentication token" in said


@contextmanager
def refusal_told(address: str, group: str) -> Iterator[None]:
    """Raises ValueError, with the way out, if Ray cannot connect to a cluster within the block.

    Args:
        address: the address of the cluster
        group: the group of settings whose address it is
    """
    from ray.exceptions import RayError

    try:
        yield
    except (ConnectionError, RuntimeError, RayError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        if _asks_for_token(error):
            reason = "it asks for another token than this machine has, or for one at all"
        raise ValueError(
            f"Ray at {group}.address={address} takes no connection ({reason}): set the address that 'ray start --head'"
            " printed, and RAY_AUTH_TOKEN to what 'ray get-auth-token' prints there."
        ) from None
