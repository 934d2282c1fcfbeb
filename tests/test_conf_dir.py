"""Where the YAML files are found."""

from pathlib import Path

import pytest

from mobilenas import conf_dir as module
from mobilenas.conf_dir import conf_dir


def install(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = root / "src" / "mobilenas"
    package.mkdir(parents=True)
    monkeypatch.setattr(module, "__file__", str(package / "conf_dir.py"))
    return package


def test_the_repository_has_them_at_its_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch)
    (tmp_path / "conf").mkdir()
    assert conf_dir() == tmp_path / "conf"


def test_a_wheel_has_them_beside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = install(tmp_path, monkeypatch)
    (tmp_path / "conf").mkdir()
    (package / "conf").mkdir()
    assert conf_dir() == package / "conf"


def test_a_missing_folder_is_said_with_both_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = install(tmp_path, monkeypatch)
    with pytest.raises(
        FileNotFoundError, match=f"There is no conf folder at {package}/conf or {tmp_path}/conf; install"
    ):
        conf_dir()
