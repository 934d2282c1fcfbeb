"""A table that is given as a file, and what each configuration of the group stands for."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from mobilenas.conf_dir import conf_dir
from mobilenas.hardware import Hardware, LatencyTable, MeasuredHardware, TableHardware
from mobilenas.hardware.profile import layers_of
from mobilenas.search_space import LayerwiseSpace
from mobilenas.testing.composed import settings_with

NAMES = sorted(path.stem for path in (conf_dir() / "hardware").glob("*.yaml"))


def test_a_given_table_is_used_as_it_is(space: LayerwiseSpace, table: LatencyTable, tmp_path: Path) -> None:
    table.save(tmp_path / "phone.csv")
    found = TableHardware(str(tmp_path / "phone.csv")).profile(space)
    assert found.table == table
    assert found.validation is None


def test_a_given_table_that_lacks_a_layer_is_refused(
    space: LayerwiseSpace, table: LatencyTable, tmp_path: Path
) -> None:
    replace(table, rows=dict(list(table.rows.items())[1:])).save(tmp_path / "phone.csv")
    with pytest.raises(ValueError, match=r"phone\.csv has no row for 'conv 3x8x8"):
        TableHardware(str(tmp_path / "phone.csv")).profile(space)


@pytest.mark.parametrize("name", NAMES)
def test_a_configuration_is_a_device(name: str, tmp_path: Path) -> None:
    settings = OmegaConf.load(conf_dir() / "hardware" / f"{name}.yaml")
    if name in ("table", "networks"):
        settings.path = "phone.csv"
    if name == "android":
        settings.engine.binary = "benchmark_model"
    config = OmegaConf.create({"outputs": str(tmp_path), "hardware": settings})
    hardware = instantiate(config.hardware, _convert_="all")
    assert isinstance(hardware, Hardware)
    if isinstance(hardware, MeasuredHardware):
        assert hardware.cache == str(tmp_path / "latency")
        assert hardware.validation_networks >= 50


def test_there_are_configurations() -> None:
    assert {"android", "cpu", "cuda", "executorch", "litert", "ncnn", "networks", "openvino", "table"} <= set(NAMES)


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"search_space": "proxyless_mobile"}, "mbconv"),
        ({"resolution": 16}, "x16x16"),
        ({"padding": "same"}, "same"),
    ],
    ids=lambda value: str(value),
)
def test_a_table_of_something_else_is_refused_with_the_missing_rows(
    changed: dict[str, Any], missing: str, tmp_path: Path
) -> None:
    space = settings_with("search_space=moga").search_space.space(10, 8)
    table = LatencyTable(dict.fromkeys(layers_of(space), 1.0), about={"precision": "int8"})
    table.save(tmp_path / "table.csv")
    found = TableHardware(str(tmp_path / "table.csv"), precision="int8")
    assert found.profile(space).table == table
    overrides = [f"search_space={changed.get('search_space', 'moga')}"]
    overrides += [f"search_space.padding={changed['padding']}"] if "padding" in changed else []
    other = settings_with(*overrides).search_space.space(10, changed.get("resolution", 8))
    with pytest.raises(
        ValueError, match=rf"table\.csv has no row for '.*{missing}.*' and \d+ more: it may be of another"
    ):
        found.profile(other)


@pytest.mark.parametrize(("about", "told"), [({"precision": "int8"}, "int8"), ({}, "unknown")])
def test_a_table_of_another_precision_is_refused(about: dict[str, str], told: str, tmp_path: Path) -> None:
    space = settings_with("search_space=moga").search_space.space(10, 8)
    LatencyTable(dict.fromkeys(layers_of(space), 1.0), about=about).save(tmp_path / "table.csv")
    with pytest.raises(ValueError, match=f"times of precision {told}, but hardware.precision=fp32: profile the device"):
        TableHardware(str(tmp_path / "table.csv"), precision="fp32").profile(space)
