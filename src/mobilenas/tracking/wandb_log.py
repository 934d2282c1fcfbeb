"""The settings of a record in Weights & Biases."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import Any, ClassVar

from mobilenas.settings import NonEmpty, settings
from mobilenas.tracking.base import Tracker
from mobilenas.tracking.log import Log, settings_in
from mobilenas.tracking.wandb_check import OFFLINE, check_reached, check_user, has_login

LONGEST = 128
"""The most letters of a project's name and of a run's id."""


@settings
class WandbLog(Log):
    """A record in Weights & Biases: one W&B run for a run, over all its stages, which goes on under the same id.

    The name of the W&B run is that of the run's folder, and its config has the settings in config.yaml. If the agent of
    a W&B sweep has started the command, the agent gives the id.

    Args:
        project: the project in W&B
        offline: whether the record stays on this machine; by default it does if WANDB_API_KEY is not set
        files: whether the files of the stages are sent, as the files of artifacts
    """

    name: ClassVar[str] = "wandb"
    title: ClassVar[str] = "Weights & Biases"

    project: NonEmpty = "mobilenas"
    offline: bool | None = None
    files: bool = True

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
        if not (found.api_key or has_login(found.base_url)):
            raise ValueError(
                f"Weights & Biases needs a key, because logger.offline is false: set WANDB_API_KEY, {OFFLINE}."
            )
        check_reached(found.base_url)
        check_user()

    def open(self, folder: Path, kept: str) -> Tracker:
        from mobilenas.tracking.wandb_run import WandbTracker

        own = {} if os.environ.get("WANDB_SWEEP_ID") else {"id": kept or _new_id(folder.name)}
        made: dict[str, Any] = own | {"name": folder.name, "project": self.project, "config": settings_in(folder)}
        return WandbTracker(folder, made, self.stays_here, self.files)


def _new_id(name: str) -> str:
    """Returns an id of its own for each run, also for those of the same settings in other places."""
    own = f"{name.replace(' ', '-')}-{secrets.token_hex(3)}"
    return own if len(own) <= LONGEST else f"{own[: LONGEST - 9]}-{hashlib.sha256(own.encode()).hexdigest()[:8]}"
