"""The costs of a population are those of its networks, one by one."""

from dataclasses import replace

import numpy as np
import pytest

from mobilenas.hardware import CostTable, LatencyTable
from mobilenas.hardware.costs import CHUNK
from mobilenas.hardware.profile import layers_of
from mobilenas.search_space import LayerwiseSpace, MoGA


def check(
    space: LayerwiseSpace, table: LatencyTable, population: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
) -> None:
    costs = CostTable(space, table)(population)
    networks = [space.network(architecture) for architecture in population]
    assert costs.params.dtype == costs.macs.dtype == np.int64
    assert costs.params.tolist() == [network.params for network in networks]
    assert costs.macs.tolist() == [network.macs for network in networks]
    np.testing.assert_allclose(costs.latency_ms, [table.latency_ms(network) for network in networks], rtol=1e-12)


def test_blocks_of_different_length_and_skipped_layers_are_summed(space: LayerwiseSpace, table: LatencyTable) -> None:
    every = np.array(np.meshgrid(*(range(count) for count in space.options))).reshape(len(space.options), -1).T
    assert len(every) == 36
    check(space, table, every)


def test_mogas_space_is_summed() -> None:
    space, rng = MoGA().space(), np.random.default_rng(0)
    table = LatencyTable({key: float(rng.uniform(0.01, 1)) for key in layers_of(space)}, 0.01)
    check(space, table, space.sample(50, rng))


def test_a_population_of_any_size_is_one_operation(space: LayerwiseSpace, table: LatencyTable) -> None:
    costs = CostTable(space, table)
    population = space.sample(2 * CHUNK + 3, np.random.default_rng(0))
    whole = costs(population)
    for begin, end in ((0, 1), (CHUNK - 1, CHUNK + 2), (2 * CHUNK, 2 * CHUNK + 3)):
        part = costs(population[begin:end].tolist())
        assert np.array_equal(part.latency_ms, whole.latency_ms[begin:end])
        assert np.array_equal(part.macs, whole.macs[begin:end])
    assert len(costs(population[:0]).params) == 0


def test_a_space_without_a_choice_has_one_architecture(space: LayerwiseSpace, table: LatencyTable) -> None:
    fixed = replace(space, positions=tuple(candidates[-1:] for candidates in space.positions))
    check(fixed, table, np.zeros((2, 0), dtype=np.int64))


@pytest.mark.parametrize("architecture", [(3, 0, 0), (0, 0, 3), (0, 4, 0), (-1, 0, 0), (0, 10**12, 0)])
def test_an_option_that_is_not_in_the_space_is_refused(
    architecture: tuple[int, ...], space: LayerwiseSpace, table: LatencyTable
) -> None:
    with pytest.raises(ValueError, match=r"tiny: the option of decision \d must be from 0 to"):
        CostTable(space, table)([(0, 0, 0), architecture])


@pytest.mark.parametrize("architectures", [(0, 0, 0), [(0, 0)], [(0.0, 0.0, 0.0)]])
def test_what_are_no_architectures_is_refused(
    architectures: object, space: LayerwiseSpace, table: LatencyTable
) -> None:
    with pytest.raises(ValueError, match=r"tiny: architectures must be integers \(N, 3\)"):
        CostTable(space, table)(np.array(architectures))


def test_a_missing_row_is_refused_at_construction(space: LayerwiseSpace, table: LatencyTable) -> None:
    with pytest.raises(ValueError, match=r"has no row for .* and 9 more: it may be of another space"):
        CostTable(space, replace(table, rows={}))
