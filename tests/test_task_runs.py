"""Runs for detection and segmentation: trained, searched, made smaller, written with 8 bits, and reported."""

import csv
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image
from torchmetrics.classification import MulticlassJaccardIndex
from torchmetrics.detection import MeanAveragePrecision

from mobilenas.adaptation import WidthSpace
from mobilenas.evaluation import Evaluation
from mobilenas.files.tensors import read_about, read_tensors, write_tensors
from mobilenas.hardware import LatencyTable
from mobilenas.network import NetworkSpec, set_resolution
from mobilenas.search_space import Around
from mobilenas.task import Detection, Segmentation, Task, for_task
from tests.processes import kill_when
from tests.shapes_on_disk import HEIGHT, NETWORK, WIDTH, coco, masks

TASKS: dict[str, Task] = {
    "segmentation": Segmentation(filters=16),
    "detection": Detection(extras=(16, 16), anchors=(3, 6, 6, 6)),
}
OF_TASK = {"segmentation": ["task.filters=16"], "detection": ["task.extras=[16,16]", "task.anchors=[3,6,6,6]"]}
CLASSES = {"segmentation": 3, "detection": 2}
COMMON = (
    "scale=laptop",
    "data.resolution=[48,64]",
    "data.workers=0",
    "recipe.batch_size=8",
    "recipe.least_steps=0",
    "hardware=table",
    "threads=1",
    "choose=1",
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data, the network, and a table of every layer that the runs here come to have."""
    folder = tmp_path_factory.mktemp("tasks")
    coco(folder / "coco", train=24, val=9, test=10)
    masks(folder / "masks", train=24, val=9, test=10)
    (folder / "mine.yaml").write_text(NETWORK)
    pieces = []
    for name, task in TASKS.items():
        mine = set_resolution(NetworkSpec.from_yaml(NETWORK), (HEIGHT, WIDTH))
        network = task.network(mine, CLASSES[name])
        widths = WidthSpace(network, 8)
        pieces += [*network.pieces, *for_task(Around(mine).space(5, (HEIGHT, WIDTH)), task, CLASSES[name]).pieces]
        for first in range(max(widths.options)):
            for second in range(max(widths.options)):
                options = [min(first if n % 2 else second, count - 1) for n, count in enumerate(widths.options)]
                pieces += widths.network(options).pieces
        for architecture in widths.sample(3000, np.random.default_rng(0)).tolist():
            pieces += widths.network(architecture).pieces
    rows = {one.key: 0.0001 + one.macs / 1e7 for one in pieces}
    (folder / "table.csv").write_text("layer,latency_ms\n" + "".join(f"{key},{ms!r}\n" for key, ms in rows.items()))
    return folder


def _command(place: Path, outputs: Path, task: str, *settings: str) -> list[str]:
    data = {"segmentation": "masks", "detection": "coco"}[task]
    where = [f"task={task}", f"data={data}", f"data.root={place / data}", f"hardware.path={place / 'table.csv'}"]
    own = [*where, *OF_TASK[task], f"network_file={place / 'mine.yaml'}", f"outputs={outputs}"]
    return [sys.executable, "-m", "mobilenas.cli", *settings, *COMMON, *own]


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


TRAIN = (
    "experiment=mobilenet_v2", "stages=[profile,retrain,report]", "recipe=segmentation", "recipe.epochs=2",
    "quantize=[onnx_runtime]", "data.augment.flip=true",
)  # fmt: skip


@pytest.fixture(scope="module")
def trained(place: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of a run of each task that trains the network, writes it with 8 bits, and reports it."""
    found = {}
    for task in TASKS:
        outputs = tmp_path_factory.mktemp(task)
        _run(_command(place, outputs, task, *TRAIN))
        (found[task],) = outputs.glob("mobilenet_v2-*")
    return found


def _images(place: Path, data: str, about: dict[str, str]) -> np.ndarray:
    """The test images as the exported file wants them, in the order of their names in the data set."""
    mean, std = (np.array(json.loads(about[name]), np.float32) for name in ("mean", "std"))
    folder = place / data / ("test" if data == "coco" else "images/test")
    pixels = np.stack([np.asarray(Image.open(folder / f"{number}.png")) for number in range(10)])
    return ((pixels.astype(np.float32) / 255 - mean) / std).transpose(0, 3, 1, 2)


def _outputs(run: Path, place: Path, data: str) -> list[list[np.ndarray]]:
    session = onnxruntime.InferenceSession(run / "report" / "mine.onnx")
    images = _images(place, data, session.get_modelmeta().custom_metadata_map)
    return [session.run(None, {"input": one[None]}) for one in images]


def test_the_miou_is_that_of_the_exported_file(trained: dict[str, Path], place: Path) -> None:
    metric = MulticlassJaccardIndex(3, average="none", ignore_index=255)
    for number, (logits,) in enumerate(_outputs(trained["segmentation"], place, "masks")):
        mask = np.asarray(Image.open(place / f"masks/masks/test/{number}.png"))
        metric.update(torch.from_numpy(logits), torch.from_numpy(mask.astype(np.int64))[None])
    found = json.loads((trained["segmentation"] / "retrain/mine/result.json").read_text())
    by_class = metric.compute()
    assert list(found["test_by_class"].values()) == pytest.approx(by_class.tolist(), abs=1e-3)
    assert found["test_accuracy"] == pytest.approx(float(by_class.mean()), abs=1e-3)
    assert list(found["test_by_class"]) == ["ground", "red", "blue"]


def _boxes(outputs: list[np.ndarray], anchors: np.ndarray) -> dict[str, torch.Tensor]:
    """Boxes as in SSD's paper, with a greedy suppression in each class."""
    moves, scores = outputs[0][0], torch.from_numpy(outputs[1][0]).softmax(1).numpy()[:, 1:]
    sizes = anchors[:, 2:] - anchors[:, :2]
    middles = anchors[:, :2] + sizes / 2 + moves[:, :2] / 10 * sizes
    halves = np.exp(moves[:, 2:] / 5) * sizes / 2
    boxes = np.concatenate([middles - halves, middles + halves], 1).clip(0, [WIDTH, HEIGHT] * 2)
    kept: list[tuple[float, int, np.ndarray]] = []
    for label in range(2):
        order = [place for place in np.argsort(-scores[:, label], kind="stable") if scores[place, label] > 0.001][:300]
        while order:
            best = order.pop(0)
            kept.append((float(scores[best, label]), label, boxes[best]))
            order = [one for one in order if _overlap(boxes[one], boxes[best]) <= 0.55]
    kept = sorted(kept, key=lambda one: -one[0])[:300]
    return {
        "scores": torch.tensor([score for score, _, _ in kept]),
        "labels": torch.tensor([label for _, label, _ in kept]),
        "boxes": torch.tensor(np.array([box for _, _, box in kept])).float(),
    }


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    common = np.maximum(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0).prod()
    return float(common / ((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - common))


def test_the_map_is_that_of_the_exported_file_with_its_anchors(trained: dict[str, Path], place: Path) -> None:
    run = trained["detection"]
    anchors = np.loadtxt(run / "report/mine.onnx.anchors.csv", delimiter=",", skiprows=1)
    found = [_boxes(one, anchors) for one in _outputs(run, place, "coco")]
    content = json.loads((place / "coco/test.json").read_text())
    targets = []
    for number in range(10):
        own = [one for one in content["annotations"] if one["image_id"] == number]
        boxes = torch.tensor([one["bbox"] for one in own]).float().reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        labels, crowd = ([one[key] for one in own] for key in ("category_id", "iscrowd"))
        targets.append(
            {
                "boxes": boxes,
                "labels": torch.tensor(labels, dtype=torch.long) - 1,
                "iscrowd": torch.tensor(crowd, dtype=torch.long),
            }
        )
    metric = MeanAveragePrecision(backend="faster_coco_eval")
    metric.warn_on_many_detections = False
    metric.update(found, targets)
    result = json.loads((run / "retrain/mine/result.json").read_text())
    wanted = metric.compute()
    assert result["test_accuracy"] == pytest.approx(float(wanted["map"]), abs=2e-3)
    assert result["test_others"]["mAP at .5"] == pytest.approx(float(wanted["map_50"]), abs=5e-3)


@pytest.mark.parametrize("task", TASKS)
def test_the_page_has_the_scores_and_the_predictions(task: str, trained: dict[str, Path]) -> None:
    page = (trained[task] / "report/index.html").read_text()
    score = {"segmentation": "mIoU", "detection": "mAP"}[task]
    assert f"{score} after training" in page and f"{score} of each class" in page and "top-1" not in page
    assert page.count("data:image/jpeg;base64,") == 10  # all test images
    shown = [float(one) for one in re.findall(r"<figcaption>\d+\.png: ([\d.]+)</figcaption>", page)]
    assert len(shown) == 10 and shown == sorted(shown)
    assert "mine-int8.onnx" in page
    (row,) = csv.DictReader((trained[task] / "report/networks.csv").read_text().splitlines())
    assert (row["score"], row["test_accuracy_error"]) == (score, "")
    (run,) = (trained[task] / "report").glob("mine.onnx")
    spec = NetworkSpec.load(trained[task] / "report/mine.yaml")
    network = TASKS[task].network(set_resolution(NetworkSpec.from_yaml(NETWORK), (HEIGHT, WIDTH)), CLASSES[task])
    assert (spec, run.exists()) == (network, True)
    table = LatencyTable.load(trained[task] / "profile/latency.csv")
    assert float(row["predicted_ms"]) == pytest.approx(sum(table.layer_ms(one) for one in spec.pieces))


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("engine", ["torch", "onnx_runtime"])
def test_evaluating_a_run_gives_its_score(task: str, engine: str, trained: dict[str, Path], place: Path) -> None:
    data = place / {"segmentation": "masks", "detection": "coco"}[task]
    name = {"segmentation": "mIoU", "detection": "mAP"}[task]
    command = [sys.executable, "-m", "mobilenas.commands.evaluate", str(trained[task]), str(data)]
    said = _run([*command, "--engine", engine, "--out", str(trained[task] / "scores")])
    summary = json.loads((trained[task] / "scores/summary.json").read_text())
    result = json.loads((trained[task] / "retrain/mine/result.json").read_text())
    assert summary[name] == pytest.approx(result["test_accuracy"], abs=2e-3)
    assert summary["seen_images"] == 0 and f"{name}: " in said
    assert "caution: 24 of these images have trained" in _run([*command, "--split", "train"])


@pytest.mark.parametrize("task", TASKS)
def test_weights_of_a_run_begin_another_one_and_only_other_classes_need_a_new_head(
    task: str, trained: dict[str, Path], place: Path, tmp_path: Path
) -> None:
    settings = ("experiment=mobilenet_v2", "stages=[retrain]", "recipe=fine_tune", f"weights={trained[task]}")
    said = _run(_command(place, tmp_path, task, *settings, "recipe.epochs=0"))
    assert "is new" not in said
    before, after = (
        json.loads(next(folder.glob("retrain/mine/result.json")).read_text())
        for folder in (trained[task], next(tmp_path.glob("mobilenet_v2-*")))
    )
    assert after["test_accuracy"] == pytest.approx(before["test_accuracy"], abs=1e-3)


def test_weights_of_another_head_are_refused_by_its_name(trained: dict[str, Path], place: Path, tmp_path: Path) -> None:
    settings = ("experiment=mobilenet_v2", "stages=[retrain]", "recipe=fine_tune", f"weights={trained['segmentation']}")
    command = _command(place, tmp_path, "segmentation", *settings)
    done = subprocess.run([*command, "task.filters=8"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert "was trained with the head lr_aspp (filters 16," in done.stderr
    assert "has lr_aspp (filters 8," in done.stderr


def test_evaluating_ignores_the_labels_that_the_training_ignored(
    trained: dict[str, Path], place: Path, tmp_path: Path
) -> None:
    weights = trained["segmentation"] / "retrain/mine/weights.safetensors"
    tensors, about = read_tensors(weights), dict(read_about(weights))
    assert about["ignored"] == "[255]"
    write_tensors(tmp_path / "weights.safetensors", tensors, about | {"ignored": "[1, 255]"})
    spec, data = trained["segmentation"] / "report/mine.yaml", place / "masks"
    command = [sys.executable, "-m", "mobilenas.commands.evaluate", str(spec), str(data), "--weights"]
    scores = [
        _scores(_run([*command, str(path), *more]))
        for path, more in (
            (weights, ()),
            (weights, ("--ignored", "1,255")),
            (tmp_path / "weights.safetensors", ()),
        )
    ]
    assert scores[1] == scores[2] != scores[0]


def test_evaluating_needs_no_training_images(trained: dict[str, Path], place: Path, tmp_path: Path) -> None:
    for task, data in (("segmentation", "masks"), ("detection", "coco")):
        folder = shutil.copytree(place / data, tmp_path / data)
        for split in ("train", "val"):
            for path in (folder / f"{split}.json", folder / split, folder / "images" / split, folder / "masks" / split):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
        command = [sys.executable, "-m", "mobilenas.commands.evaluate", str(trained[task])]
        assert _scores(_run([*command, str(folder)])) == _scores(_run([*command, str(place / data)]))


def _scores(said: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith(("mIoU", "mAP", "pixel"))]


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_killed_in_its_training_a_run_ends_with_the_same_weights(
    task: str, trained: dict[str, Path], place: Path, tmp_path: Path
) -> None:
    command = _command(place, tmp_path, task, *TRAIN)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    kill_when(process, tmp_path, "*/retrain/mine/checkpoints/last.ckpt")
    _run(command)
    (again,) = tmp_path.glob("*/retrain/mine/result.json")
    assert again.read_text() == (trained[task] / "retrain/mine/result.json").read_text()


@pytest.mark.parametrize("task", TASKS)
def test_netadapt_makes_a_detector_and_a_segmenter_faster(task: str, place: Path, tmp_path: Path) -> None:
    settings = (
        "experiment=netadapt", "recipe=segmentation", "recipe.epochs=1", "algorithm.divisor=8", "algorithm.delta=0.05",
        "algorithm.target_share=0.85", "scale.fine_tune_steps=1",
    )  # fmt: skip
    _run(_command(place, tmp_path, task, *settings))
    (folder,) = tmp_path.glob("netadapt-*")
    path = [Evaluation(**one) for one in json.loads((folder / "adapt/front.json").read_text())]
    assert path[-1].latency_ms <= 0.85 * path[0].latency_ms < path[-2].latency_ms
    spec, table = NetworkSpec.load(folder / "report/mine-adapted-1.yaml"), LatencyTable.load(place / "table.csv")
    assert spec.head == TASKS[task].network(NetworkSpec.from_yaml(NETWORK), CLASSES[task]).head
    assert sum(table.layer_ms(one) for one in spec.pieces) == pytest.approx(path[-1].latency_ms)
    assert json.loads((folder / "retrain/mine-adapted-1/result.json").read_text())["test_accuracy"] >= 0


@pytest.mark.parametrize("task", TASKS)
def test_a_search_takes_the_latency_of_whole_networks_with_their_heads(
    task: str, place: Path, tmp_path: Path, trained: dict[str, Path]
) -> None:
    settings = (
        f"experiment=around_{task}", "stages=[profile,search,retrain,report]", f"weights={trained[task]}",
        "algorithm.population=3", "algorithm.generations=2", "recipe.epochs=1",
    )  # fmt: skip
    _run(_command(place, tmp_path, task, *settings))
    (folder,) = tmp_path.glob("around_*")
    told = [Evaluation(**one) for one in json.loads((folder / "search/told.json").read_text())]
    mine = set_resolution(NetworkSpec.from_yaml(NETWORK), (HEIGHT, WIDTH))
    space = for_task(Around(mine).space(5, (HEIGHT, WIDTH)), TASKS[task], CLASSES[task])
    table = LatencyTable.load(place / "table.csv")
    assert len({one.latency_ms for one in told}) > 1
    for one in told:
        network = space.network(one.architecture)
        assert one.latency_ms == pytest.approx(sum(table.layer_ms(piece) for piece in network.pieces))
        assert (one.params, one.macs) == (network.params, network.macs)
        assert one.failure is None


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            ["experiment=moga", "scale.unstrided=0"],
            "has no supernet, because its networks have a head for task=segmentation",
        ),
        (["experiment=mobilenet_v2", "data=digits"], "task=segmentation learns masks, and the images of digits have"),
        (["experiment=mobilenet_v2", "recipe.teacher=mobilenet_v2"], "teaches the classes of images"),
        (["experiment=mobilenet_v2", "task.output_stride=8"], "task.output_stride"),
        (["experiment=mobilenet_v2", "data.augment.zoom_out=2"], "zoom_out and crop are for boxes"),
        (["experiment=mobilenet_v2", "data.ignored=[300]"], "data.ignored"),
        (
            ["experiment=around_segmentation", "network_file=HEAD", "weights=null"],
            "a search begins with a network for classification",
        ),
        (
            ["experiment=mobilenet_v2", "task=detection", "network_file=HEAD"],
            "has the head lr_aspp, and task=detection",
        ),
        (["experiment=mobilenet_v2", "network_file=HEAD", "task.filters=16"], "has a head of its own (lr_aspp)"),
        (["experiment=mobilenet_v2", "task=detection", "recipe.label_smoothing=0.1"], "does not smooth labels"),
        (["experiment=mobilenet_v2", "task=detection", "task.extras=[1,1,1,1]"], "extras must be 2 or more"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    settings: list[str], said: str, place: Path, tmp_path: Path
) -> None:
    head = tmp_path / "head.yaml"
    head.write_text(NETWORK.rpartition("  - {op: classifier")[0] + "head: {op: lr_aspp, classes: 3, filters: 8}\n")
    where = [f"data.root={place / 'masks'}", f"outputs={tmp_path}", f"hardware.path={place / 'table.csv'}"]
    command = [sys.executable, "-m", "mobilenas.cli", "task=segmentation", "data=masks", *COMMON, *where]
    if "network_file=HEAD" not in settings and settings[0] != "experiment=moga":
        command.append(f"network_file={place / 'mine.yaml'}")
    if "task=detection" in settings:
        command[command.index("data=masks")], settings = "data=coco", [*settings, f"data.root={place / 'coco'}"]
        command.remove("task=segmentation")
    if "data=digits" in settings:
        command = [one for one in command if not one.startswith(("data.root", "data.res", "data=masks"))]
    done = subprocess.run(
        [*command, *(one.replace("HEAD", str(head)) for one in settings)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 1
    (sentence,) = [one for one in done.stderr.splitlines() if one.startswith("mobilenas: ")]
    assert said in sentence
