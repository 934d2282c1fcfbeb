"""An engine on another machine, which a script stands in for, or a server of ssh on this machine."""

import ast
import base64
import getpass
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

import pytest
import torch

from mobilenas.adaptation.widths import WidthSpace
from mobilenas.engine import (
    Cuda,
    Engine,
    ExecuTorch,
    Host,
    LiteRT,
    Ncnn,
    OnnxRuntime,
    OpenVino,
    host_runner,
    host_session,
)
from mobilenas.engine.ssh import connected, open_sessions
from mobilenas.hardware import LatencyTable, MeasuredHardware, PredictorHardware
from mobilenas.hardware.profile import layers_of
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import Classifier, Conv, MBConv, Shape
from mobilenas.testing import engine as suite
from mobilenas.timing import Timing
from mobilenas.timing.rounds import visit_here

STAND_IN = Path(__file__).with_name("stand_in_ssh.py")
RUNNER = Path(host_runner.__file__)
OLDEST = (3, 8)  # Python on a board
THERE = {"numpy", "onnxruntime", "ai_edge_litert"}
HOST = "pi@raspberry"
NETWORK = NetworkSpec(Shape(3, 16, 16), (Conv(8, 3, stride=2), Conv(8, 3), Classifier(5)))
SPACE = WidthSpace(NetworkSpec(Shape(3, 8, 8), (Conv(8, 3), MBConv(8, 3, expanded=16), Classifier(5))), 4)
TIMING = Timing(3, 0.01, 10)
ENGINES = [
    OnnxRuntime(threads=1, batch=1),
    OnnxRuntime(threads=1, batch=2, precision="int8"),
    OnnxRuntime(threads=2, batch=1, clock="wall"),
    LiteRT(threads=1, batch=1),
    LiteRT(threads=1, batch=1, precision="int8"),
]


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    """Puts the stand-in first on the path; returns the questions that have reached the other side."""
    folder, log, rest = tmp_path / "bin", tmp_path / "seen", tmp_path / "rest"
    for one in (folder, rest):
        one.mkdir()
    _script(folder / "ssh", f'exec {sys.executable} {STAND_IN} "$@"')
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SSH_SEEN", str(log))
    monkeypatch.setenv("TMPDIR", str(rest))
    yield lambda: log.read_text().split() if log.exists() else []
    _close_all()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Starts a server of ssh on this machine; returns its name for ssh."""
    sshd = shutil.which("sshd", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    ssh, keygen = shutil.which("ssh"), shutil.which("ssh-keygen")
    if not (sshd and ssh and keygen):
        pytest.skip("sshd, ssh and ssh-keygen are not all installed")
    for name in ("host_key", "user_key"):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {tmp_path}/host_key\nAuthorizedKeysFile {tmp_path}/user_key.pub\n"
        "PidFile none\nStrictModes no\nPasswordAuthentication no\n"
    )
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{port} {(tmp_path / 'host_key.pub').read_text()}")
    (tmp_path / "ssh_config").write_text(
        f"Host board\n HostName 127.0.0.1\n Port {port}\n User {getpass.getuser()}\n IdentityFile {tmp_path}/user_key\n"
        f" IdentitiesOnly yes\n StrictHostKeyChecking yes\n UserKnownHostsFile {tmp_path}/known_hosts\n"
    )
    (tmp_path / "bin").mkdir()
    _script(tmp_path / "bin" / "ssh", f'exec {ssh} -F {tmp_path}/ssh_config "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    with subprocess.Popen(
        [sshd, "-D", "-e", "-f", str(tmp_path / "sshd_config")], stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            while not _listens(port):
                if process.poll() is not None:
                    pytest.skip(f"sshd does not run here: {process.stderr.read() if process.stderr else ''}")
                time.sleep(0.02)
            yield "board"
            _close_all()
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _script(path: Path, line: str) -> Path:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return path


def _close_all() -> None:
    for session in open_sessions().values():
        session.close()
    open_sessions().clear()


def _host(engine: OnnxRuntime | LiteRT) -> Host:
    return Host(engine, HOST, sys.executable)


def _hardware(cache: Path, host: str = HOST) -> MeasuredHardware:
    return MeasuredHardware(ENGINES[0], TIMING, 3, 2, str(cache), host=host, python=sys.executable)


def _module(network: NetworkSpec = NETWORK) -> torch.nn.Module:
    return network.build().eval()


def test_the_runner_imports_nothing_but_python_numpy_and_the_engines() -> None:
    imported = set()
    for node in ast.walk(ast.parse(RUNNER.read_text(), feature_version=OLDEST)):
        if isinstance(node, ast.Import):
            imported |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert {"json", "numpy"} < imported <= set(sys.stdlib_module_names) | THERE


def test_a_visit_there_is_a_visit_here() -> None:
    for visit_ms in (0.0, 1.0, 40.0):
        here, there = (([partial(next, count(place)) for place in (1, 5, 2)]) for _ in range(2))
        assert host_runner._visit(there, visit_ms) == visit_here(here, visit_ms)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_facts_are_those_of_the_machine_that_answers(
    engine: OnnxRuntime | LiteRT, seen: Callable[[], list[str]]
) -> None:
    assert _host(engine).about == engine.about  # the stand-in answers on this machine
    assert set(seen()) == {"facts"}
    assert _host(engine).moment.keys() == engine.moment.keys()
    assert _host(engine).images == engine.images


@pytest.mark.parametrize("engine", ENGINES)
def test_a_visit_is_one_question_and_has_a_time_for_each_piece(
    engine: OnnxRuntime | LiteRT, seen: Callable[[], list[str]]
) -> None:
    device = _host(engine)
    runs = [device.prepare(_module(), NETWORK.input) for _ in range(3)]
    times_ms = device.visit([runs[place] for place in (2, 0, 1, 0)], 0.01)
    assert len(times_ms) == 4
    assert min(times_ms) > 0
    assert seen() == ["prepare"] * 3 + ["visit"]


@pytest.mark.parametrize("engine", [ENGINES[0], ENGINES[3]])
@pytest.mark.parametrize("check", suite.CHECKS)
def test_a_host_does_what_an_engine_must_do(
    check: Callable[[Engine], None], engine: OnnxRuntime | LiteRT, seen: Callable[[], list[str]]
) -> None:
    if check is suite.its_breakdown_is_by_kind and isinstance(engine, LiteRT):
        with pytest.raises(ValueError, match="time by operation is not known of LiteRT on a host"):
            check(_host(engine))
    else:
        check(_host(engine))


def test_files_are_those_of_the_engine() -> None:
    torch.manual_seed(0)
    module = _module()
    assert _host(ENGINES[0]).file(module, NETWORK.input, "a") == ENGINES[0].file(module, NETWORK.input, "a")


def test_pieces_that_nobody_holds_are_forgotten_there(seen: Callable[[], list[str]]) -> None:
    device, session = _host(ENGINES[0]), connected(HOST, sys.executable)
    kept, other = (device.prepare(_module(), NETWORK.input) for _ in range(2))
    assert session.held == {0, 1}
    del other
    assert session.held == {0}
    later = device.prepare(_module(), NETWORK.input)
    assert session.held == {0, 1}
    assert len(device.visit([kept, later], 0.01)) == 2


def test_a_host_is_measured_as_this_machine_is(tmp_path: Path, seen: Callable[[], list[str]]) -> None:
    found = _hardware(tmp_path / "cache").profile(SPACE)
    (file,) = (tmp_path / "cache").glob("*.csv")
    table = LatencyTable.load(file)
    assert layers_of(SPACE).keys() <= found.table.rows.keys() <= table.rows.keys()
    assert min(table.rows.values()) > 0
    assert {"device", "version", "load", "measured"} <= table.about.keys()
    before = len(seen())
    assert _hardware(tmp_path / "cache").profile(SPACE) == found
    assert set(seen()[before:]) == {"facts"}


def test_what_was_measured_before_the_connection_was_lost_is_not_measured_again(
    tmp_path: Path, seen: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _hardware(tmp_path / "undisturbed").profile(SPACE)
    whole, before = seen().count("visit"), 7
    assert whole > before
    _close_all()
    monkeypatch.setenv("SSH_FAULT", f"die after {before}")
    lost = r"^hardware.host=pi@raspberry: the connection was lost: Timeout, .* not responding\. What was measured is"
    with pytest.raises(ValueError, match=lost):
        _hardware(tmp_path / "cache").profile(SPACE)
    assert seen().count("visit") == whole + before
    monkeypatch.delenv("SSH_FAULT")
    found = _hardware(tmp_path / "cache").profile(SPACE)
    assert seen().count("visit") == whole + whole
    assert layers_of(SPACE).keys() <= found.table.rows.keys()
    assert not list((tmp_path / "cache").glob("*.visits"))


def test_pieces_end_with_their_connection_and_the_next_one_has_others(seen: Callable[[], list[str]]) -> None:
    device = _host(ENGINES[0])
    old = device.prepare(_module(), NETWORK.input)
    connected(HOST, sys.executable).close()
    with pytest.raises(ValueError, match="the connection was lost"):
        old()
    new = device.prepare(_module(), NETWORK.input)
    assert new() > 0
    with pytest.raises(ValueError, match="the pieces belong to several connections: prepare them again"):
        device.visit([old, new], 0.01)


def test_a_connection_that_ends_while_nothing_is_prepared_is_made_again(seen: Callable[[], list[str]]) -> None:
    device, session = _host(ENGINES[0]), connected(HOST, sys.executable)
    session._process.kill()
    session._process.wait()
    assert device.about["engine"] == "onnxruntime"
    assert connected(HOST, sys.executable) is not session
    session.close()


def test_the_runner_goes_on_after_a_failure(seen: Callable[[], list[str]]) -> None:
    session = connected(HOST, sys.executable)
    settings = {"package": "onnxruntime", "threads": 1, "clock": "wall", "held": []}
    with pytest.raises(ValueError, match=r"^hardware.host=pi@raspberry: InvalidProtobuf: "):
        session.ask("prepare", **settings, model=base64.b64encode(b"no model").decode())
    with pytest.raises(ValueError, match="KeyError: 5"):
        session.ask("visit", pieces=[5], visit_ms=0)
    assert _host(ENGINES[0]).prepare(_module(), NETWORK.input)() > 0


def test_the_runner_leaves_nothing_there(tmp_path: Path, seen: Callable[[], list[str]]) -> None:
    _host(ENGINES[0]).breakdown(NETWORK)
    assert len(list((tmp_path / "rest").iterdir())) == 1
    _close_all()
    assert not list((tmp_path / "rest").iterdir())


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (
            "permission",
            r"cannot be reached: .*Permission denied \(publickey,password\): make .*ssh-copy-id pi@raspberry",
        ),
        ("unknown", "cannot be reached: ssh: Could not resolve hostname raspberry: Name or service not known: make"),
        ("full", r"^The storage of hardware\.host=pi@raspberry is full: remove some files there"),
        ("garbage", r"answered '(Welcome to this board! ){3}Welcome to ', which is no JSON: .* must print nothing"),
    ],
)
def test_a_host_that_does_not_answer_is_named_with_the_way_out(
    fault: str, sentence: str, seen: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_FAULT", fault)
    with pytest.raises(ValueError, match=sentence) as error:
        _ = _host(ENGINES[0]).about
    assert f"hardware.host={HOST}" in str(error.value)
    assert "\n" not in str(error.value)
    monkeypatch.delenv("SSH_FAULT")
    assert _host(ENGINES[0]).about  # it has connected again


def test_a_host_that_hangs_is_given_up(seen: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_session, "ANSWER_S", 0.2)
    monkeypatch.setenv("SSH_FAULT", "hang")
    with pytest.raises(ValueError, match=r"has not answered for 0\.2 seconds: see whether it still runs"):
        _ = _host(ENGINES[0]).about


def test_a_missing_interpreter_is_named(seen: Callable[[], list[str]]) -> None:
    with pytest.raises(ValueError, match=r"has no /no/python: set hardware\.python to the path"):
        _ = Host(ENGINES[0], HOST, "/no/python").about


def test_a_missing_package_is_named_and_what_a_library_prints_is_no_answer(
    tmp_path: Path, seen: Callable[[], list[str]]
) -> None:
    lines = "print('This is no answer', flush=True)", "raise ModuleNotFoundError('It is not here', name='onnxruntime')"
    (tmp_path / "onnxruntime.py").write_text("\n".join(lines))
    python = _script(tmp_path / "python", f'PYTHONPATH={tmp_path} exec {sys.executable} "$@"')
    install = re.escape(f"write {python} -m pip install numpy onnxruntime there")
    with pytest.raises(ValueError, match=f"has no Python package onnxruntime: {install}"):
        _ = Host(ENGINES[0], HOST, str(python)).about


def test_a_runner_that_the_system_kills_is_told(tmp_path: Path, seen: Callable[[], list[str]]) -> None:
    python = _script(tmp_path / "python", "kill -9 $$")
    with pytest.raises(ValueError, match=r"has killed the runner, .* its memory is full: set a smaller"):
        _ = Host(ENGINES[0], HOST, str(python)).about


def test_missing_numpy_is_named(tmp_path: Path, seen: Callable[[], list[str]]) -> None:
    python = _script(tmp_path / "python", f'exec {sys.executable} -I -S "$@"')
    with pytest.raises(ValueError, match=r"has no Python package numpy: write .* install numpy ai-edge-litert there"):
        _ = Host(ENGINES[3], HOST, str(python)).about


def test_a_path_in_the_home_folder_begins_there(
    tmp_path: Path, seen: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a command over ssh begins in the home folder
    (tmp_path / "a folder").mkdir()
    _script(tmp_path / "a folder" / "python", f'exec {sys.executable} "$@"')
    assert Host(ENGINES[0], HOST, "~/a folder/python").about == ENGINES[0].about


def test_missing_ssh_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match=r"needs the program ssh, which .*: install OpenSSH's client"):
        _ = _host(ENGINES[0]).about


@pytest.mark.parametrize("engine", [OpenVino(1, 1), Ncnn(1), ExecuTorch(1, 1), Cuda(1)])
def test_an_engine_without_a_single_file_is_refused(engine: Engine) -> None:
    refused = rf"^host must be null with {type(engine).__name__}, .* ONNX Runtime \(hardware=cpu\) and LiteRT"
    with pytest.raises(ValueError, match=refused):
        MeasuredHardware(engine, TIMING, 3, 2, "cache", host=HOST)
    with pytest.raises(ValueError, match=refused):
        PredictorHardware(engine, TIMING, 30, 0.2, "cache", host=HOST)


@pytest.mark.parametrize("host", ["-oProxyCommand=true", "pi raspberry"])
def test_what_is_no_name_of_a_machine_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match=r"^host must be a machine as ssh knows it, like user@board, not "):
        MeasuredHardware(ENGINES[0], TIMING, 3, 2, "cache", host=host)


def test_a_server_of_ssh_is_measured(tmp_path: Path, server: str) -> None:
    found = _hardware(tmp_path / "cache", server).profile(SPACE)
    assert layers_of(SPACE).keys() <= found.table.rows.keys()
    assert min(found.table.rows.values()) > 0
    assert Host(ENGINES[0], server, sys.executable).breakdown(NETWORK)
    with pytest.raises(ValueError, match=r"^hardware.host=board has no /no/python: set hardware\.python"):
        _ = Host(ENGINES[0], server, "/no/python").about


def test_a_server_of_ssh_that_does_not_know_the_key_is_named(tmp_path: Path, server: str) -> None:
    (tmp_path / "user_key.pub").write_text("")
    with pytest.raises(ValueError, match=r"^hardware.host=board cannot be reached: .*Permission denied \(publickey"):
        _ = Host(ENGINES[0], server, sys.executable).about
