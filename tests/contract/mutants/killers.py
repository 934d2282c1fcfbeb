"""The checks that find a part."""

from collections.abc import Callable
from typing import Any

from mobilenas.testing import ContractError, checks_of


def killers(kind: str, part: object) -> list[str]:
    """Names of the checks that a part does not pass."""

    def kills(check: Callable[[Any], None]) -> bool:
        try:
            check(part)
        except (ContractError, ValueError, KeyError):
            return True
        return False

    return [check.__name__ for check in checks_of(kind) if kills(check)]
