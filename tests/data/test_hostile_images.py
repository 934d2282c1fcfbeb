"""Images that swallow a machine are refused by name, or read, within seconds and 2 GB."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mobilenas.data import image_folder
from mobilenas.data.decode import UnreadableImageError, centered, check_all
from tests.data.hostile_images import HOSTILE, STRANGE

Paint = Callable[..., Path]

MEASURED = """
import sys, time
from pathlib import Path
from mobilenas.engine.peak_memory import peak_bytes
from mobilenas.data.decode import centered

def read():
    try:
        print(centered(Path(sys.argv[1]), 8, 1.0).shape)
    except ValueError as error:
        print(error)

begin = time.process_time()
grown = peak_bytes(read)
print(time.process_time() - begin, grown / 2**30)
"""


def _measured(path: Path) -> tuple[str, float, float]:
    """What is said to an image by a process of its own, its seconds, and its gigabytes."""
    ended = subprocess.run([sys.executable, "-W", "error", "-c", MEASURED, str(path)], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    said, numbers = ended.stdout.splitlines()
    seconds, gigabytes = map(float, numbers.split())
    return said, seconds, gigabytes


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_image_is_refused_by_name(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.png").write_bytes(HOSTILE[kind]())
    with pytest.raises(
        UnreadableImageError, match=r"^x.png cannot be read as an image \(.*\); replace it or remove it.$"
    ):
        centered(Path("x.png"), 8, 1.0)
    assert list(tmp_path.iterdir()) == [tmp_path / "x.png"]


LARGE = (
    "a PNG of 60,000 x 60,000", "a PNG of 90 million pixels", "a PNG with a text of 256 MB",
    "a PNG with a chunk of 2 GB", "a WebP of 16,383 x 16,383", "a TIFF with a strip of 4 GB",
    "a PPM with a number that does not end",
)  # fmt: skip


@pytest.mark.parametrize("kind", LARGE)
def test_it_takes_seconds_and_less_than_2_gb(kind: str, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(HOSTILE[kind]())
    said, seconds, gigabytes = _measured(tmp_path / "x.png")
    assert "cannot be read as an image" in said
    assert seconds < 10 and gigabytes < 2


@pytest.mark.parametrize("kind", STRANGE)
def test_a_strange_image_is_read_in_seconds_and_less_than_2_gb(kind: str, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(STRANGE[kind]())
    said, seconds, gigabytes = _measured(tmp_path / "x.png")
    assert said == "(3, 8, 8)"
    assert seconds < 10 and gigabytes < 2


def test_an_image_of_too_many_pixels_is_found_by_its_head_alone(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(HOSTILE["a PNG of 90 million pixels"]())
    with pytest.raises(UnreadableImageError, match=r"9000 x 10000 pixels, more than 89,000,000|90000000 pixels"):
        check_all([str(tmp_path / "x.png")], wholly=[False])


def test_what_is_no_file_is_not_opened_and_said(paint: Paint, monkeypatch: pytest.MonkeyPatch) -> None:
    root = paint("photos/a", "photos/b", count=10)
    os.mkfifo(root / "a" / "pipe.png")
    (root / "a" / "circle.png").symlink_to("circle.png")
    (root / "a" / "nowhere.png").symlink_to("nothing.png")
    (root / "a" / "zero.png").symlink_to("/dev/zero")
    (root / "a" / "up").symlink_to("..")
    (root / "circle").symlink_to("circle")
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(root)  # a socket's path has at most 107 letters
        listening.bind("a/socket.png")
        data = image_folder(str(root), 8)
    assert data.classes == ("a", "b") and sum(data.sizes.values()) == 20
    assert dict(data.left_out) == {
        "pipes and devices": 2, "broken links": 3, "links to folders": 1, "files outside the folders of the classes": 1,
    }  # fmt: skip


def test_a_pipe_that_comes_later_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(UnreadableImageError, match="it is no file"):
        centered(tmp_path / "pipe.png", 8, 1.0)


def test_many_empty_files_are_listed_soon_and_the_first_one_is_named(paint: Paint) -> None:
    root = paint("photos/a", "photos/b", count=3)
    for number in range(20_000):
        (root / "a" / f"{number}.txt").touch()
        (root / "b" / f"e{number}.png").touch()
    data = image_folder(str(root), 128)
    assert data.left_out["files of other kinds"] == 20_000
    with pytest.raises(ValueError, match=r"/b/e\d+.png cannot be read as an image .*; replace it or remove it.$"):
        data.check_images()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_named(paint: Paint) -> None:
    root = paint("photos/a", "photos/b", count=5)
    (root / "a").chmod(0)
    with pytest.raises(ValueError, match=f"^The folder {root}/a cannot be read: Permission denied.$"):
        image_folder(str(root), 8)
    (root / "a").chmod(0o700)
