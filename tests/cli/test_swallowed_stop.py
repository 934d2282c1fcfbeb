"""A stop that Python or a library swallows is told as a stop, and not as the error that it has caused."""

import os
import signal
from contextlib import suppress

import pytest

from mobilenas.cli.ending import sentences
from mobilenas.stopped import raise_at_sigterm


@pytest.mark.parametrize("error", [ValueError("There is no setting 'layers'."), AttributeError("'NoneType'")])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_error_that_follows_a_swallowed_stop_is_told_as_the_stop(
    number: signal.Signals,
    status: int,
    error: Exception,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MOBILENAS_TRACEBACK", raising=False)
    with pytest.raises(SystemExit) as end, sentences():
        raise_at_sigterm()
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        raise error
    assert end.value.code == status
    assert capsys.readouterr().err == "mobilenas: stopped; the same command goes on from the last checkpoint.\n"
    with pytest.raises(SystemExit) as end, sentences():  # a later command
        raise ValueError("There is no setting 'layers'.")
    assert str(end.value.code).startswith("mobilenas: There is no setting 'layers'")


def test_ctrl_c_that_a_shell_has_turned_off_stays_off() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise_at_sigterm()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
