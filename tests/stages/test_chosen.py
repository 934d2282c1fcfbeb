"""The chosen networks of a run, as they are read again."""

from pathlib import Path

import pytest

from mobilenas.network.published import load_network
from mobilenas.stages.chosen import Chosen, read_chosen, write_chosen


def test_a_network_whose_file_is_lost_is_told_with_the_list_that_names_it(tmp_path: Path) -> None:
    networks = [Chosen(load_network(name)) for name in ("moga_a", "fbnet_c")]
    write_chosen(networks, tmp_path)
    assert {one.spec for one in read_chosen(tmp_path)} == {one.spec for one in networks}
    (tmp_path / "fbnet_c.yaml").unlink()
    with pytest.raises(ValueError, match=r"evaluations.json cannot be used: there is no fbnet_c.yaml beside it"):
        read_chosen(tmp_path)
