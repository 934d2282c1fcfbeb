"""A ``_target_`` from elsewhere names a part of its group, or it is refused: nothing of it runs, nothing is written."""

import subprocess
import sys
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path

import pytest

from mobilenas.cli.trusted import resolve
from mobilenas.conf_dir import conf_dir
from mobilenas.pipeline.settings import read_settings
from mobilenas.settings import SettingsError
from tests.cli.hostile_targets import INSIDE, MORE_KEYS, NO_NAMES, NO_TEXTS, OUTSIDE, composed_values, places

PLACES = places()
OF_OTHER_GROUPS = ("mobilenas.method.Method", "mobilenas.ops.Conv", "mobilenas.pipeline.Scale")


def _refused(place: str, change: Mapping[str, object]) -> tuple[str, ...]:
    """What is said to settings in which the mapping at a place is changed."""
    values = deepcopy(composed_values(*PLACES[place]))
    part: object = values
    for name in place.split("."):
        assert isinstance(part, dict)
        part = part[name]
    assert isinstance(part, dict)
    part |= change
    with pytest.raises(SettingsError) as refused:
        read_settings(values, resolve)
    return refused.value.sentences


def test_every_group_has_a_place_and_parts_within_parts_are_among_them() -> None:
    groups = {path.name for path in conf_dir().iterdir() if path.is_dir()} - {"experiment", "network", "scale"}
    assert groups <= {place.partition(".")[0] for place in PLACES}
    assert {"hardware.engine", "hardware.timing", "method.objective", "data.augment", "adaptation"} <= set(PLACES)
    assert len(OUTSIDE) + len(INSIDE) >= 20


@pytest.mark.parametrize("target", [*OUTSIDE, *INSIDE, *OF_OTHER_GROUPS, *NO_NAMES], ids=lambda one: repr(one)[:50])
@pytest.mark.parametrize("place", PLACES)
def test_a_hostile_target_is_refused_in_one_sentence_that_names_the_setting(
    place: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (said,) = _refused(place, {"_target_": target})
    assert said.startswith((f"{place}: _target_ ", f"{place} must be a", f"{place} names no part"))
    assert said.endswith(".") and len(said) < 400 and said.isprintable()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("target", NO_TEXTS, ids=str)
@pytest.mark.parametrize("place", PLACES)
def test_a_target_that_is_no_text_is_refused(place: str, target: object) -> None:
    assert _refused(place, {"_target_": target})[0].startswith(f"{place}._target_ must be a text, not ")


@pytest.mark.parametrize("more", MORE_KEYS, ids=lambda one: next(iter(one)))
@pytest.mark.parametrize("place", PLACES)
def test_a_key_of_hydra_beside_a_target_is_no_setting(place: str, more: Mapping[str, object]) -> None:
    (said,) = _refused(place, more)
    assert said.startswith(f"There is no setting '{place}.{next(iter(more))}'")


def test_nothing_is_imported_for_a_target_that_is_not_of_this_project() -> None:
    code = (
        "import sys\n"
        "from mobilenas.cli.trusted import resolve\n"
        "from tests.cli.hostile_targets import NO_NAMES, OUTSIDE\n"
        "before = set(sys.modules)\n"
        "for target in (*OUTSIDE, *NO_NAMES):\n"
        "    try: resolve(target)\n"
        "    except ValueError: pass\n"
        "print(sorted(set(sys.modules) - before), 'torch' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert ended.stdout == "[] False\n"
