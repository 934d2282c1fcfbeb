"""The error of a latency table on networks that it was not fitted on, at 224 pixels.

``python -m bench.table_error ENGINE PRECISION SPACE [FOLDER]``, for example ``litert int8 moga``: the space at the
paper's size is measured as ``hardware=ENGINE`` does it. Prints the relative RMSE of 50 networks, each predicted by a
table that was fitted without it: the plain sum of the rows, with factor and constant, and with the corrections of
single layers. With a FOLDER the measurements are kept there, and a second run does not measure again.
"""

import sys
from tempfile import mkdtemp
from time import perf_counter, process_time

import numpy as np

from mobilenas.hardware import MeasuredHardware
from mobilenas.hardware.chains import network_key
from mobilenas.hardware.fitting import cross_validated
from mobilenas.hardware.profile import layers_of
from mobilenas.hardware.table import LatencyTable
from mobilenas.search_space import LayerwiseSpace, layerwise
from mobilenas.testing.composed import settings_with


def main(engine: str, precision: str, space_name: str, folder: str = "") -> None:
    """Print the errors and the time of the measurement."""
    hardware, space = hardware_and_space(engine, precision, space_name, folder or mkdtemp())
    begin, processor = perf_counter(), process_time()
    profile = hardware.profile(space)
    wall_s, processor_s = perf_counter() - begin, process_time() - processor
    networks = hardware.sample(space, np.random.default_rng(0))
    rows = hardware.remembered({}, lambda _: lambda _: [], 0, np.random.default_rng(0), lambda *_: None).rows
    layers = layers_of(space)
    plain = LatencyTable({key: rows[key] for key in layers})
    measured_ms = [rows[network_key(network)] for network in networks]
    fixed = cross_validated(plain, networks, measured_ms, list(layers.values()), hardware.fit_networks, False)
    validation, table = profile.validation, profile.table
    assert validation is not None
    sys.stdout.write(
        f"{engine} {precision} {space_name}: sum of the rows {validation.uncorrected_relative_rmse:.2%}, with factor"
        f" {table.factor:.3f} and constant {table.overhead_ms:.4f} ms {fixed.relative_rmse:.2%}, with corrections"
        f" {validation.relative_rmse:.2%} (Kendall's tau {validation.kendall_tau:.3f}); {len(layers)} rows, a network"
        f" takes {np.mean(measured_ms):.2f} ms; {wall_s:.0f} s, {processor_s:.0f} s of processor time, load"
        f" {table.about.get('load')}\n"
    )


def hardware_and_space(
    engine: str, precision: str, space_name: str, folder: str
) -> tuple[MeasuredHardware, LayerwiseSpace]:
    """Returns the device, which keeps its measurements in a folder, and the space at the paper's size."""
    overrides = [f"hardware={engine}", f"search_space={space_name}", "scale=paper", f"outputs={folder}"]
    found = settings_with(*overrides, *([f"hardware.engine.precision={precision}"] if precision != "fp32" else []))
    assert isinstance(found.hardware, MeasuredHardware)
    return found.hardware, layerwise(found.search_space.space(1000, 224))


if __name__ == "__main__":
    main(*sys.argv[1:])
