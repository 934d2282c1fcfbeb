"""How well latencies of whole networks that were measured elsewhere are predicted, and searches for two phones.

``python -m bench.phones FILE``: a CSV of FBNet's space with the column ``architecture`` and one column for each device.
For each device: the relative RMSE on 1,000 networks that had no part in the fit, for 100, 500 and 4,000 measured ones:
ProxylessNAS's predictor (Appendix B), and the milliseconds of each layer by least squares. Draws docs/drift.png: what
is left over the order of measurement. Then NSGA-II searches for two devices (FBNet Table 5): the fastest network of
each that is as accurate as a given one, and its latency on both. Accuracy comes from a model (``bench.held``), because
no network is trained; so the table shows what the devices make of a search, and not an accuracy.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from bench.held import Model
from mobilenas.algorithm import COSTS, NSGA2, OBJECTIVE
from mobilenas.evaluation import Evaluation
from mobilenas.files.text import columns_of
from mobilenas.hardware import LatencyTable
from mobilenas.hardware.network_costs import cost_model
from mobilenas.hardware.networks import MeasuredNetworks, additive
from mobilenas.hardware.validation import Validation
from mobilenas.objective import ACCURACY_LATENCY
from mobilenas.report.palette import ACCENT, MUTED, plain_axes
from mobilenas.search_space import FBNet, LayerwiseSpace
from mobilenas.settings import SEED, given

COUNTS = (100, 500, 4000)
SEARCHED = ("pixel3", "raspi4")
DRIFTING = "pixel2"
WINDOW = 50  # networks whose mean is drawn as a line
POPULATION, GENERATIONS = 70, 400
PICTURE = Path(__file__).parents[1] / "docs" / "drift.png"


def main(path: str) -> None:
    """Print the errors and the searches, and draw the drift."""
    space = FBNet().space(1000, 224)
    devices = columns_of(Path(path))[1:]
    sys.stdout.write(
        f"{'device':16}" + "".join(f"{by:>9} {n:5}" for by in ("features", "layers") for n in COUNTS) + "\n"
    )
    for device in devices:
        found = [validated(path, device, space, count, by) for by in ("features", "layers") for count in COUNTS]
        cells = "".join(f"{one.relative_rmse:15.2%}" if one else f"{'—':>15}" for one in found)
        sys.stdout.write(f"{device:16}{cells}\n")
        sys.stdout.flush()
    drift(path, space).savefig(PICTURE, metadata={"Software": None})
    searches(path, space)


def validated(path: str, device: str, space: LayerwiseSpace, count: int, by: str) -> Validation | None:
    """Returns predictions for 1,000 networks beside their measurements; None if too few networks know all layers."""
    hardware = MeasuredNetworks(
        path, device, networks=count, test_share=0.2, by="layers" if by == "layers" else "features"
    )
    try:
        return hardware.profile(space).validation
    except ValueError:
        return None


def drift(path: str, space: LayerwiseSpace) -> Figure:
    """What an additive model of all networks leaves, over the order of measurement."""
    architectures, measured_ms = MeasuredNetworks(path, DRIFTING).load(space)
    networks = [space.network(one) for one in architectures]
    table = additive(networks, measured_ms.tolist())
    ratio = measured_ms / np.array([table.latency_ms(one) for one in networks])
    lag = float(np.corrcoef(ratio[:-1], ratio[1:])[0, 1])
    sys.stdout.write(f"{DRIFTING}: what is left has a correlation of {lag:.2f} from one network to the next\n")
    figure = Figure((6.4, 3.0), 150, facecolor="white", layout="constrained")
    axes = figure.subplots()
    plain_axes(axes, "network, in the order of measurement", "measured / predicted")
    axes.plot(ratio, ".", color=MUTED, markersize=1.5, alpha=0.5, label=f"{DRIFTING}, {len(ratio):,} networks")
    mean = np.convolve(ratio, np.ones(WINDOW) / WINDOW, mode="valid")
    axes.plot(np.arange(len(mean)) + WINDOW / 2, mean, color=ACCENT, linewidth=1.5, label=f"mean of {WINDOW}")
    axes.set_ylim(*np.percentile(ratio, (0.2, 99.8)))
    axes.legend(frameon=False, labelcolor=MUTED)
    return figure


def searches(path: str, space: LayerwiseSpace) -> None:
    """Prints the latency on both devices of the fastest networks for each, at three accuracies."""
    tables = {device: MeasuredNetworks(path, device, by="layers").profile(space).table for device in SEARCHED}
    model = Model(space, seed=0)
    fronts = {device: front(space, model, table) for device, table in tables.items()}
    every = [one.accuracy for one in fronts[SEARCHED[0]]]
    for share in (0.25, 0.5, 0.75):
        least = float(np.quantile(every, share))
        for searched, found in fronts.items():
            best = min((one for one in found if one.accuracy >= least), key=lambda one: one.latency_ms)
            times = [tables[device].latency_ms(space.network(best.architecture)) for device in SEARCHED]
            on = ", ".join(f"{ms:.2f} ms on {device}" for device, ms in zip(SEARCHED, times, strict=True))
            sys.stdout.write(f"accuracy {least:.3f}, searched for {searched:8} {on}\n")


def front(space: LayerwiseSpace, model: Model, table: LatencyTable) -> list[Evaluation]:
    """Returns what NSGA-II finds with the accuracy of a model and the latency of a table."""
    costs = cost_model(space, table)
    search = NSGA2(population=POPULATION, generations=GENERATIONS).search(
        space, given((OBJECTIVE, ACCURACY_LATENCY), (SEED, 0), (COSTS, costs))
    )
    told: list[Evaluation] = []
    while asked := search.ask():
        evaluations = [
            replace(one, latency_ms=float(ms))
            for one, ms in zip(model.evaluate(asked), costs(asked).latency_ms, strict=True)
        ]
        search.tell(evaluations)
        told += evaluations
    return ACCURACY_LATENCY.non_dominated(told)


if __name__ == "__main__":
    main(*sys.argv[1:])
