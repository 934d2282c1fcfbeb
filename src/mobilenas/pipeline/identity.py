"""The identity of a run: a hash of all settings that its results depend on."""

from __future__ import annotations

from dataclasses import fields

from mobilenas.adaptation import NetAdapt
from mobilenas.algorithm import OBJECTIVE, Algorithm
from mobilenas.files.hashes import fingerprint
from mobilenas.pipeline.parts import Parts
from mobilenas.pipeline.settings import Settings
from mobilenas.settings import plain
from mobilenas.settings.kinds import ASIDE

FORMAT = 3
"""The format of a run's folder; older folders, which have no such number, are not continued."""


def identity_of(settings: Settings, parts: Parts) -> str:
    """Returns a hash of all settings that results depend on; places of data, device and space do not count."""
    what: dict[str, object] = {
        "format": FORMAT,
        "name": None,
        "stages": None,
        "data": parts.data.fingerprint,
        "hardware": dict(settings.hardware.identity),
        "search_space": [parts.space.name, parts.space.fingerprint],
        "network": settings.network.to_yaml() if settings.network else None,
        "trainer": settings.trainer.identity,
        "objective": plain(settings.objective) if _needs_objective(settings.algorithm) else None,
    }
    if settings.seed_of_supernet != settings.seed:
        what["supernet_seed"] = settings.seed_of_supernet
    if parts.parent:
        what["parent"] = parts.parent.to_yaml()
    if settings.architecture:
        what["architecture"] = list(settings.architecture)
    if parts.teacher:
        what["teacher"] = parts.teacher.fingerprint
    if parts.weights:
        what["weights"] = parts.weights.fingerprint
    own = [one.name for one in fields(settings) if one.name not in what and not one.metadata.get(ASIDE)]
    return fingerprint(what | {name: plain(getattr(settings, name)) for name in own})


def _needs_objective(algorithm: Algorithm | NetAdapt) -> bool:
    return isinstance(algorithm, Algorithm) and OBJECTIVE in algorithm.needs
