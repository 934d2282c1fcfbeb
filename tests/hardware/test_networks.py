"""A device that is known by the latencies of whole networks."""

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from mobilenas.evaluation import Architecture
from mobilenas.hardware import LatencyPredictor, LatencyTable, MeasuredNetworks
from mobilenas.hardware.networks import additive
from mobilenas.hardware.profile import layers_of
from mobilenas.search_space import LayerwiseSpace, MoGA

SPACE = MoGA(width=0.25, stages=2, blocks=2, hidden=0.25, unstrided=2).space(classes=10, resolution=16)
COUNT = 300


def latency_ms(space: LayerwiseSpace, architecture: Architecture) -> float:
    """A device whose layers take a constant and a time for their multiply-adds."""
    layers = [layer for layer in space.network(architecture).pieces if layer.takes_time]
    return 0.3 + sum(0.01 + layer.macs / 1e7 for layer in layers)


def write(path: Path, noise: float = 0.0, packed: bool = False) -> Path:
    rng = np.random.default_rng(0)
    lines = ["# Some networks: measured elsewhere", "architecture,phone,board"]
    for row in SPACE.sample(COUNT, rng).tolist():
        ms = latency_ms(SPACE, tuple(row)) * (1 + noise * rng.standard_normal())
        lines.append(f"{' '.join(map(str, row))},{ms!r},{2 * ms!r}")
    text = "\n".join(lines) + "\n"
    if packed:
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


@pytest.mark.parametrize("by", ["features", "layers"])
@pytest.mark.parametrize("packed", [False, True])
def test_networks_that_were_not_fitted_are_predicted(by: str, packed: bool, tmp_path: Path) -> None:
    path = write(tmp_path / "n.csv", packed=packed)
    found = MeasuredNetworks(str(path), "phone", by=by).profile(SPACE)  # type: ignore[arg-type]
    assert found.validation and len(found.validation.measured_ms) == COUNT // 5
    assert found.validation.relative_rmse < 1e-4
    for row in SPACE.sample(20, np.random.default_rng(5)).tolist():
        predicted = found.table.latency_ms(SPACE.network(row))
        assert predicted == pytest.approx(latency_ms(SPACE, tuple(row)), rel=1e-3)
    board = MeasuredNetworks(str(path), "board", by=by).profile(SPACE)  # type: ignore[arg-type]
    assert board.validation and board.validation.measured_ms == tuple(2 * ms for ms in found.validation.measured_ms)
    assert (found.predictor is not None) == (by == "features")


def test_layers_are_fitted_by_least_squares(tmp_path: Path) -> None:
    hardware = MeasuredNetworks(str(write(tmp_path / "n.csv", noise=0.1)), "phone", by="layers", networks=200)
    found = hardware.profile(SPACE, seed=3)
    architectures, times = hardware.load(SPACE)
    order = np.random.default_rng(3).permutation(COUNT)
    test, fit = np.sort(order[: COUNT // 5]), order[COUNT // 5 : COUNT // 5 + 200]
    counts = np.zeros((COUNT, len(layers_of(SPACE))))
    keys = list(layers_of(SPACE))
    for row, one in enumerate(architectures):
        for layer in SPACE.network(one).pieces:
            if layer.takes_time:
                counts[row, keys.index(layer.key)] += 1
    right = LinearRegression(fit_intercept=False).fit(counts[fit], times[fit]).predict(counts[test])
    assert found.validation
    np.testing.assert_allclose(found.validation.predicted_ms, right, rtol=1e-6)
    np.testing.assert_allclose(found.validation.measured_ms, times[test])


def test_what_it_gives_can_be_written_and_read_again(tmp_path: Path) -> None:
    path = str(write(tmp_path / "n.csv", noise=0.1))
    network = SPACE.network([0] * len(SPACE.options))
    table = MeasuredNetworks(path, "phone", by="layers").profile(SPACE).table
    table.save(tmp_path / "table.csv")
    assert LatencyTable.load(tmp_path / "table.csv").latency_ms(network) == table.latency_ms(network)
    predictor = MeasuredNetworks(path, "phone").profile(SPACE).predictor
    assert predictor
    predictor.save(tmp_path / "predictor.csv")
    assert LatencyPredictor.load(tmp_path / "predictor.csv").latency_ms(network) == predictor.latency_ms(network)


def test_layers_that_always_come_together_share_their_time() -> None:
    networks = [SPACE.network(row) for row in SPACE.sample(100, np.random.default_rng(1)).tolist()]
    table = additive(networks, [1.0 + network.macs / 1e7 for network in networks])
    assert table.rows[networks[0].layers[0].key] == pytest.approx(table.rows[networks[0].layers[-1].key])


def test_another_device_fit_or_file_is_another_identity(tmp_path: Path) -> None:
    one = MeasuredNetworks(str(write(tmp_path / "n.csv")), "phone")
    others = [replace(one, device="board"), replace(one, networks=10), replace(one, by="layers"), replace(one, batch=2)]
    others.append(replace(one, path=str(write(tmp_path / "m.csv", noise=0.1))))
    assert all(other.identity != one.identity for other in others)
    assert replace(one, path=str(write(tmp_path / "copy.csv"))).identity == one.identity
    assert replace(one, batch=4).images == 4 and one.at_hand is None


def test_what_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    path = write(tmp_path / "n.csv")
    with pytest.raises(ValueError, match=r"n\.csv has several devices: set hardware\.device to one of phone, board\.$"):
        MeasuredNetworks(str(path)).profile(SPACE)
    with pytest.raises(ValueError, match=r"n\.csv has no device 'watch': choose one of phone, board\.$"):
        MeasuredNetworks(str(path), "watch").profile(SPACE)
    with pytest.raises(ValueError, match=r"networks=500 networks cannot be fitted: .* a number from 1 to 240\."):
        MeasuredNetworks(str(path), "phone", networks=500).profile(SPACE)
    with pytest.raises(ValueError, match=r"network 1: '.*' is no architecture of moga"):
        MeasuredNetworks(str(path), "phone").profile(MoGA().space())
    text = path.read_text().splitlines()
    for line, said in (
        ("a b,1,1", r"network 301: 'a b' is no architecture of moga"),
        (text[2].rsplit(",", 2)[0] + ",-1,1", r"phone of network 301 must be from 1e-06"),
        (text[2].rsplit(",", 2)[0] + ",fast,1", r"phone of network 301 must be a number"),
    ):
        (tmp_path / "wrong.csv").write_text("\n".join([*text, line]))
        with pytest.raises(ValueError, match=said):
            MeasuredNetworks(str(tmp_path / "wrong.csv"), "phone").profile(SPACE)
    (tmp_path / "table.csv").write_text("layer,latency_ms\na,1\n")
    with pytest.raises(ValueError, match=r"table\.csv must have the column architecture first, then one for"):
        MeasuredNetworks(str(tmp_path / "table.csv")).profile(SPACE)
    with pytest.raises(ValueError, match=r"nothing\.csv cannot be read: No such file or directory\."):
        MeasuredNetworks(str(tmp_path / "nothing.csv")).profile(SPACE)


@pytest.mark.parametrize(("cut", "said"), [(-20, "cut off"), (None, "damaged")])
def test_a_damaged_file_of_gzip_is_one_sentence(cut: int | None, said: str, tmp_path: Path) -> None:
    path = write(tmp_path / "n.csv.gz", packed=True)
    content = path.read_bytes()
    path.write_bytes(content[:cut] if cut else content[:100] + bytes(50) + content[150:])
    with pytest.raises(ValueError, match=rf"n\.csv\.gz cannot be read as a table: it is a .*{said}"):
        MeasuredNetworks(str(path), "phone").profile(SPACE)
