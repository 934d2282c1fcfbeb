"""Names that become parts of paths."""

import pytest

from mobilenas.files.names import LONGEST, check_name, name_of
from mobilenas.network import NetworkSpec

HEAD = (
    "input: {channels: 3, height: 8, width: 8}\nlayers: [{op: conv, out: 4, kernel: 3}, {op: classifier, classes: 2}]\n"
)


@pytest.mark.parametrize("name", ["a", "moga-1", "mobilenet_v3_small", "v1.5", "_x", "große-Straße", "x" * LONGEST])
def test_a_name_of_letters_is_taken(name: str) -> None:
    check_name(name)
    assert NetworkSpec.from_yaml(f"name: {name}\n{HEAD}").name == name


@pytest.mark.parametrize(
    "name",
    [
        "..", ".", ".hidden", "a/b", "/etc/passwd", "a\\b", "", " ", "a b", "-rf", "[/x]", "a\nb", "a\x00b", "~", "a:b",
        "a*", "x" * (LONGEST + 1), "漢" * 34, "x" * 300, "chosen", "Chosen", "artifact.json", "record.json",
    ],
)  # fmt: skip
def test_a_name_that_is_no_name_of_a_file_is_refused_in_one_sentence(name: str) -> None:
    content = {"name": name, "input": {"channels": 3, "height": 8, "width": 8}, "layers": [{"op": "skip"}]}
    with pytest.raises(ValueError, match="name must") as refused:
        NetworkSpec.from_dict(content, "mine.yaml")
    assert len(str(refused.value)) < 300 and str(refused.value).startswith("mine.yaml: name must")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("nets/mine.yaml", "mine"),
        ("/home/me/my net.yml", "my-net"),
        ("../..", "network"),
        ("C:\\nets\\mine.yaml", "mine"),
        ("mine", "mine"),
        ("x" * 300 + ".yaml", "x" * LONGEST),
        ("漢" * 100 + ".yaml", "漢" * 33),
    ],
)
def test_a_network_without_a_name_has_that_of_its_file(text: str, name: str) -> None:
    assert name_of(text) == name
    check_name(name_of(text))
    assert NetworkSpec.from_yaml(HEAD, text).name == name
