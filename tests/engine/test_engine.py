"""The time of a run by kind of operation, of times that are known."""

from mobilenas.engine.base import typical_by_kind


def test_the_medians_of_operations_are_summed_by_kind_the_largest_first() -> None:
    times_ms = {("pooling", "a"): [1, 1, 9], ("conv 1x1", "b"): [2, 7, 3], ("conv 1x1", "c"): [4, 5, 6]}
    found = typical_by_kind(
        (*key, ms) for run in range(3) for key, ms in ((key, times_ms[key][run]) for key in times_ms)
    )
    assert list(found.items()) == [("conv 1x1", 3 + 5), ("pooling", 1)]
