"""Decides which classes settings may name: those of this project and of installed packages that add parts to it."""

import re
from importlib import import_module

from mobilenas.settings.packages import GROUP, packages, reason

_NAME, _LONGEST = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", re.ASCII), 200


def resolve(target: str) -> type:
    """Returns the class that a ``_target_`` names.

    Raises:
        ValueError: it does not exist, or it is outside the project and the packages of the entry point group
    """
    trusted = ("mobilenas", *packages())
    if len(target) > _LONGEST or not _NAME.fullmatch(target):
        raise ValueError(f"_target_ {target!r:.80} is not allowed: it is not the name of a class, as package.Class is.")
    if not _is_within(target, trusted):
        raise ValueError(
            f"_target_ {target!r} is not allowed: it must begin with {' or '.join(f'{name}.' for name in trusted)} A"
            f" package allows its own classes by an entry point of the group {GROUP!r}."
        )
    module, _, name = target.rpartition(".")
    try:
        thing = getattr(import_module(module), name, None)
    except Exception as error:  # of a package's own code
        if isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(f"{error.name}."):
            raise ValueError(f"_target_ {target!r} does not exist.") from None
        package = next(one for one in trusted if _is_within(target, (one,)))
        way_out = "" if package == "mobilenas" else f"; mend the package {package}, or uninstall it"
        raise ValueError(f"_target_ {target!r} cannot be imported: {reason(error)}{way_out}.") from error
    if thing is None:
        raise ValueError(f"_target_ {target!r} does not exist.")
    if not isinstance(thing, type) or not _is_within(f"{thing.__module__}.", trusted):
        raise ValueError(f"_target_ {target!r} is not allowed: it is not a class of {' or '.join(trusted)}.")
    return thing


def _is_within(target: str, trusted: tuple[str, ...]) -> bool:
    return any(target.startswith(f"{name}.") for name in trusted)
