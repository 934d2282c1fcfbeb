"""What every operation must do: its module computes what its counts, its key and its answers say."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

from mobilenas.network import Layer, NetworkSpec
from mobilenas.ops import Op, operations
from mobilenas.testing.answers import ANSWERS
from mobilenas.testing.layers import layers_of_conf
from mobilenas.testing.suite import Example, expect
from mobilenas.testing.variations import activations, structure, unless_refused, variations, with_other_activations

SIDE = 12  # pixels of the maps that modules are run on
EACH = 8  # examples of one operation
TOLERANCE = 1e-4


def examples() -> dict[str, Example]:
    """Layers of the published networks and of all layer-wise spaces, some of each operation.

    Raises:
        ContractError: a registered operation is in none of them, and in no part of a layer that is measured by itself
    """
    found: dict[str, dict[Layer, None]] = {}
    for layer in layers_of_conf():
        small = replace(layer, input=replace(layer.input, height=SIDE, width=SIDE))
        if len(own := found.setdefault(str(layer.op.line()["op"]), {})) < EACH:
            own[small] = None
    for name in operations():
        expect(name in found, f"Operation {name!r} is in no network of conf/network and in no space: add it to one.")
    return {f"{name}-{number}": Example(one) for name, own in found.items() for number, one in enumerate(own)}


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
    own = structure(layer)
    for other in variations(layer):
        if structure(other) != own:
            expect(other.key != layer.key, f"{layer.key} is the key of {layer.op} and of {other.op}, which differ.")


def its_activation_is_the_one_of_its_field(layer: Layer) -> None:
    """Other values of a field ``act`` give other outputs, unless the module has no activation and the key says so."""
    import torch

    for one, other in combinations(with_other_activations(layer), 2):
        if activations(one) or one.key != other.key:
            same = torch.equal(_run(_module(one), one), _run(_module(other), other))
            expect(not same, f"{one.key}: with another `act`, as in {other.key}, its module computes the same.")


def a_residual_hands_its_input_on(layer: Layer) -> None:
    import torch

    if not _has_residual(layer.op):
        return
    module, images = _module(layer), _images(layer)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        output = module(images.clone())
    if layer.input == layer.output:
        expect(torch.equal(output, images), f"{layer.key}: with all weights at 0 its residual must hand its input on.")
    expect(output.abs().max() > 0, f"{layer.key} says that it has a residual, and its module has none.")


def its_input_stays_as_it_is(layer: Layer) -> None:
    """Other paths of a supernet begin with the same map."""
    import torch

    images = _images(layer)
    before = images.clone()
    with torch.no_grad():
        _module(layer)(images)
    expect(torch.equal(images, before), f"{layer.key}: its module changes its input; begin with `inplace=False`.")


def unstrided_it_keeps_the_map(layer: Layer) -> None:
    if layer.op.is_head:
        return
    smaller = (layer.output.height, layer.output.width) != (layer.input.height, layer.input.width)
    expect(smaller == (layer.op.stride > 1), f"{layer.key}: its map shrinks, and its stride is {layer.op.stride}.")
    if smaller and (unstrided := unless_refused(layer.op.unstrided)):
        other = Layer(unstrided, layer.input)
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
    its_activation_is_the_one_of_its_field,
    a_residual_hands_its_input_on,
    its_input_stays_as_it_is,
    unstrided_it_keeps_the_map,
    it_can_be_drawn,
    what_takes_no_time_computes_nothing,
    it_exports_to_onnx,
    *ANSWERS,
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


def _has_residual(op: Op) -> bool:
    widths = unless_refused(op.widths)
    return bool(widths.tied if widths else getattr(op, "residual", False))
