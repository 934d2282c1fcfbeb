"""``mobilenas-tables`` writes the papers' tables that need no training, beside the values computed here."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mobilenas.files.paths import path_of
from mobilenas.network.arguments import one_sentence
from mobilenas.tables.markdown import as_markdown
from mobilenas.tables.published import load_published


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the tables and writes them to a file; exits with status 2 and one sentence if it cannot."""
    parser = argparse.ArgumentParser(prog="mobilenas-tables", description="The papers' tables that need no training.")
    parser.add_argument(
        "file", nargs="?", type=path_of, default=Path("docs", "tables.md"), help="the file to write: %(default)s"
    )
    file = parser.parse_args(arguments).file
    with one_sentence(parser):
        text = as_markdown(load_published())
        sys.stdout.write(text)
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        parser.exit(2, f"{file} can't be written: {error.strerror}; name a file in a folder that is there.\n")


if __name__ == "__main__":
    main()
