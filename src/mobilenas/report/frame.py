"""The frame of an HTML page: one file, with its styles in it, which needs no internet."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template


def framed(title: str, lead: str, sections: Sequence[str], styles: str) -> str:
    """Returns a whole page.

    Args:
        title: the title, as plain text
        lead: the sentences below the title, as plain text
        sections: the sections, as HTML
        styles: the page's own style sheets; those of the frame and of charts come before them
    """
    return Template(own_file("frame.html")).substitute(
        title=escape(title),
        lead=escape(lead),
        style="".join(own_file(name) for name in ("web/theme.css", "frame.css", "charts.css")) + styles,
        sections="\n".join(sections),
    )


def section(title: str, content: str, kind: str = "whole") -> str:
    """Returns a section as HTML; on a wide screen one of kind ``half`` takes half of the width."""
    return f'<section class="{kind}">\n<h2>{escape(title)}</h2>\n{content}\n</section>'


def list_of(sentences: Sequence[str]) -> str:
    """Returns sentences as a list in HTML; nothing if there are none."""
    return f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in sentences)}</ul>" if sentences else ""


def own_file(name: str) -> str:
    """Returns the text of one of the files beside this module."""
    return files("mobilenas.report").joinpath(name).read_text("utf-8")
