"""The file of a device's speed."""

from pathlib import Path

import pytest

from mobilenas.hardware.speed import load_speed, save_speed


def test_a_file_holds_the_speed_exactly(tmp_path: Path) -> None:
    save_speed(tmp_path / "speed.csv", [1.0, 1 / 3, 2.5])
    assert load_speed(tmp_path / "speed.csv") == (1.0, 1 / 3, 2.5)


@pytest.mark.parametrize("text", ["visit,slowness\n1,fast\n", "visit,slowness\n1,-1\n", "layer,latency_ms\n"])
def test_another_file_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "speed.csv").write_text(text)
    with pytest.raises(ValueError, match=r"speed\.csv"):
        load_speed(tmp_path / "speed.csv")
