"""An Android phone: commands run on it, files are written to it, and what is wrong with it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from tempfile import TemporaryDirectory
from types import MappingProxyType

from mobilenas.engine.adb import LONGEST_LINE, call_adb, states_by_serial

WAYS_OUT: Mapping[str, str] = MappingProxyType(
    {
        "unauthorized": "unlock it and accept the question about USB debugging on its screen",
        "offline": "unplug it and plug it in again, or start it again",
    }
)
"""What to do with a phone that is not ready, by the state that adb tells."""


@dataclass(frozen=True)
class Phone:
    """A phone that adb reaches.

    Args:
        adb: name or path of the command
        serial: names the phone among those that are connected
        timeout_s: seconds after which a command is given up
    """

    adb: str
    serial: str
    timeout_s: float

    def shell(self, command: str) -> str:
        """Runs a command on the phone, and returns what it writes, also if it fails.

        Raises:
            ValueError: the phone is not there any more, or the command takes too long
        """
        failed, said = call_adb(self.adb, ("-s", self.serial, "shell", command), self.timeout_s)
        if failed:
            self.check()
        return said

    def push(self, content: bytes, place: str) -> None:
        """Writes an executable file on the phone; a file of this name that is there already is left as it is.

        Raises:
            ValueError: the phone is not there any more, its storage is full, or its folder cannot be written
        """
        folder, part = quote(place.rpartition("/")[0]), f"{place}.part"
        if "there" in self.shell(f"mkdir -p {folder}; if [ -f {quote(place)} ]; then echo there; fi").split():
            return
        with TemporaryDirectory() as here:
            file = Path(here, "file")
            file.write_bytes(content)
            failed, said = call_adb(self.adb, ("-s", self.serial, "push", str(file), part), self.timeout_s)
        if failed:
            self.check()
            self.shell(f"rm -f {quote(part)}")
            raise ValueError(self._not_written(folder, said))
        self.shell(f"chmod 755 {quote(part)} && mv {quote(part)} {quote(place)}")  # complete, or not there

    def check(self) -> None:
        """Raises ValueError if adb does not reach the phone any more."""
        if states_by_serial(self.adb, self.timeout_s).get(self.serial) != "device":
            raise ValueError(
                f"The phone {self.serial} is not connected any more: what was measured is kept, so plug it in again and"
                " give the same command, which goes on where it was."
            )

    def _not_written(self, folder: str, said: str) -> str:
        if "No space left" in said:
            return (
                f"The storage of the phone {self.serial} is full: make room, for example by adb shell rm -r {folder},"
                " whose files are written again when they are needed."
            )
        error = next((line for line in said.splitlines() if "error" in line), said)
        reason = error.rpartition(": ")[2].strip()
        return (
            f"The folder {folder} of the phone {self.serial} cannot be written ({reason:.{LONGEST_LINE}}): set"
            " hardware.engine.folder to a folder below /data/local/tmp."
        )


def connected_phone(adb: str, serial: str | None, timeout_s: float) -> Phone:
    """Returns a phone that is connected and ready.

    Args:
        adb: name or path of the command
        serial: names the phone; None takes the only one
        timeout_s: seconds after which a command is given up

    Raises:
        ValueError: adb is not installed, no phone or another phone is connected, or the phone is not ready
    """
    states = states_by_serial(adb, timeout_s)
    found = ", ".join(states)
    if not states:
        raise ValueError(
            "No phone is connected: plug one in, switch on USB debugging in its developer options, and look whether adb"
            " devices lists it."
        )
    if serial is not None and serial not in states:
        raise ValueError(f"The phone {serial} is not connected, but {found}: choose one by hardware.engine.serial.")
    ready = [one for one, state in states.items() if state == "device"]
    if serial is None and len(ready) > 1:
        raise ValueError(
            f"{len(ready)} phones are connected, {', '.join(ready)}: choose one by hardware.engine.serial={ready[0]}."
        )
    chosen = serial or next(iter(ready or states))
    if (state := states[chosen]) != "device":
        way_out = WAYS_OUT.get(state, "look into adb's documentation of this state")
        raise ValueError(f"The phone {chosen} is connected, but {state}: {way_out}.")
    return Phone(adb, chosen, timeout_s)
