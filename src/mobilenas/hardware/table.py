"""The layer-wise latency table of MoGA (Sec. 4.2) and FBNet: a network takes the time of its layers together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from mobilenas.files.text import columns_of, parse_number, read_table, write_table
from mobilenas.hardware.base import LatencyModel
from mobilenas.network.layer import Layer
from mobilenas.network.spec import NetworkSpec
from mobilenas.settings.kinds import LONGEST_MS

COLUMNS = ("layer", "latency_ms")
CORRECTED = (*COLUMNS, "correction_ms")
"""The columns of a table; a table that a person wrote has no corrections."""

MOST_IMAGES = 10_000
"""The largest number of images in one forward pass that a table may state."""

NAMED = 3  # missing rows that an error names

PREDICTED = "predictor"
"""The fact of a table whose rows a predictor has made."""

OVERHEAD, OLD_OVERHEAD, FACTOR = "constant_ms", "overhead_ms", "layer_factor"


@dataclass(frozen=True)
class LatencyTable(LatencyModel):
    """A latency table: measured milliseconds by layer key.

    .. math:: \\text{LAT}(m) = c + \\sum_{l \\in m} (f T_l - c + \\delta_l)

    The constant :math:`c` is the overhead of one call to the engine, which a network pays once but each layer measured
    alone pays again. The factor :math:`f`, which MoGA does not have, corrects costs that grow with the layer: a layer
    measured alone has to fetch its input and to write its output in a layout that every layer understands. The
    correction :math:`\\delta_l` of each layer, if there are any, was learned from whole networks. A skipped layer does
    not count.

        >>> from mobilenas.hardware import LatencyTable
        >>> from mobilenas.network import NetworkSpec
        >>> from mobilenas.ops import Classifier, Conv, Shape
        >>> network = NetworkSpec(Shape(3, 32, 32), (Conv(8, 3), Classifier(10)))
        >>> conv, classifier = (layer.key for layer in network.layers)
        >>> table = LatencyTable({conv: 0.5, classifier: 0.25}, overhead_ms=0.125)
        >>> table.latency_ms(network)  # 0.125 + (0.5 - 0.125) + (0.25 - 0.125)
        0.625

    Args:
        rows: milliseconds of each layer, measured alone, by ``Layer.key``
        overhead_ms: the constant :math:`c`
        factor: the factor of the rows, :math:`f`
        corrections: milliseconds to add to a layer's share by ``Layer.key``, :math:`\\delta_l`; 0 for other layers
        about: facts about the measurement: device, engine, version, batch, error
        origin: names the table in error messages
    """

    rows: Mapping[str, float]
    overhead_ms: float = 0.0
    about: Mapping[str, str] = field(default_factory=dict)
    origin: str = field(default="The latency table", compare=False)
    factor: float = 1.0
    corrections: Mapping[str, float] = field(default_factory=dict)

    @property
    def images(self) -> int:
        """The number of images in one forward pass when the rows were measured."""
        return images_of(self.about, self.origin)

    @property
    def rmse_ms(self) -> float | None:
        """The root mean square error of its predictions, as its facts state it.

        Raises:
            ValueError: the fact is not a number, or it is below 0
        """
        text = self.about.get("rmse_ms")
        return parse_number(Path(self.origin), "rmse_ms", text, 0, LONGEST_MS) if text else None

    @property
    def figures(self) -> tuple[float, float, dict[str, float], dict[str, float]]:
        """Everything that its predictions depend on."""
        return self.factor, self.overhead_ms, dict(self.rows), dict(self.corrections)

    def layer_ms(self, layer: Layer) -> float:
        """Returns a layer's share of a network's latency.

        Raises:
            ValueError: the table has no row for the layer
        """
        if not layer.takes_time:
            return 0.0
        self.require([layer])
        return self.factor * self.rows[layer.key] - self.overhead_ms + self.corrections.get(layer.key, 0.0)

    def latency_ms(self, network: NetworkSpec) -> float:
        return self.overhead_ms + sum(map(self.layer_ms, network.pieces))

    def has(self, layers: Iterable[Layer]) -> bool:
        """Returns whether there is a row for every layer."""
        return all(layer.key in self.rows for layer in layers if layer.takes_time)

    def require(self, layers: Iterable[Layer]) -> None:
        """Raises ValueError unless there is a row for every layer."""
        missing = dict.fromkeys(layer.key for layer in layers if layer.key not in self.rows and layer.takes_time)
        if missing:
            raise ValueError(
                f"{self.origin} has no row for {first_of(missing)}: it may be of another space, resolution, width or"
                " padding. Run stages=[profile] on the table's device with the settings of this search, and use the"
                " table that it writes."
            )

    def save(self, path: Path) -> None:
        """Writes the table as CSV, after lines of ``# name: value``."""
        head = dict(self.about) | {FACTOR: repr(self.factor), OVERHEAD: repr(self.overhead_ms)}
        rows = [(key, took_ms, self.corrections.get(key, 0.0)) for key, took_ms in self.rows.items()]
        if self.corrections:
            write_table(path, head, CORRECTED, rows)
        else:
            write_table(path, head, COLUMNS, self.rows.items())

    @classmethod
    def load(cls, path: Path) -> LatencyTable:
        """Reads the table in a file that ``save`` or a person wrote.

        Raises:
            ValueError: the file is missing, or it is not a latency table
        """
        about, lines = read_table(path, CORRECTED if columns_of(path) == list(CORRECTED) else COLUMNS)
        images_of(about, path)
        lowest = -LONGEST_MS if PREDICTED in about else 0  # a share that a predictor gives to a layer may be below 0
        rows = {
            layer: parse_number(path, f"the latency of {layer!r}", text, lowest, LONGEST_MS)
            for layer, text, *_ in lines
        }
        corrections = {
            layer: parse_number(path, f"the correction of {layer!r}", text, -LONGEST_MS, LONGEST_MS)
            for layer, _, *rest in lines
            for text in rest
        }
        if len(rows) < len(lines):
            (repeated, _), *_ = Counter(layer for layer, *_ in lines).most_common(1)
            raise ValueError(f"{path} has more than one row for {repeated!r}.")
        if parse_number(path, OLD_OVERHEAD, about.pop(OLD_OVERHEAD, "0")):
            raise ValueError(
                f"{path} has the number {OLD_OVERHEAD} of an older version, in which a network did not pay it once: run"
                f" the stage profile again; the number is now called {OVERHEAD}."
            )
        overhead_ms = parse_number(path, OVERHEAD, about.pop(OVERHEAD, "0"), 0, LONGEST_MS)
        factor = parse_number(path, FACTOR, about.pop(FACTOR, "1"), 1e-3, 1e3)
        table = cls(rows, overhead_ms, about, str(path), factor, corrections)
        _ = table.rmse_ms  # checked here, because only the report reads it
        return table


def first_of(missing: Collection[str]) -> str:
    """Returns the first missing rows in words, and the number of the others."""
    named = ", ".join(map(repr, islice(missing, NAMED)))
    return f"{named} and {len(missing) - NAMED} more" if len(missing) > NAMED else named


def images_of(about: Mapping[str, str], origin: Path | str = "A latency table") -> int:
    """Returns the number of images in one forward pass that a table's facts state, or 1 if they do not.

    Args:
        about: the facts
        origin: names the table in errors

    Raises:
        ValueError: the fact is not a number of images, or of more than 10,000
    """
    text = about.get("batch", "1")
    if not re.fullmatch("[1-9][0-9]{0,4}", text) or int(text) > MOST_IMAGES:
        raise ValueError(f"{origin}: batch must be a whole number from 1 to {MOST_IMAGES:,}, not {text[:80]!r}.")
    return int(text)


def without_int8_instructions(about: Mapping[str, str]) -> bool:
    """Returns whether a table's facts say that it has times of 8 bits, of a processor without instructions for them."""
    return about.get("precision") == "int8" and about.get("int8_instructions") == "none"


def count_pieces(network: NetworkSpec) -> int:
    """Returns the number of layers that take time; skipped layers do not."""
    return sum(layer.takes_time for layer in network.pieces)
