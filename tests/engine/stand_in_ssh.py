"""Stands in for ssh, as a script: it runs the command on this machine, or fails as the variable SSH_FAULT says.

The file that SSH_SEEN names gets a line for each question that reaches the other side.
"""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread

FAILURES = {
    "permission": (255, "pi@raspberry: Permission denied (publickey,password).\r\n"),
    "unknown": (255, "ssh: Could not resolve hostname raspberry: Name or service not known\r\n"),
    "full": (1, "mktemp: failed to create directory '/tmp/tmp.9wz0': No space left on device\n"),
}


def stand_in(command: str) -> int:
    fault = os.environ.get("SSH_FAULT", "")
    if fault in FAILURES:
        status, said = FAILURES[fault]
        sys.stderr.write("Some warning\n" + said)
        return status
    if fault == "hang":
        time.sleep(600)
    if fault == "garbage":
        sys.stdout.write("Welcome to this board! " * 20 + "\n")
        return 0
    process = subprocess.Popen(["sh", "-c", command], stdin=subprocess.PIPE)
    forward = Thread(target=_forward, args=(process, command, fault), daemon=True)
    forward.start()
    status = process.wait()
    if fault.startswith("die"):
        sys.stderr.write("Timeout, server raspberry not responding.\r\n")
        return 255
    return status


def _forward(process: subprocess.Popen[bytes], command: str, fault: str) -> None:
    """Sends on the file and the questions, as many visits as the fault lets through."""
    size = re.search(r"head -c (\d+)", command)
    if size is None or process.stdin is None:
        return
    visits_left = int(fault.removeprefix("die after ")) if fault.startswith("die after ") else sys.maxsize
    with suppress(BrokenPipeError), process.stdin as there:
        there.write(sys.stdin.buffer.read(int(size[1])))
        there.flush()
        for line in sys.stdin.buffer:
            ask = json.loads(line)["ask"]
            visits_left -= ask == "visit"
            if visits_left < 0:
                return
            with Path(os.environ["SSH_SEEN"]).open("a") as seen:
                seen.write(f"{ask}\n")
            there.write(line)
            there.flush()


if __name__ == "__main__":
    ended = stand_in(sys.argv[-1])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ended)  # a thread may still wait for the next question
