"""What is checked of executor=ray before Ray has started."""

import socket

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


@pytest.mark.parametrize("address", ["127.0.0.1:{port}", "ray://127.0.0.1:{port}", "127.0.0.1:70000"])
def test_an_address_where_nobody_listens_ends_in_a_sentence_at_once(address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = address.format(port=free.getsockname()[1])
    with pytest.raises(ValueError, match=f"No Ray answers at executor.address={address}"):
        check_reachable(address)


@pytest.mark.parametrize("address", ["nohost", "nohost:", "127.0.0.1:port", ""])
def test_what_is_no_address_is_told_with_the_setting(address: str) -> None:
    with pytest.raises(ValueError, match=f"trainer.address must be host:port.* and not '{address}'"):
        check_reachable(address, "trainer")


@pytest.mark.parametrize("address", ["127.0.0.1:{port}", "ray://127.0.0.1:{port}", "auto", "local"])
def test_an_address_where_somebody_listens_or_that_ray_looks_up_is_ray_s_to_judge(address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        check_reachable(address.format(port=server.getsockname()[1]))
