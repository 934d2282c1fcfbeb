"""What happens to the processes of a run."""

import signal
import subprocess
import time
from pathlib import Path


def is_there(process: int) -> bool:
    """Whether a process has not ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill_when(process: subprocess.Popen[str], folder: Path, begun: str) -> None:
    """SIGKILL as soon as the folder holds a file of this pattern."""
    end = time.monotonic() + 600
    while not list(folder.glob(begun)):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end, begun
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
