"""What can be known of Weights & Biases before a run begins: the server, the key and the entity."""

from __future__ import annotations

import netrc
import os
from contextlib import suppress
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

OFFLINE = "or keep the record here with logger.offline=true"
_SECONDS = 10.0


def has_login(server: str) -> bool:
    """Returns whether W&B finds a login of an earlier time, so that it does not ask for one."""
    if os.environ.get("WANDB_IDENTITY_TOKEN_FILE"):
        return True
    with suppress(OSError, netrc.NetrcParseError):
        return netrc.netrc(os.environ.get("NETRC")).authenticators(urlsplit(server).netloc) is not None
    return False


def check_reached(server: str) -> None:
    try:
        with urlopen(server, timeout=_SECONDS):
            pass
    except HTTPError:  # it has answered
        pass
    except (URLError, OSError, ValueError) as error:
        reason = str(getattr(error, "reason", error)).rstrip(".")
        raise ValueError(
            f"Weights & Biases cannot be reached at {server} ({reason}): correct WANDB_BASE_URL or the"
            f" network, {OFFLINE}."
        ) from None


def check_user() -> None:
    """Raises ValueError unless the server knows the key, and lets its user write to the entity."""
    import wandb

    try:
        wandb.login(verify=True)
        user = wandb.Api(timeout=int(_SECONDS)).viewer
        own = {str(name) for name in (user.username, user.entity, *user.teams) if name}
    except (wandb.Error, ValueError, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise ValueError(
            f"Weights & Biases does not accept the key ({reason}): correct WANDB_API_KEY, {OFFLINE}."
        ) from None
    entity = os.environ.get("WANDB_ENTITY")
    if entity and entity not in own:
        raise ValueError(
            f"Weights & Biases has no entity {entity!r} (WANDB_ENTITY) for this key: choose from"
            f" {', '.join(sorted(own))}, {OFFLINE}."
        )
