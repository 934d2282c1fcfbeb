"""A latency table of a space whose layers take a time that grows with their multiply-adds."""

from pathlib import Path

from mobilenas.search_space import SearchSpace


def write_latencies(space: SearchSpace, path: Path) -> None:
    rows = (f"{layer.key},{0.01 + layer.macs / 1e7!r}\n" for layer in space.pieces)
    path.write_text("layer,latency_ms\n" + "".join(rows))
