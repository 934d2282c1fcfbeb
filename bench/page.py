"""The page of a run with few and with many evaluations: its size, its first paint, and how fast it answers.

``python -m bench.page``: needs Chromium and playwright. Times are those of the scripts alone, without the browser's own
painting. A grid finds the nearest dot; beside it, in the same page, stands a scan of all dots.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
from playwright.sync_api import Page, sync_playwright

from mobilenas.evaluation import Evaluation
from mobilenas.hardware import CostTable, LatencyTable
from mobilenas.hardware.profile import layers_of
from mobilenas.report import ImageFormat, NetworkResult, RunResult
from mobilenas.report.front_section import script
from mobilenas.report.page import page
from mobilenas.search_space import LayerwiseSpace, MoGA

COUNTS = (300, 8_400, 100_000)
MOVES = 200

SYNCHRONOUS = "() => { window.requestAnimationFrame = (draw) => { draw(performance.now()); return 0; }; }"
"""Makes the page draw at once, so that the time of an event is all that it leads to."""

HOVER = """(moves) => {
  const marks = document.querySelector(".marks"), box = marks.getBoundingClientRect(), took = [];
  for (let move = 0; move < moves; move += 1) {
    const at = { clientX: box.left + box.width * (0.1 + 0.8 * ((move * 0.37) % 1)),
                 clientY: box.top + box.height * (0.1 + 0.8 * ((move * 0.61) % 1)), pointerType: "mouse" };
    const begin = performance.now();
    marks.dispatchEvent(new PointerEvent("pointermove", at));
    took.push(performance.now() - begin);
  }
  return took;
}"""

SELECT = """(options) => Array.from({ length: options }, (_, option) => {
  const button = document.querySelector(`.option[data-decision="0"][data-option="${option}"]`);
  const begin = performance.now();
  button.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  return performance.now() - begin;
})"""

NEAREST = """(count) => {
  const draw = (_, at) => ((at * 0.7548776662466927) % 1) * 640;
  const xs = Float32Array.from({ length: count }, draw), ys = xs.slice().reverse();
  const find = gridIndex(xs, ys, 640, 640), scan = (x, y) => {
    let nearest = -1, least = 400;
    for (let point = 0; point < count; point += 1) {
      const distance = (xs[point] - x) ** 2 + (ys[point] - y) ** 2;
      if (distance <= least) { least = distance; nearest = point; }
    }
    return nearest;
  };
  const places = Array.from({ length: 400 }, (_, at) => [(at * 397) % 640, (at * 211) % 640]);
  if (!places.every(([x, y]) => {
    const [a, b] = [find(x, y, 20), scan(x, y)];
    const far = (point) => (xs[point] - x) ** 2 + (ys[point] - y) ** 2;
    return a === b || far(a) === far(b);
  })) throw new Error("The grid and the scan disagree.");
  return [find, scan].map((one) => {
    const begin = performance.now();
    for (let turn = 0; turn < 25; turn += 1) for (const [x, y] of places) one(x, y, 20);
    return (performance.now() - begin) / (25 * places.length);
  });
}"""


def explored(space: LayerwiseSpace, count: int, seed: int = 0) -> RunResult:
    """Return a run whose figures were made up, except its latencies, which are those of its made-up table."""
    rng = np.random.default_rng(seed)
    table = LatencyTable({key: float(rng.uniform(0.05, 1)) for key in layers_of(space)}, overhead_ms=0.01)
    population = np.unique(space.sample(count + count // 10 + 10, rng), axis=0)
    population = rng.permutation(population)[:count]
    costs = CostTable(space, table)(population)
    high = 0.7 + 0.1 * np.tanh((costs.macs - costs.macs.mean()) / costs.macs.std())
    accuracy = np.round(high + rng.normal(0, 0.01, count), 4)
    evaluations = tuple(
        Evaluation(tuple(map(int, one)), float(top1), float(latency_ms), int(macs), int(params))
        for one, top1, latency_ms, macs, params in zip(
            population, accuracy, costs.latency_ms, costs.macs, costs.params, strict=True
        )
    )
    front, best = [], -1.0
    for one in sorted(evaluations, key=lambda one: (one.latency_ms, -one.accuracy)):
        if one.accuracy > best:
            front.append(one)
            best = one.accuracy
    middle = front[len(front) // 2]
    network = NetworkResult(space.network(middle.architecture), middle, middle.latency_ms, test_accuracy=0.8)
    images = ImageFormat((224, 224), (0.5,) * 3, (0.25,) * 3, ("one", "two"))
    command = ("experiment=moga", "scale=paper")
    return RunResult(
        "made up", (network,), images, evaluations, tuple(front), space=space, table=table, command=command
    )


def measured(opened: Page, path: Path) -> tuple[float, float, float, float]:
    """Return milliseconds until the first paint and until all is drawn, and medians of a hover and of a selection."""
    opened.goto(path.as_uri())
    opened.wait_for_timeout(500)
    paint = opened.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
    drawn = opened.evaluate("() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    opened.evaluate(SYNCHRONOUS)
    return paint, drawn, median(opened.evaluate(HOVER, MOVES)), median(opened.evaluate(SELECT, 12))


def main(counts: tuple[int, ...] = COUNTS) -> None:
    space = MoGA().space()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1280, "height": 900})
        for count in counts:
            path = Path(folder) / f"{count}.html"
            path.write_text(page(explored(space, count)), "utf-8")
            paint, drawn, hover, select = measured(opened, path)
            grid, scan = opened.evaluate(f"{script().rpartition('start();')[0]} return ({NEAREST})({count}); }})()")
            sys.stdout.write(
                f"{count:7,} evaluations: {path.stat().st_size / 1e6:5.2f} MB, first paint {paint:5.0f} ms,"
                f" all drawn {drawn:5.0f} ms,"
                f" hover {hover:5.2f} ms, selection {select:6.1f} ms,"
                f" nearest dot {1e3 * grid:6.2f} us, a scan takes {scan / grid:7.1f} x\n"
            )
        browser.close()


if __name__ == "__main__":
    main()
