"""The operations that packages list, each checked before a network may name it."""

from collections.abc import Iterable, Mapping

from mobilenas.ops.base import Op


def by_name(listed: Iterable[tuple[str, object]], taken: Mapping[str, type[Op]]) -> dict[str, type[Op]]:
    """The operations by name.

    Args:
        listed: the operations, each with the package that lists it
        taken: names that none of them may have, and whose they are

    Raises:
        ValueError: one of them is not a whole operation, or two of them have one name
    """
    found = dict[str, type[Op]]()
    for package, thing in listed:
        op = _checked(package, thing)
        other = {**taken, **found}.get(op.name, op)
        if other is not op:
            both = f"Two operations are called {op.name!r}, {_place(other)} and {_place(op)}"
            raise ValueError(f"{both}: give one of them another name, or uninstall the package {package}.")
        found[op.name] = op
    return found


def _checked(package: str, thing: object) -> type[Op]:
    way_out = f"or uninstall the package {package}"
    if not isinstance(thing, type) or not issubclass(thing, Op):
        raise ValueError(f"{package}.OPS lists {thing!r:.80}: list only classes with the base class Op, {way_out}.")
    if "__dataclass_params__" not in vars(thing):
        raise ValueError(f"{_place(thing)} is no dataclass: write @dataclass(frozen=True) above it, {way_out}.")
    if thing.__abstractmethods__:
        lacks = ", ".join(sorted(thing.__abstractmethods__))
        raise ValueError(f"{_place(thing)} does not define {lacks}: add them, {way_out}.")
    if not isinstance(getattr(thing, "name", None), str):
        raise ValueError(f'{_place(thing)} has no name: add `name: ClassVar[str] = "..."`, {way_out}.')
    return thing


def _place(op: type[Op]) -> str:
    return f"{op.__module__}.{op.__qualname__}"
