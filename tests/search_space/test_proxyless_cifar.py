"""ProxylessNAS's tree-structured space against what its paper says of it (Sec. 4.1)."""

import numpy as np
import pytest
import torch

from mobilenas.hardware import CostTable, LatencyTable
from mobilenas.hardware.laps import draw_laps
from mobilenas.hardware.profile import layers_of
from mobilenas.network.spec import NetworkSpec
from mobilenas.ops import TreeBlock
from mobilenas.search_space import ProxylessCifar
from mobilenas.supernet import Supernet

SMALL = ProxylessCifar(blocks=1, channels=40).space(10, 16)


def test_the_papers_size_has_648_decisions_of_seven_operations() -> None:
    space = ProxylessCifar(blocks=18, channels=400).space()
    assert space.options == (7,) * 648
    blocks = [op for (op,) in space.positions if isinstance(op, TreeBlock)]
    assert len(blocks) == 54
    assert blocks[-1].out == 400
    assert [block.stride for block in blocks].count(2) == 2
    assert space.layers[-1][0].input.height == 8


def test_networks_of_the_papers_size_are_as_large_as_its_own() -> None:
    """Table 1: 5.7M and 5.8M parameters; 7x7 convolutions on every edge are the most there can be."""
    space = ProxylessCifar().space()
    largest = space.network([4] * 648)
    assert 5.7e6 < largest.params < 5.8e6
    assert space.network([1] * 648).params < largest.params / 3


def test_channels_grow_evenly() -> None:
    outs = [op.out for (op,) in ProxylessCifar(blocks=2, channels=76).space().positions if isinstance(op, TreeBlock)]
    assert outs == [26, 36, 46, 56, 66, 76]


def test_a_path_of_the_supernet_is_the_stand_alone_network() -> None:
    torch.manual_seed(0)
    supernet, images = Supernet(SMALL).eval(), torch.randn(2, 3, 16, 16)
    architecture = [int(option) for option in SMALL.sample(1, np.random.default_rng(0))[0]]
    alone = SMALL.network(architecture).build().eval()
    path = supernet.path(architecture)
    alone.load_state_dict(path.state_dict())
    torch.testing.assert_close(alone(images), supernet(images, architecture))
    assert torch.equal(path(images), supernet(images, architecture))


def test_costs_of_a_population_are_those_of_its_networks() -> None:
    rng = np.random.default_rng(0)
    table = LatencyTable({key: float(rng.uniform(1, 2)) for key in layers_of(SMALL)}, overhead_ms=0.1)
    architectures = SMALL.sample(5, rng)
    networks = [SMALL.network(one) for one in architectures]
    costs = CostTable(SMALL, table)(architectures)
    np.testing.assert_allclose(costs.latency_ms, [table.latency_ms(network) for network in networks])
    assert costs.params.tolist() == [network.params for network in networks]
    assert costs.macs.tolist() == [network.macs for network in networks]


def test_seven_laps_measure_every_operation_of_every_cell() -> None:
    laps = draw_laps(SMALL, np.random.default_rng(0))
    assert len(laps) == 7
    assert {layer.key for lap in laps for layer in lap} - {"skip"} == set(layers_of(SMALL))


def test_a_network_survives_yaml() -> None:
    network = SMALL.network(SMALL.sample(1, np.random.default_rng(3))[0])
    assert NetworkSpec.from_yaml(network.to_yaml()) == network


@pytest.mark.parametrize(("settings", "said"), [({"blocks": 0}, "blocks must be"), ({"channels": 8}, "16 or more")])
def test_an_impossible_setting_is_refused(settings: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ProxylessCifar(**settings).space()
