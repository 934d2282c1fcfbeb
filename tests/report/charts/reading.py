"""Reads a chart as a browser would: its elements, and the places that they are drawn at."""

import re
from xml.etree.ElementTree import Element, fromstring

PLACE = re.compile(r"-?\d+(?:\.\d+)?")


def parsed(html: str) -> Element:
    """The elements of some HTML; raises an error unless every tag is closed."""
    return fromstring(f"<div>{html}</div>")


def of_class(html: str, tag: str, look: str) -> list[Element]:
    """The elements of a kind that have all classes of a look."""
    wanted = set(look.split())
    return [one for one in parsed(html).iter(tag) if wanted <= set((one.get("class") or "").split())]


def numbers(element: Element, name: str = "d") -> list[float]:
    """The numbers of an attribute, in their order."""
    return [float(one) for one in PLACE.findall(element.get(name) or "")]


def titles(html: str) -> list[str]:
    """What is said when something is pointed at, in the order of drawing."""
    return ["".join(one.itertext()) for one in parsed(html).iter("title")]


def words(html: str) -> list[str]:
    """All words that are shown."""
    return [one.strip() for one in parsed(html).itertext() if one.strip()]
