"""The latency table and the latency predictor on the same held-out networks of this machine.

``python -m bench.predictor [RESOLUTION [NETWORKS]]``: measures every layer of ProxylessNAS's mobile space and NETWORKS
random networks in the same interleaved rounds. The table's constant is fitted on ten of the networks, and the predictor
on four in five. The last fifth of the networks shows the error of both.
"""

import sys

import numpy as np

from mobilenas.engine import OnnxRuntime
from mobilenas.hardware import LatencyPredictor, LatencyTable, Validation
from mobilenas.hardware.chains import Chain, distinct_networks, network_key, prepare_chains
from mobilenas.hardware.laps import visits_of
from mobilenas.hardware.profile import layers_of
from mobilenas.hardware.table import count_pieces
from mobilenas.hardware.validation import fit_sum
from mobilenas.search_space import ProxylessMobile
from mobilenas.timing import Timing
from mobilenas.timing.rounds import interleaved, silent

TABLE_FIT = 10


def main(resolution: int = 224, count: int = 500, rounds: int = 12, visit_ms: float = 10.0) -> None:
    """Print both errors."""
    rng = np.random.default_rng(0)
    space = ProxylessMobile().space(resolution=resolution)
    networks = distinct_networks(space, count, rng)
    layers: dict[str, Chain] = {key: (layer,) for key, layer in layers_of(space).items()}
    chains = layers | {network_key(network): network.layers for network in networks}
    runs = prepare_chains(OnnxRuntime(1, 1), chains, 0, silent)
    took_ms = interleaved(runs, visits_of(list(chains), space, ()), Timing(rounds, visit_ms, 10.0), rng).times_ms
    rows = dict(zip(chains, took_ms.tolist(), strict=True))
    measured_ms = [rows[network_key(network)] for network in networks]

    fit = count * 4 // 5
    predictor = LatencyPredictor.fit(networks[:fit], measured_ms[:fit])
    sums = LatencyTable({key: rows[key] for key in layers})
    few = networks[:TABLE_FIT]
    factor, constant_ms = fit_sum(
        list(map(sums.latency_ms, few)), measured_ms[:TABLE_FIT], [count_pieces(one) - 1 for one in few]
    )
    table = LatencyTable(sums.rows, constant_ms, factor=factor)
    for name, model in ("table", table), ("predictor", predictor):
        predicted_ms = tuple(model.latency_ms(network) for network in networks[fit:])
        found = Validation(tuple(measured_ms[fit:]), predicted_ms)
        sys.stdout.write(
            f"{name} at {resolution} px on {count - fit} networks: RMSE {found.rmse_ms:.4f} ms, "
            f"{found.relative_rmse:.2%}, Kendall's rank correlation {found.kendall_tau:.3f}\n"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
