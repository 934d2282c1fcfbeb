"""Installed packages that add parts: found by their entry points, and imported only where a part is asked for."""

import importlib.metadata
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mobilenas.settings.packages import GROUP, added, conf_folders, packages


def _install(folder: Path, name: str, points: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(f"OPS = ('{name} op',)\n")
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(points)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages."""
    monkeypatch.syspath_prepend(str(tmp_path))
    packages.cache_clear()
    yield tmp_path
    packages.cache_clear()
    for name in ("zeta_parts", "alpha_parts", "others"):
        sys.modules.pop(name, None)


def test_packages_are_found_by_their_entry_points_sorted(site: Path) -> None:
    _install(site, "zeta_parts", f"[{GROUP}]\nmine = zeta_parts\n")
    _install(site, "alpha_parts", f"[{GROUP}]\nmine = alpha_parts:OPS\nagain = alpha_parts\n")
    _install(site, "others", "[console_scripts]\nothers = others:main\n")
    assert packages() == ("alpha_parts", "zeta_parts")


def test_nothing_of_a_package_is_imported_for_its_conf_folder(site: Path) -> None:
    _install(site, "zeta_parts", f"[{GROUP}]\nmine = zeta_parts\n")
    _install(site, "alpha_parts", f"[{GROUP}]\nmine = alpha_parts\n")
    (site / "alpha_parts" / "conf").mkdir()
    assert conf_folders() == [site / "alpha_parts" / "conf"]
    assert "alpha_parts" not in sys.modules


def test_what_packages_list_is_put_together(site: Path) -> None:
    _install(site, "zeta_parts", f"[{GROUP}]\nmine = zeta_parts\n")
    _install(site, "alpha_parts", f"[{GROUP}]\nmine = alpha_parts\n")
    assert added("OPS") == [("alpha_parts", "alpha_parts op"), ("zeta_parts", "zeta_parts op")]
    assert added("SPACES") == []


@pytest.mark.parametrize("listed", ["{'blur'}", "3", "len"])
def test_what_is_listed_in_no_tuple_is_refused(site: Path, listed: str) -> None:
    _install(site, "zeta_parts", f"[{GROUP}]\nmine = zeta_parts\n")
    (site / "zeta_parts" / "__init__.py").write_text(f"OPS = {listed}\n")
    said = f"zeta_parts.OPS must be a tuple, not {eval(listed)!r}: mend the package zeta_parts, or uninstall it."
    with pytest.raises(ValueError, match=re.escape(said)):
        added("OPS")


def test_a_yaml_of_two_packages_is_refused_by_both_of_its_paths(site: Path) -> None:
    files = []
    for name in ("alpha_parts", "zeta_parts"):
        _install(site, name, f"[{GROUP}]\nmine = {name}\n")
        files.append(site / name / "conf" / "data" / "birds.yaml")
        files[-1].parent.mkdir(parents=True)
        files[-1].touch()
    said = f"{files[1]} of the package zeta_parts has the name of {files[0]}, so one of them would never be read"
    with pytest.raises(ValueError, match=re.escape(said)):
        conf_folders()


def test_a_package_within_one_that_cannot_be_imported_is_named(site: Path) -> None:
    _install(site, "zeta_parts", f"[{GROUP}]\nmine = zeta_parts.parts\n")
    (site / "zeta_parts" / "__init__.py").write_text("raise TypeError('no')\n")
    said = r"The package zeta_parts.parts, which adds parts, cannot be imported: TypeError: no; mend it, or uninstall"
    with pytest.raises(ValueError, match=said):
        conf_folders()


def test_a_package_that_is_gone_has_no_conf_folder(site: Path) -> None:
    _install(site, "zeta_parts", f"[{GROUP}]\nmine = nowhere_to_be_found\n")
    assert conf_folders() == []


def test_the_group_is_named_as_the_project() -> None:
    assert GROUP == "mobilenas" == importlib.metadata.metadata("mobilenas")["Name"]
