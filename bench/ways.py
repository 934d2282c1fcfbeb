"""Ways from a trained network to a faster one, compared by accuracy and measured latency.

``python -m bench.ways --out FOLDER RUN...`` with finished runs of experiment=fine_tune (network_width=..., with weights
and from nothing), experiment=netadapt and experiment=around, each with several seeds. Every network of the runs is
measured on this machine, in turns. Writes FOLDER/ways.csv with a row for each trained network, prints means over seeds,
and draws docs/ways.png.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import yaml

from mobilenas.commands.measuring import measured
from mobilenas.engine import OnnxRuntime
from mobilenas.network import NetworkSpec
from mobilenas.report.palette import ACCENT, KERNELS, MUTED, SMALL, new_figure, plain_axes, png

PICTURE = Path(__file__).parents[1] / "docs" / "ways.png"
ROUNDS = 20
FOUND = {"around": "search around it", "netadapt": "NetAdapt"}
"""The experiments that find networks, which are told apart by their share of the whole network's latency."""

STYLES = {
    "width, weights kept": ("o-", ACCENT),
    "width, from nothing": ("o-", MUTED),
    "NetAdapt": ("s", KERNELS[5]),
    "search around it": ("^", KERNELS[3]),
}


@dataclass(frozen=True)
class Trained:
    """A trained network of a run.

    Args:
        way: how it was found
        size: a width, or the share of the slowest network's latency, to a tenth
        seed: the run's seed
        top1: accuracy on the test images
        latency_ms: milliseconds of one forward pass on this machine
        macs: multiply-adds
    """

    way: str
    size: str
    seed: int
    top1: float
    latency_ms: float
    macs: int


def trained_in(runs: Iterable[Path]) -> list[Trained]:
    """Returns all trained networks of some runs, measured in turns."""
    found: list[tuple[str, str, int, float, str]] = []
    for run in runs:
        config = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
        results = json.loads((run / "retrain" / "artifact.json").read_text(encoding="utf-8"))
        for file in sorted((run / "retrain" / "chosen").glob("*.yaml")):
            found.append((*_way(config), config["seed"], results[file.stem], file.read_text("utf-8")))
    texts = list(dict.fromkeys(text for *_, text in found))
    specs = [NetworkSpec.from_yaml(text) for text in texts]
    of_text = dict(zip(texts, measured(specs, [OnnxRuntime(threads=1, batch=1)], ROUNDS), strict=True))
    whole_ms = max(one.latency_ms for one in of_text.values())
    trained = [Trained(*facts, of_text[text].latency_ms, of_text[text].macs) for *facts, text in found]
    return [one if one.size else replace(one, size=f"{one.latency_ms / whole_ms:.1f} of it") for one in trained]


def _way(config: Mapping[str, object]) -> tuple[str, str]:
    """Returns the way and the size of a run's network; one that was found has no size before it is measured."""
    if (way := FOUND.get(str(config["name"]))) is not None:
        return way, ""
    return "width, weights kept" if config["weights"] else "width, from nothing", str(config["network_width"])


def in_words(networks: Sequence[Trained]) -> str:
    """Returns a row for each way and size: mean latency, multiply-adds, mean top-1 and its standard deviation."""
    lines = []
    for (way, size), group in _grouped(networks).items():
        top1, ms = np.array([one.accuracy for one in group]), np.array([one.latency_ms for one in group])
        deviation = f" ± {100 * top1.std(ddof=1):.1f}" if len(group) > 1 else ""
        macs = np.mean([one.macs for one in group]) / 1e6
        lines.append(f"{way} | {size} | {ms.mean():.2f} ms | {macs:.0f} M | {100 * top1.mean():.1f}{deviation}%")
    return "\n".join(lines)


def _grouped(networks: Sequence[Trained]) -> dict[tuple[str, str], list[Trained]]:
    groups = defaultdict[tuple[str, str], list[Trained]](list)
    for one in networks:
        groups[one.way, one.size].append(one)
    return dict(sorted(groups.items()))


def draw(networks: Sequence[Trained], path: Path) -> None:
    """Draws top-1 over measured latency: each trained network, and for widths a line through their means."""
    figure, axes = new_figure(6.4, 4.2)
    plain_axes(axes, "measured latency in ms", "top-1 of test images in %")
    for way, (form, colour) in STYLES.items():
        own = [one for one in networks if one.way == way]
        x, y = [one.latency_ms for one in own], [100 * one.accuracy for one in own]
        axes.plot(x, y, form[0], color=colour, markersize=4, alpha=0.7, label=way)
        if form.endswith("-"):
            groups = _grouped(own).values()
            means = [
                (np.mean([one.latency_ms for one in g]), 100 * np.mean([one.accuracy for one in g])) for g in groups
            ]
            axes.plot(*zip(*sorted(means), strict=True), "-", color=colour, linewidth=1)
    axes.legend(loc="center right", fontsize=SMALL, labelcolor=MUTED, frameon=False)
    path.write_bytes(png(figure))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ways", description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    networks = trained_in(options.runs)
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "ways.csv").open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(asdict(networks[0])))
        writer.writeheader()
        writer.writerows(map(asdict, networks))
    draw(networks, PICTURE)
    sys.stdout.write(in_words(networks) + f"\n{PICTURE}\n")


if __name__ == "__main__":
    main()
