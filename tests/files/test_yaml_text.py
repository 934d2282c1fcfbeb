"""YAML that may come from anyone."""

import os
import time
from pathlib import Path

import pytest
import yaml

from mobilenas.files.yaml_text import DEEPEST, LARGEST, LONGEST_VALUE, MOST_VALUES, read_yaml, read_yaml_file


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
        (BOMB, f"here has more than {MOST_VALUES:,} values, with its aliases written out."),
        (f"[{'1,' * MOST_VALUES}]", f"here has more than {MOST_VALUES:,} values, with its aliases written out."),
        ("1" * 50_000, f"here has a value of 50,000 characters, more than {LONGEST_VALUE:,}."),
        ("1" * 9_000 + "e", None),
        ("1:" * 4_000 + "1", None),
        (f"{{{','.join(f'k{n}: 1' for n in range(9_000))}}}", None),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), f"here is nested more than {DEEPEST} levels deep."),
        ("[" * 100_000, f"here is nested more than {DEEPEST} levels deep."),
        ("x" * (LARGEST + 1), f"here has {LARGEST + 1:,} characters, more than {LARGEST:,}."),
        ("a: 1\na: 2", "here, line 1 is not YAML: the key 'a' stands twice"),
        ("a: 1\n!!str a: 2", "here, line 1 is not YAML: the key 'a' stands twice"),
        ("\n!!python/object/apply:os.system [ls]", "here, line 2 is not YAML: could not determine a constructor"),
        ("a: [", "here, line 1 is not YAML: expected the node content, but found '<stream end>'."),
        ("a:\n\t- 1", "here, line 2 is not YAML: found character '\\t' that cannot start any token."),
        ("!<" + "x" * 9_000 + "> a", "here, line 1 is not YAML: could not determine a constructor"),
        ("a: 2024-13-45", "here is not YAML: month must be in 1..12."),
        ("\x00", "here is not YAML: unacceptable character"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_hostile_or_wrong_is_one_sentence_and_takes_no_time(text: str, said: str | None) -> None:
    begin = time.process_time()
    if said is None:
        read_yaml(text, "here")
    else:
        with pytest.raises(ValueError) as refused:
            read_yaml(text, "here")
        assert str(refused.value).startswith(said) and "\n" not in str(refused.value) and len(str(refused.value)) < 300
    assert time.process_time() - begin < 10


def test_merged_mappings_are_read() -> None:
    assert read_yaml("a: &a {x: 1}\nb: {<<: *a, y: 2}", "here") == {"a": {"x": 1}, "b": {"x": 1, "y": 2}}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bytes(range(128, 256)), "is not a text file in UTF-8."),
        ("a: 1".encode("utf-16"), "is not a text file in UTF-8."),
        (b"x" * 5_000_000, "has 5,000,000 bytes, more than 800,000."),
        (b"a: [", ", line 1 is not YAML: expected the node content, but found '<stream end>'."),
    ],
    ids=["bytes", "UTF-16", "large", "wrong"],
)
def test_a_file_that_is_no_yaml_is_named(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "file.yaml").write_bytes(content)
    with pytest.raises(ValueError) as refused:
        read_yaml_file(tmp_path / "file.yaml")
    assert str(refused.value) == f"{tmp_path}/file.yaml{'' if said[0] == ',' else ' '}{said}"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    for path in (tmp_path / "pipe.yaml", Path("/dev/zero")):
        with pytest.raises(ValueError, match=f"^{path} is not a file.$"):
            read_yaml_file(path)
