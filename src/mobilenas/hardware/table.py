"""The layer-wise lookup table of MoGA (Sec. 4.2) and FBNet: a network takes as long as its layers together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mobilenas.files.text import parse_number, read_table, write_table
from mobilenas.hardware.base import LatencyModel
from mobilenas.network.spec import Layer, NetworkSpec

COLUMNS = ("layer", "latency_ms")
OVERHEAD, OLD_OVERHEAD, FACTOR = "constant_ms", "overhead_ms", "layer_factor"


@dataclass(frozen=True)
class LatencyTable(LatencyModel):
    """Measured milliseconds by layer key.

    .. math:: \\text{LAT}(m) = c + \\sum_{l \\in m} (f T_l - c)

    where :math:`c` is how much longer a piece takes on its own than within a network: what it costs to run anything,
    which a network costs once. MoGA has no factor. It is for what grows with the layer: on its own it has to fetch its
    input and leave its output in a layout that all understand. A skipped layer is no piece.

    Args:
        rows: milliseconds of each layer, measured on its own, by ``Layer.key``
        overhead_ms: the constant :math:`c`
        factor: of the rows, :math:`f`
        about: what was measured, and how: device, engine, version, batch, error
        origin: names the table in error messages
    """

    rows: Mapping[str, float]
    overhead_ms: float = 0.0
    about: Mapping[str, str] = field(default_factory=dict)
    origin: str = field(default="The latency table", compare=False)
    factor: float = 1.0

    @property
    def images(self) -> int:
        """Images that one run had at once when the rows were measured."""
        return images_of(self.about)

    @property
    def rmse_ms(self) -> float | None:
        """Root mean square error of its predictions, as it says of itself.

        Raises:
            ValueError: what it says is no number
        """
        text = self.about.get("rmse_ms")
        return parse_number(Path(self.origin), "rmse_ms", text) if text else None

    @property
    def figures(self) -> tuple[float, float, dict[str, float]]:
        """All that its predictions depend on."""
        return self.factor, self.overhead_ms, dict(self.rows)

    def layer_ms(self, layer: Layer) -> float:
        """A layer's share of a network's latency.

        Raises:
            ValueError: the table has no row for the layer
        """
        if not layer.takes_time:
            return 0.0
        self.require([layer])
        return self.factor * self.rows[layer.key] - self.overhead_ms

    def latency_ms(self, network: NetworkSpec) -> float:
        return self.overhead_ms + sum(map(self.layer_ms, network.pieces))

    def require(self, layers: Iterable[Layer]) -> None:
        """Raise ValueError unless there is a row for every layer."""
        missing = [layer.key for layer in layers if layer.key not in self.rows and layer.takes_time]
        if missing:
            raise ValueError(
                f"{self.origin} has no row for {missing[0]!r}, one of {len(set(missing))} missing rows: run the stage"
                " profile on the table's device, for the search space that has this layer."
            )

    def save(self, path: Path) -> None:
        """Write the table as CSV, after lines of ``# name: value``."""
        head = dict(self.about) | {FACTOR: repr(self.factor), OVERHEAD: repr(self.overhead_ms)}
        write_table(path, head, COLUMNS, self.rows.items())

    @classmethod
    def load(cls, path: Path) -> LatencyTable:
        """The table in a file that ``save`` wrote, or that someone wrote for a device of their own.

        Raises:
            ValueError: the file is missing or no such table
        """
        about, lines = read_table(path, COLUMNS)
        rows = {layer: parse_number(path, f"the latency of {layer!r}", text) for layer, text in lines}
        if len(rows) < len(lines):
            (repeated, _), *_ = Counter(layer for layer, _ in lines).most_common(1)
            raise ValueError(f"{path} has more than one row for {repeated!r}.")
        if parse_number(path, OLD_OVERHEAD, about.pop(OLD_OVERHEAD, "0")):
            raise ValueError(
                f"{path} has the number {OLD_OVERHEAD} of an older version, in which a network did not pay it once: run"
                f" the stage profile again; the number is now called {OVERHEAD}."
            )
        overhead_ms = parse_number(path, OVERHEAD, about.pop(OVERHEAD, "0"))
        factor = parse_number(path, FACTOR, about.pop(FACTOR, "1"))
        return cls(rows, overhead_ms, about, str(path), factor)


def images_of(about: Mapping[str, str]) -> int:
    """Images of one run, by what a table says of itself: 1 where it does not say.

    Raises:
        ValueError: what it says is no number of images
    """
    text = about.get("batch", "1")
    if not text.isascii() or not text.isdigit() or not int(text):
        raise ValueError(f"A latency table's batch must be a whole number, 1 or more, not {text!r}.")
    return int(text)


def count_pieces(network: NetworkSpec) -> int:
    """Layers that take time: all but those that are skipped."""
    return sum(layer.takes_time for layer in network.pieces)
