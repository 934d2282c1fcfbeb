"""What an Android phone tells of itself: its name and its chip, and how warm it is."""

from __future__ import annotations

import re

from mobilenas.engine.phone import Phone

PROPERTIES = (
    "ro.product.manufacturer", "ro.product.model", "ro.soc.model", "ro.board.platform", "ro.build.version.release",
)  # fmt: skip
TEMPERATURE = re.compile(r"^\s*temperature: (-?\d+)", re.MULTILINE)  # of the battery, in tenths of a degree
THERMAL_STATUS = re.compile(r"Thermal Status: (\d+)")  # since Android 10; 0 is cool, and from 3 the phone is slower


def device_name(phone: Phone) -> str:
    """Returns maker, model, chip and version of Android; two phones of one model are the same device."""
    said = phone.shell("; ".join(f"echo {name}=$(getprop {name})" for name in PROPERTIES))
    told = dict(line.split("=", 1) for line in said.splitlines() if line.startswith("ro.") and "=" in line)
    maker, model, chip, board, release = (told.get(name, "").strip() for name in PROPERTIES)
    facts = (f"{maker} {model}".strip(), chip or board, f"Android {release}" if release else "")
    return ", ".join(fact for fact in facts if fact) or "Android"


def warmth(phone: Phone) -> dict[str, str]:
    """Returns the temperature of the battery and how far the phone slows itself down, as far as it tells them."""
    said = phone.shell("dumpsys battery; dumpsys thermalservice")
    tenths, status = TEMPERATURE.search(said), THERMAL_STATUS.search(said)
    facts = {"temperature": f"{int(tenths[1]) / 10:g} C"} if tenths else {}
    return facts | ({"thermal_status": status[1]} if status else {})
