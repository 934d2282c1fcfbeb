"""Writes what a network's answers are: per class, which classes it takes for which, and a summary."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mobilenas.files.whole import replacing, write_text
from mobilenas.training.scores import Scores

CLASS_COLUMNS = ("class", "images", "top1", "top5")


def class_rows(scores: Scores) -> list[tuple[str, int, float, float | None]]:
    """Returns name, number of images, top-1 and top-5 of each class that has images."""
    found = ((scores.classes[output], *scores.of_class(output)) for output in scores.present)
    return [(name, images, accuracy.top1, accuracy.top5) for name, images, accuracy in found]


def write_scores(scores: Scores, summary: Mapping[str, object], folder: Path) -> None:
    """Writes ``per_class.csv``, ``confusion.csv``, ``confusion.png`` and ``summary.json``; files there are replaced."""
    from mobilenas.commands.confusion_figure import confusion_figure
    from mobilenas.report.palette import png

    present, counts = scores.present, scores.confusion
    names = [scores.classes[output] for output in present]
    write_text(folder / "per_class.csv", as_csv(CLASS_COLUMNS, class_rows(scores)))
    lines = ((name, *counts[output].tolist()) for name, output in zip(names, present, strict=True))
    write_text(folder / "confusion.csv", as_csv(("true class", *scores.classes), lines))
    with replacing(folder / "confusion.png") as new:
        new.write_bytes(png(confusion_figure(counts.numpy(), scores.classes, present)))
    write_text(folder / "summary.json", json.dumps(dict(summary), indent=1) + "\n")


def as_csv(head: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """Returns lines as CSV under their names."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(lines)
    return text.getvalue()
