"""The log in Weights & Biases, and what can be known of it before a training begins."""

from __future__ import annotations

import hashlib
import netrc
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from mobilenas.files.yaml_text import read_yaml
from mobilenas.settings import NonEmpty, settings
from mobilenas.training.loggers import Log

if TYPE_CHECKING:
    from pytorch_lightning.loggers import Logger

LONGEST = 128
"""The most letters of a project's name and of a run's id."""

OFFLINE = "or keep the logs here with logger.offline=true"
_SECONDS = 10.0


@settings
class WandbLog(Log):
    """A log in Weights & Biases, with one W&B run for each training, which continues under the same id.

    The name of the W&B run is that of the run's folder, which holds config.yaml, and its config has these settings and
    the name of the training.

    Args:
        project: the project in W&B
        offline: whether the logs stay on this machine; by default they do if WANDB_API_KEY is not set
    """

    project: NonEmpty = "mobilenas"
    offline: bool | None = None

    def __post_init__(self) -> None:
        if wrong := sorted(set(self.project) & set("/\\#?%:")):
            raise ValueError(
                f"WandbLog: project must not have any of / \\ # ? % :, which W&B refuses, but has {wrong[0]}."
            )
        if len(self.project) > LONGEST:
            raise ValueError(f"WandbLog: project must have {LONGEST} letters or fewer, not {len(self.project)}.")

    @property
    def stays_here(self) -> bool:
        """Whether nothing is sent to W&B's server."""
        if os.environ.get("WANDB_MODE") in ("offline", "dryrun", "disabled"):
            return True
        return not os.environ.get("WANDB_API_KEY") if self.offline is None else self.offline

    def check(self) -> None:
        """Raises ValueError unless W&B's server can be reached, and accepts the key and the entity."""
        import wandb

        try:
            found = wandb.setup().settings
        except (wandb.Error, ValueError) as error:
            lines = [line.strip() for line in str(error).splitlines()]
            reason = ": ".join(lines[1:3] or lines)  # the first of several lines is pydantic's number of errors
            raise ValueError(f"Weights & Biases cannot read a variable WANDB_..., {reason}: correct it.") from None
        if self.stays_here:
            return
        if not (found.api_key or _has_login(found.base_url)):
            raise ValueError(
                f"Weights & Biases needs a key, because logger.offline is false: set WANDB_API_KEY, {OFFLINE}."
            )
        _check_reached(found.base_url)
        _check_user()

    def open(self, folder: Path, name: str) -> Logger:
        from mobilenas.training.metrics_log import MetricsLog
        from mobilenas.training.wandb_run import WandbRun

        above = folder.resolve().parents
        owner = next((place for place in above if (place / "config.yaml").exists()), above[0])
        run = _shortened(f"{owner.name}-{name}".replace(" ", "-"))
        made = {"id": run, "name": run, "project": self.project, "config": _config(owner) | {"training": name}}
        return MetricsLog(folder, name, WandbRun(folder, made, self.stays_here))


def _config(owner: Path) -> dict[str, Any]:
    """Returns the settings in a run's folder, or nothing if there are none."""
    file = owner / "config.yaml"
    content = read_yaml(file.read_text(encoding="utf-8"), str(file)) if file.exists() else None
    return dict(content) if isinstance(content, dict) else {}


def _shortened(name: str) -> str:
    """Returns an id that is short enough for W&B; different names have different ids."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _has_login(server: str) -> bool:
    """Returns whether W&B finds a login of an earlier time, so that it does not ask for one."""
    if os.environ.get("WANDB_IDENTITY_TOKEN_FILE"):
        return True
    with suppress(OSError, netrc.NetrcParseError):
        return netrc.netrc(os.environ.get("NETRC")).authenticators(urlsplit(server).netloc) is not None
    return False


def _check_reached(server: str) -> None:
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


def _check_user() -> None:
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
