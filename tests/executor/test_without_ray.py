"""What is checked of executor=ray before Ray has started."""

import re
import socket
import threading
from contextlib import nullcontext, suppress

import pytest

from mobilenas.cluster import check_reachable
from mobilenas.executor import RayExecutor


def test_the_absence_of_ray_ends_in_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mobilenas.cluster.connection.find_spec", lambda name: None)
    with pytest.raises(
        ValueError, match=r"^executor=ray needs Ray, which is not installed: pip install 'mobilenas\[cluster\]'\.$"
    ):
        RayExecutor()


@pytest.mark.parametrize(
    "setting", ["workers", "threads", "cpus_per_trial", "gpus_per_trial", "retries", "timeout_minutes"]
)
def test_a_setting_out_of_its_range_is_refused(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mobilenas.cluster.connection.find_spec", str)  # as if it were there
    with pytest.raises(ValueError, match=f"RayExecutor: {setting} must be a"):
        RayExecutor(**{setting: -1})


@pytest.mark.parametrize("address", ["127.0.0.1:{port}", "ray://127.0.0.1:{port}", "127.0.0.1:70000", "no..host:6379"])
def test_an_address_where_nobody_listens_ends_in_a_sentence_at_once(address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = address.format(port=free.getsockname()[1])
    with pytest.raises(ValueError, match=re.escape(f"No Ray answers at executor.address={address} (")):
        check_reachable(address)


@pytest.mark.parametrize(
    "address", ["nohost", "nohost:", "127.0.0.1:port", "http://head:8265", "::1:6379", "[::1:6379", ""]
)
def test_what_is_no_address_is_told_with_the_setting(address: str) -> None:
    with pytest.raises(ValueError, match=rf"trainer\.address must be host:port.* and not '{re.escape(address)}'"):
        check_reachable(address, "trainer")


@pytest.mark.parametrize("address", ["auto", "local"])
def test_an_address_that_ray_looks_up_is_ray_s_to_judge(address: str) -> None:
    check_reachable(address)


def _server(address: str) -> socket.socket:
    if "[" not in address:
        return socket.create_server(("127.0.0.1", 0))
    try:
        return socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")


@pytest.mark.parametrize("address", ["127.0.0.1:{port}", "ray://127.0.0.1:{port}", "[::1]:{port}"])
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (bytes.fromhex("000018040000000000"), ""),  # RFC 9113, section 4.1: a frame of 24 bytes of kind 4, SETTINGS
        (b"HTTP/1.1 400 Bad Request\r\n", "something else answers"),
        (b"SSH-", "something else answers"),
        (b"", "timed out"),
    ],
)
def test_what_answers_must_be_a_server_of_grpc(
    address: str, answer: bytes, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mobilenas.cluster.address.ANSWER_S", 0.5)
    with _server(address) as server:
        address = address.format(port=server.getsockname()[1])
        connections = list[socket.socket]()

        def serve() -> None:
            connection, _ = server.accept()
            connections.append(connection)
            connection.sendall(answer)
            if said == "something else answers":
                with suppress(OSError):  # the other side may have ended it
                    connection.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=serve)
        thread.start()
        wanted = pytest.raises(
            ValueError, match=rf"^No Ray answers at executor.address={re.escape(address)} \({said}\): set "
        )
        with wanted if said else nullcontext():
            check_reachable(address)
        thread.join()
        for one in connections:
            one.close()
