"""The connection of this process to Ray, which it starts on this machine or which is a running cluster."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.util import find_spec
from tempfile import TemporaryDirectory

from mobilenas.cluster.address import check_reachable, connect, refusal_told, set_environment

FOLDER = "/tmp" if os.name == "posix" else None
"""The folder of Ray's files; its path is short, because the path of a socket has at most about 100 characters."""

ENVIRONMENT = (
    ("RAY_USAGE_STATS_ENABLED", "0"),
    ("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0"),  # else Ray warns of a change to come
)


@dataclass(frozen=True)
class Cluster:
    """The Ray that a part of a run uses.

    Args:
        group: the group of its settings, for messages
        address: address of a running cluster; None starts Ray on this machine
        cpus: number of cores that it needs; Ray is started with as many
    """

    group: str
    address: str | None
    cpus: int


class _Kept:
    """A connection that is opened by the first part of a run that needs Ray, and stays open for the other parts."""

    def __init__(self, clusters: tuple[Cluster, ...]) -> None:
        self.clusters, self.stack = clusters, ExitStack()


_KEPT: ContextVar[_Kept | None] = ContextVar("kept", default=None)


@contextmanager
def one_connection(*clusters: Cluster) -> Iterator[None]:
    """Within the block, whatever needs Ray uses one connection, which is closed at the end of the block.

    Args:
        clusters: what the parts of a run need; if Ray is started on this machine, it is large enough for each of them

    Raises:
        ValueError: they have different addresses
    """
    check_one_address(clusters)
    kept = _Kept(clusters)
    token = _KEPT.set(kept)
    try:
        with kept.stack:
            yield
    finally:
        _KEPT.reset(token)


def check_one_address(clusters: tuple[Cluster, ...]) -> None:
    """Raises ValueError if parts of a run use different clusters, because a process has one connection."""
    if len({one.address for one in clusters}) > 1:
        named = " and ".join(f"{one.group}.address={_shown(one.address)}" for one in clusters)
        raise ValueError(f"A run uses one Ray, and here are {named}: set the same address for both.")


def _shown(address: str | None) -> str:
    return "null" if address is None else address or "''"


@contextmanager
def ray_connected(cluster: Cluster) -> Iterator[None]:
    """Connects this process to Ray until the end of the block, or of ``one_connection``; uses one that is open.

    Raises:
        ValueError: nothing answers at the address, or the cluster there takes no connection
    """
    if cluster.address:
        set_environment(cluster.address)
    import ray

    kept = _KEPT.get()
    if ray.is_initialized():
        yield
    elif kept and cluster.address in {one.address for one in kept.clusters}:
        kept.stack.enter_context(_opened(cluster, max(one.cpus for one in kept.clusters)))
        yield
    else:
        with _opened(cluster, cluster.cpus):
            yield


@contextmanager
def _opened(cluster: Cluster, cpus: int) -> Iterator[None]:
    """Connects to a running cluster, or starts Ray on this machine; disconnects or ends it after the block."""
    import ray

    with ExitStack() as stack:
        if cluster.address:
            check_reachable(cluster.address, cluster.group)
            with own_stops(), refusal_told(cluster.address, cluster.group):
                connect(cluster.address)
        else:
            os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))  # else Ray writes one to the home folder
            for name, value in ENVIRONMENT:
                os.environ.setdefault(name, value)
            folder = stack.enter_context(TemporaryDirectory(prefix="ray", dir=FOLDER, ignore_cleanup_errors=True))
            with own_stops():
                ray.init(
                    "local",
                    num_cpus=cpus,
                    include_dashboard=False,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    _temp_dir=folder,
                )
        stack.callback(ray.shutdown)  # from a cluster that was running already, it only disconnects
        yield


@contextmanager
def own_stops() -> Iterator[None]:
    """Restores what this process does at Ctrl-C and SIGTERM: Ray, when it connects, makes SIGTERM end it at once."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in before.items():
                signal.signal(number, signal.SIG_DFL if handler is None else handler)


def check_installed(choice: str) -> None:
    """Raises ValueError if Ray, which a choice such as ``executor=ray`` needs, is not installed."""
    if find_spec("ray") is None:
        raise ValueError(f"{choice} needs Ray, which is not installed: pip install 'mobilenas[cluster]'.")
