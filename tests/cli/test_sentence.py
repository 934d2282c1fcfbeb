"""The advice on how to write a value gives back that very value."""

import re
import shlex

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import OverrideParseException

from mobilenas.cli.sentence import sentence

UGLY = [
    "photos (1)",
    'my "photos"',
    "it's (1)",
    "C:\\a (1)\\",
    'C:\\a\\"b" (1)\\\\',
    "a=b",
    "[a",
    'it\'s "both" {1}',
    "'a' (1) 'b'",
    "a, b (c",
    "$HOME (`x`)",
    "!x:",
]


@pytest.mark.parametrize("value", UGLY)
def test_the_advice_on_quotes_gives_back_the_very_value(value: str) -> None:
    with pytest.raises(OverrideParseException) as refused:
        OverridesParser.create().parse_overrides([f"data.root={value}"])
    advice = re.search(r"two pairs of quotes, (.*)\.$", sentence(refused.value), re.DOTALL)
    assert advice
    arguments = shlex.split(advice[1])
    (override,) = OverridesParser.create().parse_overrides(arguments)
    assert (override.key_or_group, override.value()) == ("data.root", value)
