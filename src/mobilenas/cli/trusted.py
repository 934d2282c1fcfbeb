"""Which classes settings may name: those of the project and of Lightning."""

from collections.abc import Iterator, Mapping

from hydra.errors import InstantiationException
from hydra.utils import get_object

_TRUSTED = ("mobilenas.", "pytorch_lightning.")


def check_targets(settings: object) -> None:
    """Raise ValueError for a class outside the project and its declared dependencies."""
    for target in _targets(settings):
        if not (target.startswith(_TRUSTED) and _home(target).startswith(_TRUSTED)):
            raise ValueError(f"_target_ {target!r} is not allowed: it must begin with {' or '.join(_TRUSTED)}.")


def _home(target: str) -> str:
    """The module that a target was defined in, whatever module it is reached through."""
    try:
        return str(get_object(target).__module__)
    except (ImportError, AttributeError, InstantiationException):
        raise ValueError(f"_target_ {target!r} does not exist.") from None


def _targets(settings: object) -> Iterator[str]:
    if isinstance(settings, Mapping):
        if "_target_" in settings:
            yield str(settings["_target_"])
        for value in settings.values():
            yield from _targets(value)
    elif isinstance(settings, list):
        for value in settings:
            yield from _targets(value)
