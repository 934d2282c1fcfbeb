"""A command that uses Ray is stopped as any other one."""

import signal
import subprocess
import sys

import pytest

pytest.importorskip("ray")

CONNECTED = """
import os, signal, sys
from mobilenas.cluster.connection import Cluster, ray_connected
from mobilenas.stopped import raise_at_sigterm

raise_at_sigterm()
try:
    with ray_connected(Cluster("executor", None, 1)):
        os.kill(os.getpid(), int(sys.argv[1]))
        print("not stopped")
except KeyboardInterrupt as stop:
    sys.exit(type(stop).__name__)
"""


@pytest.mark.parametrize(("number", "stop"), [(signal.SIGTERM, "Terminated"), (signal.SIGINT, "KeyboardInterrupt")])
def test_a_stop_is_an_exception_within_ray_too(number: signal.Signals, stop: str) -> None:
    command = [sys.executable, "-c", CONNECTED, str(int(number))]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stderr.splitlines()[-1], ended.stdout) == (1, stop, "")
    assert "SIGTERM received" not in ended.stderr
