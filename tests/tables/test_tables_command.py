"""The command that writes the papers' tables."""

import re
from pathlib import Path

import pytest

from mobilenas.tables.command import main

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"


def test_docs_tables_is_what_the_command_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(tmp_path / "tables.md")])
    written = (tmp_path / "tables.md").read_text("utf-8")
    assert capsys.readouterr().out == written
    assert PAGE.read_text("utf-8") == written, "docs/tables.md is out of date: run mobilenas-tables"


def test_a_file_that_cannot_be_written_is_one_sentence_and_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == 2
    error = capsys.readouterr().err
    assert re.fullmatch(r"docs/tables.md can't be written: No such file or directory; name [^\n]+\.\n", error)
