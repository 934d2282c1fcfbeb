"""The latency of each option of each decision, where a network's latency is a sum over its decisions."""

from mobilenas.hardware import LatencyTable
from mobilenas.search_space import LayerwiseSpace, SearchSpace
from mobilenas.task.task_space import TaskSpace


def options_ms_of(space: SearchSpace | None, table: LatencyTable | None) -> tuple[tuple[float, ...], ...]:
    """Returns milliseconds of each option of each decision, by the latency table.

    Two networks that differ in one decision differ in latency by as much as these milliseconds. Nothing is returned if
    the space's networks are no sequences of independent choices, or if the table lacks a layer.
    """
    inner = space.inner if isinstance(space, TaskSpace) else space
    if not isinstance(inner, LayerwiseSpace) or table is None:
        return ()
    if not all(table.has(candidates) for candidates in inner.choices):
        return ()
    return tuple(tuple(map(table.layer_ms, candidates)) for candidates in inner.choices)
