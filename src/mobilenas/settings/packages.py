"""Installed packages that add parts of their own, by an entry point of the group ``mobilenas``.

In the package's ``pyproject.toml``, the name is free and the value is the package::

    [project.entry-points.mobilenas]
    my_parts = "my_package"

A config may then name ``my_package.MySpace`` as a ``_target_``. The YAML files in ``my_package/conf/<group>/`` are
found like those of this project; each needs a name of its own. The classes in the tuple ``my_package.OPS`` are
operations that networks may consist of.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from mobilenas.conf_dir import conf_dir

GROUP = "mobilenas"


@cache
def packages() -> tuple[str, ...]:
    """Names of the packages, sorted."""
    return tuple(sorted({one.value.partition(":")[0] for one in entry_points(group=GROUP)}))


def conf_folders() -> list[Path]:
    """The ``conf`` folders of the packages that have one; a package is not imported for it.

    Raises:
        ValueError: two YAML files have one name, so that one of them would never be read
    """
    found: list[Path] = []
    for name in packages():
        with _importing(name):  # the packages around it, where its name has a dot
            spec = find_spec(name)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            folder = Path(place) / "conf"
            _check_names(name, folder, (conf_dir(), *found))
            found += [folder] if folder.is_dir() else []
    return found


def conf_files(group: str) -> dict[str, Path]:
    """The YAML files of a group by name, sorted: those of this project and those of the packages."""
    folders = (*conf_folders(), conf_dir())
    found = {path.stem: path for folder in folders for path in (folder / group).glob("*.yaml")}
    return dict(sorted(found.items()))


def added(name: str) -> list[tuple[str, object]]:
    """What the packages list under a name, ``OPS`` say, each with the name of its package.

    Raises:
        ValueError: a package cannot be imported, or has no tuple under this name
    """
    found: list[tuple[str, object]] = []
    for package in packages():
        with _importing(package):
            things = getattr(import_module(package), name, ())
        if not isinstance(things, tuple | list):
            way_out = f"mend the package {package}, or uninstall it"
            raise ValueError(f"{package}.{name} must be a tuple, not {things!r:.80}: {way_out}.")
        found += [(package, thing) for thing in things]
    return found


def reason(error: Exception) -> str:
    """What a package's own code has raised, in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".: ")


@contextmanager
def _importing(package: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise ValueError(
            f"The package {package}, which adds parts, cannot be imported: {reason(error)}; mend it, or uninstall it."
        ) from error


def _check_names(package: str, folder: Path, others: Sequence[Path]) -> None:
    for path in sorted(folder.rglob("*.yaml")):
        for same in (other / path.relative_to(folder) for other in others):
            if same.is_file():
                raise ValueError(
                    f"{path} of the package {package} has the name of {same}, so one of them would never be read:"
                    " rename the file of the package, or uninstall the package."
                )
