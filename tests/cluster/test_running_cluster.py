"""A connection to a cluster that is running already, and asks for a token or does not."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from socket import create_connection, create_server
from tempfile import TemporaryDirectory

import pytest

pytest.importorskip("ray")
pytestmark = pytest.mark.slow

CONNECT = """
import sys
from mobilenas.cluster import Cluster, ray_connected

try:
    with ray_connected(Cluster("trainer", sys.argv[1], 1)):
        import ray

        class Actor:
            def work(self):
                return "worked"

        print(ray.get(ray.remote(Actor).remote().work.remote(), timeout=60))
except ValueError as error:
    print(error)
"""


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path is short enough for Ray's sockets."""
    with TemporaryDirectory(prefix="ray", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _home(folder: Path, token: str) -> dict[str, str]:
    """The environment of a person with a home of their own, and with a token in it."""
    (folder / ".ray").mkdir(parents=True)
    if token:
        (folder / ".ray" / "auth_token").write_text(token)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return kept | {"HOME": str(folder)}


def _said_to(address: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-c", CONNECT, address]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120).stdout.strip()


@pytest.mark.parametrize("asks_for_token", [True, False])
def test_a_cluster_with_or_without_a_token_answers_and_another_token_is_told(
    short: Path, tmp_path: Path, asks_for_token: bool
) -> None:
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    right, other = (_home(tmp_path / name, 64 * name[0]) for name in ("a", "b"))
    start = [*("start", "--head", "--block", f"--port={port}", "--num-cpus=1", "--include-dashboard=false")]
    start += ["--node-ip-address=127.0.0.1", f"--temp-dir={short}", "--disable-usage-stats"]
    mode = {"RAY_AUTH_MODE": "token" if asks_for_token else "disabled"}
    head = subprocess.Popen(
        [Path(sys.executable).parent / "ray", *start],
        env=right | mode,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    address = f"127.0.0.1:{port}"
    try:
        _wait_for(port)
        assert _said_to(address, right) == "worked"
        refused = f"Ray at trainer.address={address} takes no connection (it asks for another token than this machine"
        said = [_said_to(address, one) for one in (other, _home(tmp_path / "c", ""))]
        assert [one.startswith(refused if asks_for_token else "worked") for one in said] == [True, True], said
    finally:
        head.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            head.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(head.pid, signal.SIGKILL)


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(OSError):
            create_connection(("127.0.0.1", port), 1).close()
            time.sleep(5)  # until its other processes are there too
            return
        time.sleep(0.2)
    raise AssertionError("the cluster has not started")
