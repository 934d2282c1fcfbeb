"""Files that only look like COCO's format are refused with one sentence, which names the file, the id and a way out."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

Content = dict[str, list[dict[str, Any]]]


def _set(name: str, place: int, /, **values: object) -> Callable[[Content], object]:
    return lambda content: content[name][place].update(values)


def _drop(name: str, place: int, key: str) -> Callable[[Content], object]:
    return lambda content: content[name][place].pop(key)


REFUSED: dict[str, tuple[Callable[[Content], object], str]] = {
    "two annotations with one id": (_set("annotations", 1, id=1), "two entries of annotations have the id 1"),
    "two images with one id": (_set("images", 1, id=7), "two entries of images have the id 7"),
    "two categories with one id": (_set("categories", 1, id=9), "two entries of categories have the id 9"),
    "two categories with one name": (_set("categories", 1, name="cat"), "two categories with the name 'cat'"),
    "two images with one file": (_set("images", 1, file_name="a.png"), "two images with the file_name 'a.png'"),
    "an annotation of a missing image": (_set("annotations", 0, image_id=8), "id 1 has image_id=8"),
    "an annotation of a missing category": (_set("annotations", 0, category_id=1), "id 1 has category_id=1"),
    "an annotation of true": (_set("annotations", 0, category_id=True), "id 1 has category_id=True"),
    "an annotation of a list": (_set("annotations", 0, image_id=[7]), "id 1 has image_id="),
    "an annotation without image": (_drop("annotations", 0, "image_id"), "id 1 has image_id=None"),
    "a file that is missing": (_set("images", 0, file_name="c.png"), "not in .*photos: 'c.png'"),
    "a folder as a file": (_set("images", 0, file_name="deep"), "not in .*photos: 'deep'"),
    "a name with a zero": (_set("images", 0, file_name="a\0.png"), "not in .*photos: "),
    "a name of half a character": (_set("images", 0, file_name="a\ud800.png"), "not in .*photos: "),
    "a name of 5,000 letters": (_set("images", 0, file_name="a" * 5000), "not in .*photos: "),
    "a name that leads out": (_set("images", 0, file_name="../list.json"), "id 7 names the file '../list.json'"),
    "a name that leads out later": (_set("images", 0, file_name="deep/../../x"), "id 7 names the file"),
    "an absolute name": (_set("images", 0, file_name="/etc/passwd"), "id 7 names the file '/etc/passwd'"),
    "an absolute name of Windows": (_set("images", 0, file_name="C:\\a.png"), "id 7 names the file"),
    "a name that leads out in Windows": (_set("images", 0, file_name="..\\a.png"), "id 7 names the file"),
    "an empty name": (_set("images", 0, file_name=""), "id 7 names the file"),
    "an image without a name": (_drop("images", 0, "file_name"), "id 7 has file_name None"),
    "an image without a width": (_drop("images", 0, "width"), "id 7 has .*width None"),
    "an image without a height": (_drop("images", 0, "height"), "id 7 has .*height None"),
    "a width of 0": (_set("images", 0, width=0), "id 7 has .*width 0"),
    "a width of 1e400": (_set("images", 0, width=10**400), "id 7 has .*width 1000"),
    "a width that is no number": (_set("images", 0, width=float("nan")), "id 7 has .*width nan"),
    "a width in text": (_set("images", 0, width="20"), "id 7 has .*width '20'"),
    "a height that is no whole number": (_set("images", 0, height=9.5), "id 7 has .*height 9.5"),
    "a bbox of three numbers": (_set("annotations", 0, bbox=[1, 2, 3]), "id 1 has the bbox"),
    "a bbox of texts": (_set("annotations", 0, bbox=["1", "2", "3", "4"]), "id 1 has the bbox"),
    "a bbox with NaN": (_set("annotations", 0, bbox=[1, 2, float("nan"), 4]), "id 1 has the bbox"),
    "a bbox with infinity": (_set("annotations", 0, bbox=[1, 2, float("inf"), 4]), "id 1 has the bbox"),
    "a bbox with a huge number": (_set("annotations", 0, bbox=[1, 2, 10**400, 4]), "id 1 has the bbox"),
    "a bbox with true": (_set("annotations", 0, bbox=[1, 2, True, 4]), "id 1 has the bbox"),
    "a bbox that is an object": (_set("annotations", 0, bbox={"x": 1}), "id 1 has the bbox"),
    "neither bbox nor polygons": (_drop("annotations", 0, "bbox"), "id 1 has no bbox"),
    "no bbox but an RLE": (_set("annotations", 0, bbox=None, segmentation={"counts": "a"}), "id 1 has no bbox"),
    "a polygon of two points": (_set("annotations", 0, bbox=None, segmentation=[[1, 2, 3, 4]]), "id 1 has no bbox"),
    "a polygon with NaN": (
        _set("annotations", 0, bbox=None, segmentation=[[1, 2, 3, 4, 5, float("nan")]]),
        "id 1 has no bbox",
    ),
    "a crowd of two": (_set("annotations", 0, iscrowd=2), "id 1 has iscrowd=2"),
    "a crowd in text": (_set("annotations", 0, ignore="no"), "id 1 has ignore='no'"),
    "a category without a name": (_drop("categories", 0, "name"), "category with the id 9 has the name None"),
    "a category with an empty name": (_set("categories", 0, name=" "), "category with the id 9 has the name ' '"),
    "an annotation without id": (_drop("annotations", 1, "id"), "entry 1 of annotations"),
    "an id in text": (_set("annotations", 1, id="2"), "entry 1 of annotations"),
    "an id of 1.0": (_set("images", 1, id=3.0), "entry 1 of images"),
    "an entry that is a number": (lambda content: content["images"].append(5), "entry 2 of images"),
    "no images": (lambda content: content.update(images=[], annotations=[]), "has no images"),
    "no categories": (lambda content: content.update(categories=[], annotations=[]), "has no categories"),
    "a list that is missing": (lambda content: content.pop("categories"), "lists images, annotations, categories"),
    "a list that is an object": (lambda content: content.update(images={}), "lists images, annotations, categories"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused_in_one_line(coco: Any, content: Content, case: str) -> None:
    change, sentence = REFUSED[case]
    change(content)
    with pytest.raises(ValueError, match=r"^[^\n]*list\.json[^\n]*$") as error:
        coco(content)
    assert error.match(sentence)
    assert str(error.value).endswith(".")
    assert len(str(error.value)) < 600


@pytest.mark.parametrize(
    "text", ["", "[", "{}", "[]", "5", "null", '"images"', "[" * 100_000, "9" * 5000, '{"images": 1e}', "\x00", "nan"]
)
def test_a_text_that_is_no_such_json_is_refused_in_one_line(coco: Any, text: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]*list\.json[^\n]*\.$"):
        coco(text)


def test_a_file_that_is_missing_is_refused(coco: Any, content: Content, tmp_path: Any) -> None:
    from mobilenas.data.dense import read_coco

    with pytest.raises(ValueError, match=r"^[^\n]*other\.json cannot be read: No such file"):
        read_coco(tmp_path / "other.json", tmp_path)
    with pytest.raises(ValueError, match=r"it is no file"):
        read_coco(tmp_path, tmp_path)


GARBAGE = (
    None, True, -1, 0, 10**400, -(10**30), 1.5, float("nan"), float("-inf"), 1e308, "", "7", "../x", "\ud800\n", [],
    [[]], [None] * 4, [1e308] * 4, {}, {"id": 7}, [[[[[1]]]]], [{"bbox": [1]}], "a" * 10_000,
)  # fmt: skip


def _mutate(rng: random.Random, node: Any) -> Any:
    """The node with one value somewhere replaced by garbage, removed or doubled."""
    if not isinstance(node, dict | list) or not node or rng.random() < 0.1:
        return rng.choice(GARBAGE)
    key = rng.choice(list(node)) if isinstance(node, dict) else rng.randrange(len(node))
    kind = rng.random()
    if kind < 0.1:
        del node[key]
    elif kind < 0.2 and isinstance(node, list):
        node.append(node[key])
    else:
        node[key] = _mutate(rng, node[key])
    return node


def test_garbage_is_read_or_refused_in_one_line(coco: Any, content: Content) -> None:
    rng, refused = random.Random(0), 0
    for _ in range(300):
        changed = _mutate(rng, json.loads(json.dumps(content)))
        try:
            listing = coco(changed)
        except ValueError as error:
            refused += 1
            assert "\n" not in str(error)
            assert "list.json" in str(error)
        else:
            for objects, (height, width) in zip(listing.objects, listing.sizes, strict=True):
                assert ((objects.xyxy >= 0) & (objects.xyxy[:, [2, 3, 2, 3]] <= max(height, width))).all()
                assert (objects.xyxy[:, 2:] > objects.xyxy[:, :2]).all()
                assert ((objects.labels >= 0) & (objects.labels < len(listing.classes))).all()
    assert 150 < refused < 300


def test_every_cut_file_is_refused_in_one_line(coco: Any, content: Content) -> None:
    text = json.dumps(content)
    for end in range(0, len(text), 17):
        with pytest.raises(ValueError, match=r"^[^\n]*list\.json[^\n]*\.$"):
            coco(text[:end])
