"""Reads the latency tables that ProxylessNAS and once-for-all publish: YAML with the mean milliseconds of each layer.

Their keys are words with the layer's shapes, as height x width x channels:

    expanded_conv-input:112x112x16-output:56x56x24-expand:3-kernel:5-stride:2-idskip:0: {mean: 4.8}

ProxylessNAS writes the expansion ratio. Once-for-all writes the number of expanded channels, and two more words:
``-se:1-hs:0`` for squeeze-and-excitation and h-swish. Neither says the padding or another activation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from mobilenas.files.yaml_text import read_yaml_file
from mobilenas.hardware.table import LatencyTable, first_of
from mobilenas.network.layer import Layer
from mobilenas.ops import Classifier, Conv, MBConv
from mobilenas.settings.kinds import LONGEST_MS

SUFFIXES = (".yaml", ".yml")
TIMES = 50
"""How much larger than a network's description a table may be; once-for-all's have some thousands of layers."""


def public_table(path: Path, layers: Iterable[Layer]) -> LatencyTable:
    """Returns the rows of some layers from such a file.

    Args:
        path: the file
        layers: the layers

    Raises:
        ValueError: the file is no such table, or it lacks a layer, whose key the error names
    """
    times_ms = _read(path)
    rows, missing = dict[str, float](), dict[str, None]()
    for layer in layers:
        if not layer.takes_time:
            continue
        keys = public_keys(layer)
        found = next((times_ms[key] for key in keys if key in times_ms), None)
        if found is None:
            missing[keys[0] if keys else layer.key] = None
        else:
            rows[layer.key] = found
    if missing:
        raise ValueError(
            f"{path} has no row for {first_of(missing)}: it may be of another space, resolution or width. Choose those"
            " of the file, or measure the device with hardware=android or hardware.host."
        )
    return LatencyTable(rows, about={"device": path.stem}, origin=str(path))


def public_keys(layer: Layer) -> list[str]:
    """Returns the keys that a layer may have, ProxylessNAS's first; none for a layer that they do not know."""
    op, output = layer.op, layer.op.output(layer.input)
    sides = [f"{shape.height}x{shape.width}x{shape.channels}" for shape in (layer.input, output)]
    shapes = f"-input:{sides[0]}-output:{sides[1]}"
    if isinstance(op, Conv) and op.groups == op.dilation == 1:
        return [f"{name}{shapes}" for name in (("Conv",) if op.kernel > 1 else ("Conv_1", "Conv_2"))]
    if isinstance(op, Classifier) and op.hidden is None:
        before = [f"Logits-input:{sides[0]}", f"Logits-input:1x1x{layer.input.channels}"]
        return [f"{key}-output:{op.classes}" for key in (*before, f"Logits-input:{layer.input.channels}")]
    if isinstance(op, MBConv) and op.groups == op.dilation == 1 and op.shortcut == "identity":
        wide = op.expanded or layer.input.channels
        rest = f"-kernel:{op.kernel}-stride:{op.stride}-idskip:{int(op.residual)}"
        words = f"-se:{int(op.se is not None)}-hs:{int(op.act == 'h_swish')}"
        plain = op.se is None and op.act in ("relu", "relu6") and wide % layer.input.channels == 0
        of_ratio = [f"expanded_conv{shapes}-expand:{wide // layer.input.channels}{rest}"] if plain else []
        return [*of_ratio, f"expanded_conv{shapes}-expand:{wide}{rest}{words}"]
    return []


def _read(path: Path) -> Mapping[str, float]:
    content = read_yaml_file(path, TIMES)
    if not isinstance(content, dict) or not content:
        raise ValueError(f"{path} must be a mapping from layers to their mean milliseconds, as ProxylessNAS has it.")
    found: dict[str, float] = {}
    for key, row in content.items():
        mean = row.get("mean") if isinstance(row, dict) else None
        if not isinstance(mean, int | float) or isinstance(mean, bool) or not 0 <= mean <= LONGEST_MS:
            raise ValueError(f"{path}: {str(key)[:80]!r} must have a mean in milliseconds, from 0 to {LONGEST_MS:g}.")
        found[str(key)] = float(mean)
    return found
