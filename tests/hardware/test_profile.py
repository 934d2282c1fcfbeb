"""A table that is given as a file, and what each configuration of the group stands for."""

from dataclasses import replace
from pathlib import Path

import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from mobilenas.conf_dir import conf_dir
from mobilenas.hardware import Hardware, LatencyTable, MeasuredHardware, TableHardware
from mobilenas.search_space import LayerwiseSpace

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
    config = OmegaConf.create({"outputs": str(tmp_path), "hardware": settings})
    hardware = instantiate(config.hardware, _convert_="all")
    assert isinstance(hardware, Hardware)
    if isinstance(hardware, MeasuredHardware):
        assert hardware.cache == str(tmp_path / "latency")
        assert hardware.validation_networks >= 50


def test_there_are_configurations() -> None:
    assert {"cpu", "cuda", "litert", "ncnn", "networks", "openvino", "table"} <= set(NAMES)
