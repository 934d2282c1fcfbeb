"""Installed packages that add parts of their own, by an entry point of the group ``mobilenas``.

In the package's ``pyproject.toml``, the name is free and the value is the package::

    [project.entry-points.mobilenas]
    my_parts = "my_package"

A config may then name ``my_package.MySpace`` as a ``_target_``. The YAML files in ``my_package/conf/<group>/`` are
found like those of this project, and the classes in ``my_package.OPS`` are operations that networks may consist of.
"""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from mobilenas.conf_dir import conf_dir

GROUP = "mobilenas"


@cache
def packages() -> tuple[str, ...]:
    """Names of the packages, sorted."""
    return tuple(sorted({one.value.partition(":")[0] for one in entry_points(group=GROUP)}))


def conf_folders() -> list[Path]:
    """The ``conf`` folders of the packages that have one; nothing of theirs is imported."""
    found: list[Path] = []
    for name in packages():
        spec = find_spec(name)
        folders = [Path(place) / "conf" for place in (spec.submodule_search_locations or ())] if spec else []
        found += [folder for folder in folders if folder.is_dir()]
    return found


def conf_files(group: str) -> dict[str, Path]:
    """The YAML files of a group by name, sorted: those of this project and those of the packages."""
    folders = (*conf_folders(), conf_dir())
    found = {path.stem: path for folder in folders for path in (folder / group).glob("*.yaml")}
    return dict(sorted(found.items()))


def added(name: str) -> list[object]:
    """What the packages list under a name, ``OPS`` say, one after the other.

    Raises:
        ValueError: a package cannot be imported
    """
    return [thing for package in packages() for thing in getattr(_imported(package), name, ())]


def _imported(package: str) -> ModuleType:
    try:
        return import_module(package)
    except ImportError as error:
        raise ValueError(f"The package {package}, which adds parts, cannot be imported: {error}.") from error
