"""The command that scores a network with its weights."""

import csv
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from sklearn.metrics import confusion_matrix, top_k_accuracy_score
from torch import Tensor

from mobilenas.commands.evaluate import ENGINE_NAMES, main
from mobilenas.commands.scores import ENGINES
from mobilenas.data.images import FileImages
from mobilenas.data.marks import marks_of
from mobilenas.files.tensors import read_tensors, write_tensors
from mobilenas.training.scores import _without_first
from mobilenas.training.weights import about_weights
from tests.commands.trained_run import HALF, make_run, small

NAMES = tuple(f"class_{letter}" for letter in "abcdefg")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("run"), [small("seven", classes=7)], NAMES)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lone ``val`` with 5 to 11 photos a class, of the size that the network takes."""
    root, rng = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    for number, name in enumerate(NAMES):
        (root / "val" / name).mkdir(parents=True)
        for photo in range(5 + number):
            pixels = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / "val" / name / f"{photo}.png")
    return root


def _expected(run: Path, folder: Path, names: Sequence[str]) -> tuple[list[int], Tensor]:
    """Right outputs and all outputs, each image read and computed alone."""
    module = small("seven", classes=7).build().eval()
    module.load_state_dict(read_tensors(run / "retrain" / "seven" / "weights.safetensors"))
    labels, logits = [], []
    for path in sorted(folder.glob("*/*.png"), key=lambda path: (path.parent.name, path.name)):
        pixels = np.asarray(Image.open(path), np.float32) / 255
        image = torch.from_numpy((pixels - HALF.mean) / HALF.std).float().permute(2, 0, 1)[None]
        with torch.no_grad():
            logits.append(module(image))
        labels.append(names.index(path.parent.name))
    return labels, torch.cat(logits)


def _summary(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "summary.json").read_text())
    return found


def _rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def _fails(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    with pytest.raises(SystemExit) as end:
        main([*map(str, arguments)])
    output = capsys.readouterr()
    assert (end.value.code, output.out) == (2, "")
    sentence = output.err.splitlines()[-1]  # a progress bar may stand before it
    assert sentence.endswith((".", "?"))
    return sentence


@pytest.mark.parametrize("engine", ENGINE_NAMES)
@pytest.mark.parametrize("batch_size", [16, 1000])
def test_all_figures_are_those_of_scikit_learn(
    engine: str, batch_size: int, run: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(run), str(photos), "--out", str(tmp_path), "--engine", engine, "--batch-size", str(batch_size)])
    labels, logits = _expected(run, photos / "val", NAMES)
    summary, predicted = _summary(tmp_path), logits.argmax(1)
    top1, top5 = (top_k_accuracy_score(labels, logits, k=k, labels=range(7)) for k in (1, 5))
    assert (summary["top1"], summary["top5"]) == pytest.approx((top1, top5))
    assert (summary["images"], summary["classes"], summary["engine"]) == (len(labels), 7, engine)
    assert summary["normalization"] == list(HALF.six)
    head, *rows = _rows(tmp_path / "confusion.csv")
    assert head == ["true class", *NAMES]
    assert [row[0] for row in rows] == list(NAMES)
    assert [[int(cell) for cell in row[1:]] for row in rows] == confusion_matrix(labels, predicted).tolist()
    for (name, images, one, five), label in zip(_rows(tmp_path / "per_class.csv")[1:], range(7), strict=True):
        own = [place for place, right in enumerate(labels) if right == label]
        best = logits[own].topk(5).indices.tolist()
        assert (name, int(images)) == (NAMES[label], len(own))
        assert float(one) == pytest.approx(sum(row[0] == label for row in best) / len(own))
        assert float(five) == pytest.approx(sum(label in row for row in best) / len(own))
    out = capsys.readouterr().out
    assert f"top-1: {top1:.2%} ± " in out and f"top-5: {top5:.2%} ± " in out
    with Image.open(tmp_path / "confusion.png") as picture:
        assert picture.width > 300


def test_images_that_have_trained_the_weights_are_told(
    run: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(run), str(photos), "--out", str(tmp_path / "none")])
    assert _summary(tmp_path / "none")["seen_images"] == 0 and "caution" not in capsys.readouterr().out
    paths = sorted((photos / "val").glob("*/*.png"))
    data = FileImages(photos, np.array([str(path.relative_to(photos)) for path in paths]), torch.zeros(1), 8, 1.0)
    about = about_weights(small("seven", classes=7), HALF, NAMES, marks_of(data.contents(range(12))))
    tensors = read_tensors(run / "retrain" / "seven" / "weights.safetensors")
    write_tensors(tmp_path / "w.safetensors", tensors, about)
    (tmp_path / "seven.yaml").write_text(small("seven", classes=7).to_yaml())
    command = [str(tmp_path / "seven.yaml"), str(photos), "--weights", str(tmp_path / "w.safetensors")]
    main([*command, "--out", str(tmp_path / "some")])
    assert _summary(tmp_path / "some")["seen_images"] == 12
    assert "caution: 12 of these images have trained the weights, so accuracy is too high" in capsys.readouterr().out


def test_a_part_of_the_classes_keeps_the_outputs_of_the_network(run: Path, photos: Path, tmp_path: Path) -> None:
    for name in ("class_f", "class_b"):
        shutil.copytree(photos / "val" / name, tmp_path / "few" / name)
    main([str(run / "retrain" / "seven"), str(tmp_path / "few"), "--out", str(tmp_path / "out")])
    labels, logits = _expected(run, tmp_path / "few", NAMES)
    assert set(labels) == {1, 5}
    summary = _summary(tmp_path / "out")
    assert (summary["top1"], summary["top5"], summary["classes"]) == (
        pytest.approx((logits.argmax(1) == torch.tensor(labels)).double().mean().item()),
        pytest.approx(top_k_accuracy_score(labels, logits, k=5, labels=range(7))),
        2,
    )
    head, *rows = _rows(tmp_path / "out" / "confusion.csv")
    assert (len(head), [row[0] for row in rows]) == (8, ["class_b", "class_f"])


def test_a_file_of_classes_gives_the_order_of_the_outputs(
    run: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    order = NAMES[::-1]
    (tmp_path / "classes.txt").write_text("\ufeff" + "\r\n".join(order) + "\r\n\r\n", encoding="utf-8")
    said = _fails(capsys, run, photos, "--classes", tmp_path / "classes.txt")  # its weights know their classes
    assert "has the classes of" in said and "in another order: leave out --classes" in said
    (tmp_path / "seven.yaml").write_text(small("seven", classes=7).to_yaml())
    save_file(read_tensors(run / "retrain" / "seven" / "weights.safetensors"), tmp_path / "w.safetensors")
    bare = (str(tmp_path / "seven.yaml"), str(photos), "--weights", str(tmp_path / "w.safetensors"))
    given = ("--normalization", ",".join(map(str, HALF.six)), "--classes", str(tmp_path / "classes.txt"))
    main([*bare, *given, "--out", str(tmp_path / "out")])
    labels, logits = _expected(run, photos / "val", order)
    expected = (logits.argmax(1) == torch.tensor(labels)).double().mean().item()
    assert _summary(tmp_path / "out")["top1"] == pytest.approx(expected)


def test_weights_of_another_program_need_a_normalization_and_take_folders_in_order(
    run: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "seven.yaml").write_text(small("seven", classes=7).to_yaml())
    save_file(read_tensors(run / "retrain" / "seven" / "weights.safetensors"), tmp_path / "w.safetensors")
    arguments = (str(tmp_path / "seven.yaml"), str(photos), "--weights", str(tmp_path / "w.safetensors"))
    assert "does not tell how its images were normalized: give --normalization" in _fails(capsys, *arguments)
    main([*arguments, "--normalization", ",".join(map(str, HALF.six)), "--out", str(tmp_path / "out")])
    labels, logits = _expected(run, photos / "val", NAMES)
    expected = (logits.argmax(1) == torch.tensor(labels)).double().mean().item()
    assert _summary(tmp_path / "out")["top1"] == pytest.approx(expected)


def test_imagenets_classes_are_known_by_their_wordnet_ids(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The last layer answers always goldfish, n01443537, whose label is 1."""
    spec = small("thousand", classes=1000)
    module = spec.build()
    with torch.no_grad():
        list(module.parameters())[-1][1] = 1000.0
    save_file(module.state_dict(), tmp_path / "w.safetensors")
    (tmp_path / "thousand.yaml").write_text(spec.to_yaml())
    for name in ("n01443537", "n15075141"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(tmp_path / "photos" / name / "0.png")
    weights = ("--weights", str(tmp_path / "w.safetensors"), "--normalization", "imagenet")
    main([str(tmp_path / "thousand.yaml"), str(tmp_path / "photos"), *weights, "--per-class", "--out", str(tmp_path)])
    assert [row[:3] for row in _rows(tmp_path / "per_class.csv")] == [
        ["class", "images", "top1"],
        ["n01443537", "1", "1.0"],
        ["n15075141", "1", "0.0"],
    ]
    assert re.search(r"n01443537 +1 +100\.0", capsys.readouterr().out)
    (tmp_path / "photos" / "n01443537").rename(tmp_path / "photos" / "goldfish")
    wrong = _fails(capsys, tmp_path / "thousand.yaml", tmp_path / "photos", *weights)
    assert "thousand has 1000 outputs, and the data has 2 classes: give --classes" in wrong


def test_top5_of_few_classes_is_left_out(tmp_path: Path, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path / "run", [small("five", classes=5)], NAMES[:5])
    for name in NAMES[:5]:
        shutil.copytree(photos / "val" / name, tmp_path / "five" / name)
    main([str(run), str(tmp_path / "five"), "--per-class", "--out", str(tmp_path / "out")])
    assert "top-5" not in capsys.readouterr().out
    assert _summary(tmp_path / "out")["top5"] is None
    assert [row[3] for row in _rows(tmp_path / "out" / "per_class.csv")] == ["top5", "", "", "", "", ""]


def test_what_cannot_be_scored_is_one_sentence(
    run: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "There is no folder" in _fails(capsys, run, tmp_path / "none")
    assert "has no folder test: choose from val" in _fails(capsys, run, photos, "--split", "test")
    assert "The weights of moga_a are missing" in _fails(capsys, "moga_a", photos)
    assert "--center-share must be above 0" in _fails(capsys, run, photos, "--center-share", "nan")
    assert "--batch-size must be a whole number above 0" in _fails(capsys, run, photos, "--batch-size", "0")
    assert "resolution must be a whole number above 0" in _fails(capsys, run, photos, "--resolution", "0")
    for text in ("imagnet", "0.5,0.5", "0,0,0,1,1,0", "0,0,0,1,1,nan"):
        assert f"not {text!r}" in _fails(capsys, run, photos, "--normalization", text)
    (tmp_path / "file").write_text("")
    assert "--out=" in _fails(capsys, run, photos, "--out", tmp_path / "file")
    shutil.copytree(photos / "val" / NAMES[0], tmp_path / "photos" / "class_A")
    wrong = _fails(capsys, run, tmp_path / "photos")
    assert "The folder 'class_A' is no class of" in wrong and "did you mean 'class_" in wrong


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a\nb\n", "has 7 outputs, and .*classes.txt has 2 classes"),
        (b"a\nb\na\n", "has the class 'a' twice"),
        (b"\xff\xfe\x00", "is not a text file in UTF-8"),
        (b"a\nb\nc\nd\ne\nf\ng\n", "The folder 'class_a' is no class of .*classes.txt"),
        (None, "classes.txt cannot be read: No such file"),
    ],
)
def test_a_wrong_file_of_classes_is_one_sentence(
    content: bytes | None, said: str, run: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "classes.txt").write_bytes(content)
    assert re.search(said, _fails(capsys, run, photos, "--classes", tmp_path / "classes.txt"))


def test_an_image_that_cannot_be_read_is_named(
    run: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(photos / "val", tmp_path / "val")
    broken = tmp_path / "val" / NAMES[3] / "1.png"
    broken.write_bytes(broken.read_bytes()[:60])
    for batch_size in ("4", "1000"):  # read by other processes, and by this one
        said = _fails(capsys, run, tmp_path, "--batch-size", batch_size)
        assert f"{broken} cannot be read as an image" in said and "replace it or remove it" in said


def test_the_command_offers_every_engine() -> None:
    assert tuple(ENGINES) == ENGINE_NAMES


@pytest.mark.parametrize(
    ("took", "sizes", "seconds"),
    [([9, 1, 0.5], [4, 4, 2], 2.5), ([3], [4], 3), ([9, 0.5], [4, 1], 11.25), ([9, 1, 1], [4, 4, 1], 2.25)],
)
def test_the_first_batch_is_counted_like_the_others(took: list[float], sizes: list[int], seconds: float) -> None:
    assert _without_first(took, torch.arange(sum(sizes)).split(sizes)) == seconds
