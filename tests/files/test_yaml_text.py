"""YAML that may come from anyone."""

import pytest
import yaml

from mobilenas.files.yaml_text import DEEPEST, LARGEST, read_yaml


@pytest.mark.parametrize("text", ["1e-5", "1.5E+3", "-2e7", ".5e1", "+1.e2"])
def test_a_number_with_an_exponent_is_a_number(text: str) -> None:
    assert read_yaml(f"eps: {text}", "here") == {"eps": float(text)}


@pytest.mark.parametrize("text", ["e5", "1e", "1-5", "1e5x", "0x1e-5 a", "'1e-5'"])
def test_other_texts_stay_texts(text: str) -> None:
    found = read_yaml(f"name: {text}", "here")
    assert found == yaml.safe_load(f"name: {text}") and isinstance(found, dict) and isinstance(found["name"], str)


def test_aliases_are_read() -> None:
    assert read_yaml("se: &se {ratio: 0.25}\nlayers: [*se, *se]", "here") == {
        "se": {"ratio": 0.25},
        "layers": [{"ratio": 0.25}, {"ratio": 0.25}],
    }


def test_what_the_safe_loader_reads_is_read_the_same() -> None:
    text = "a: [1, 2.5, true, null, x]\nb: {c: 2020-01-01}\n"
    assert read_yaml(text, "here") == yaml.safe_load(text)


LINES = [f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)]
BOMB = "a: &a [x, x]\n" + "".join(LINES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "here stands for more than 1,000,000 values, because of its aliases."),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), f"here is nested more than {DEEPEST} levels deep."),
        ("[" * 100_000, f"here is nested more than {DEEPEST} levels deep."),
        ("x" * (LARGEST + 1), f"here has {LARGEST + 1:,} characters, more than {LARGEST:,}."),
        ("a: 1\na: 2", "here is not YAML: the key 'a' stands twice"),
        ("!!python/object/apply:os.system [ls]", "here is not YAML: could not determine a constructor"),
        ("a: [", "here is not YAML: while parsing a flow node"),
        ("a: 2024-13-45", "here is not YAML: month must be in 1..12."),
        ("\x00", "here is not YAML: unacceptable character"),
    ],
    ids=lambda value: value[:20],
)
def test_what_is_hostile_or_wrong_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        read_yaml(text, "here")
    assert str(refused.value).startswith(said) and "\n" not in str(refused.value)
