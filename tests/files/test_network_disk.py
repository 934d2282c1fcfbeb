"""Files on other machines, by the list of mounted file systems in Linux's documented form (proc(5))."""

import shutil
import subprocess
from pathlib import Path

import pytest

from mobilenas.files.network_disk import network_file_system


def mounted(tmp_path: Path, *lines: tuple[Path, str]) -> Path:
    text = "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    for place, kind in lines:
        escaped = str(place).replace("\\", "\\134").replace(" ", "\\040")
        text += f"36 21 0:32 / {escaped} rw,noatime master:1 - {kind} server:/export rw,errors=continue\n"
    (tmp_path / "mountinfo").write_text(text)
    return tmp_path / "mountinfo"


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "lustre", "fuse.sshfs"])
def test_a_file_on_another_machine_is_known_by_its_mount(tmp_path: Path, kind: str) -> None:
    share = tmp_path / "on the server"
    mounts = mounted(tmp_path, (share, kind))
    assert network_file_system(share / "new" / "evaluations.sqlite", mounts) == kind
    assert network_file_system(share, mounts) == kind
    assert network_file_system(tmp_path / "on the server too", mounts) == ""


def test_the_innermost_mount_counts_and_of_two_the_last(tmp_path: Path) -> None:
    share = tmp_path / "share"
    mounts = mounted(tmp_path, (share, "nfs"), (share / "scratch", "xfs"), (tmp_path / "twice", "nfs"))
    assert network_file_system(share / "scratch" / "a", mounts) == ""
    assert network_file_system(share / "b", mounts) == "nfs"
    again = mounted(tmp_path, (tmp_path / "twice", "nfs"), (tmp_path / "twice", "tmpfs"))
    assert network_file_system(tmp_path / "twice" / "a", again) == ""


def test_a_link_leads_to_where_the_file_is(tmp_path: Path) -> None:
    share = tmp_path / "share"
    share.mkdir()
    (tmp_path / "link").symlink_to(share)
    assert network_file_system(tmp_path / "link" / "a", mounted(tmp_path, (share, "nfs4"))) == "nfs4"


def test_without_a_list_nothing_is_said(tmp_path: Path) -> None:
    assert network_file_system(tmp_path, tmp_path / "none") == ""


@pytest.mark.skipif(shutil.which("stat") is None, reason="there is no command stat to compare with")
def test_the_file_systems_of_this_machine_are_as_stat_tells(tmp_path: Path) -> None:
    for place in (tmp_path, Path("/"), Path("/proc")):
        said = subprocess.run(["stat", "-f", "-c", "%T", place], capture_output=True, text=True, check=True).stdout
        found = network_file_system(place)
        assert not found or found.removesuffix("4") in said or "fuse" in said
