"""What every operation keeps: its module computes what its counts, its key and its answers say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from itertools import chain
from typing import Any

from mobilenas.network import Layer, NetworkSpec, load_network, network_names
from mobilenas.ops import operations
from mobilenas.search_space import LayerwiseSpace
from mobilenas.testing.composed import names, settings_with
from mobilenas.testing.suite import Example, expect

SIDE = 12  # pixels of the maps that modules are run on
EACH = 8  # examples of one operation
TOLERANCE = 1e-4


def examples() -> dict[str, Example]:
    """Layers of the published networks and of all layer-wise spaces, some of each operation.

    Raises:
        ContractError: a registered operation is in none of them
    """
    found: dict[str, dict[Layer, None]] = {}
    for layer in chain(_layers_of_networks(), _layers_of_spaces()):
        small = replace(layer, input=replace(layer.input, height=SIDE, width=SIDE))
        if len(own := found.setdefault(layer.op.line()["op"], {})) < EACH:
            own[small] = None
    for name in operations():
        expect(name in found, f"Operation {name!r} is in no network of conf/network and in no space: add it to one.")
    return {f"{name}-{number}": Example(one) for name, own in found.items() for number, one in enumerate(own)}


def _layers_of_networks() -> Iterator[Layer]:
    networks = map(load_network, network_names())
    yield from chain.from_iterable(zip_longest_rows([network.layers for network in networks]))


def _layers_of_spaces() -> Iterator[Layer]:
    for name in names("search_space"):
        space = settings_with(f"search_space={name}").search_space(classes=5, resolution=16)
        if isinstance(space, LayerwiseSpace):
            rng = _rng()
            yield from chain.from_iterable(space.layers)
            yield from space.network(space.sample(1, rng)[0]).layers
        else:
            yield from space.pieces


def zip_longest_rows(rows: list[tuple[Layer, ...]]) -> Iterator[list[Layer]]:
    """The first layer of each network, then the second ones, and so on: different kinds come early."""
    for place in range(max(map(len, rows))):
        yield [row[place] for row in rows if place < len(row)]


def output_is_the_modules(layer: Layer) -> None:
    found = _run(_module(layer), layer).shape[1:]
    output = layer.output
    shape = (output.channels,) if layer.op.is_head else (output.channels, output.height, output.width)
    expect(tuple(found) == shape, f"{layer.key}: the module's output is {tuple(found)}, and the description's {shape}.")


def parameters_are_the_modules(layer: Layer) -> None:
    found = sum(parameter.numel() for parameter in _module(layer).parameters())
    expect(found == layer.params, f"{layer.key}: the module has {found} parameters, and {layer.params} are counted.")


def multiply_adds_are_the_modules(layer: Layer) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    module = _module(layer)
    with FlopCounterMode(display=False) as counter:
        _run(module, layer, images=1)
    found = counter.get_total_flops() // 2
    expect(found == layer.macs, f"{layer.key}: the module has {found} multiply-adds, and {layer.macs} are counted.")


def its_line_reads_back(layer: Layer) -> None:
    text = NetworkSpec(layer.input, (layer.op,)).to_yaml()
    expect(NetworkSpec.from_yaml(text).ops == (layer.op,), f"{layer.key}: its line of YAML reads as another operation.")


def what_changes_the_module_changes_the_key(layer: Layer) -> None:
    own = _structure(layer)
    for other in _variations(layer):
        if _structure(other) != own:
            expect(other.key != layer.key, f"{layer.key} is the key of {layer.op} and of {other.op}, which differ.")


def a_residual_hands_its_input_on(layer: Layer) -> None:
    import torch

    if not layer.op.widths().tied:
        return
    module, images = _module(layer), _images(layer)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        output = module(images)
    if layer.input == layer.output:
        expect(torch.equal(output, images), f"{layer.key}: with all weights at 0 its residual must hand its input on.")
    expect(output.abs().max() > 0, f"{layer.key} says that it has a residual, and its module has none.")


def unstrided_it_keeps_the_map(layer: Layer) -> None:
    if layer.op.is_head:
        return
    smaller = (layer.output.height, layer.output.width) != (layer.input.height, layer.input.width)
    expect(smaller == (layer.op.stride > 1), f"{layer.key}: its map shrinks, and its stride is {layer.op.stride}.")
    if smaller:
        other = Layer(layer.op.unstrided(), layer.input)
        expect(other.output.height == layer.input.height, f"{layer.key}: unstrided, it still shrinks the map.")
        expect(other.params == layer.params, f"{layer.key}: unstrided, it has other parameters.")


def it_can_be_drawn(layer: Layer) -> None:
    look = layer.op.look(layer.input)
    expect(0 < len(look.label) <= 24, f"{layer.key}: its label {look.label!r} must have from 1 to 24 letters.")


def what_takes_no_time_computes_nothing(layer: Layer) -> None:
    import torch

    if not layer.op.takes_time:
        images = _images(layer)
        expect(torch.equal(_module(layer)(images), images), f"{layer.key} takes no time, and changes its input.")


def it_exports_to_onnx(layer: Layer) -> None:
    from mobilenas.engine.export import check_onnx, to_onnx

    module = _module(layer)
    error = check_onnx(to_onnx(module, layer.input, "piece"), module, layer.input)
    expect(error < TOLERANCE, f"{layer.key}: its ONNX differs from its module by {error:.2g}.")


CHECKS = (
    output_is_the_modules,
    parameters_are_the_modules,
    multiply_adds_are_the_modules,
    its_line_reads_back,
    what_changes_the_module_changes_the_key,
    a_residual_hands_its_input_on,
    unstrided_it_keeps_the_map,
    it_can_be_drawn,
    what_takes_no_time_computes_nothing,
    it_exports_to_onnx,
)


def _module(layer: Layer) -> Any:
    import torch

    torch.manual_seed(0)
    return layer.build().eval()


def _images(layer: Layer, images: int = 2) -> Any:
    import torch

    shape = (images, layer.input.channels, layer.input.height, layer.input.width)
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def _run(module: Any, layer: Layer, images: int = 2) -> Any:
    import torch

    with torch.no_grad():
        return module(_images(layer, images))


def _rng() -> Any:
    import numpy as np

    return np.random.default_rng(0)


def _structure(layer: Layer) -> str:
    """What the module consists of, but for what does nothing when it runs alone."""
    lines = repr(layer.build()).splitlines()
    return "\n".join(line for line in lines if "Drop" not in line)


def _variations(layer: Layer) -> Iterator[Layer]:
    """Layers whose operation differs in one field, as far as such an operation can be."""
    for one in fields(layer.op):
        for value in _others(getattr(layer.op, one.name)):
            try:
                other = Layer(replace(layer.op, **{one.name: value}), layer.input)
                other.build()
            except (ValueError, TypeError, KeyError):
                continue
            yield other


def _others(value: object) -> Iterator[object]:
    """Values that a field may have in place of its own."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value + 2, 2 * value)
    elif isinstance(value, str):
        yield from (other for other in ("relu", "h_swish", "none", "max", "average", "pooling") if other != value)
    elif isinstance(value, tuple) and value:
        yield (*value[:-1], value[0]) if value[0] != value[-1] else (*value[:-1], "max_pool")
    elif value is None:
        yield from (3, 16)
    if is_dataclass(value):
        yield None
