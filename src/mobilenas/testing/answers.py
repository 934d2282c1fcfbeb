"""The checks of an operation's answers; an answer that it refuses in a sentence is not checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import isfinite

from mobilenas.network import Layer, NetworkSpec
from mobilenas.ops import Classifier, MBConv, Op, Shape, SqueezeExcite, make_divisible
from mobilenas.ops.widths import Widths
from mobilenas.testing.suite import expect
from mobilenas.testing.variations import ACTIVATIONS, activations, structure, unless_refused

TYPES = ((3, 3), (6, 5))  # expansion ratio and kernel of MnasNet's Table 6
KERNELS, EXPANSIONS = (3, 5, 7), (1.0, 3.0, 6.0)
OTHER_SE = SqueezeExcite(of="input", ratio=0.75, act="h_swish", gate="sigmoid")


def what_changes_the_input_changes_the_key(layer: Layer) -> None:
    if not layer.takes_time:
        return
    for side in ("channels", "height", "width"):
        other = _wider(layer.input, side)
        if unless_refused(partial(layer.op.output, other)):
            key = layer.op.key(other)
            expect(key != layer.key, f"{layer.key} is the key for an input of {layer.input} and for one of {other}.")


def another_activation_leaves_no_other_one(layer: Layer) -> None:
    for act in ACTIVATIONS:
        if changed := unless_refused(partial(layer.op.with_activation, act)):
            found = activations(Layer(changed, layer.input))
            expect(found <= {act}, f"{layer.key}: with_activation({act!r}) leaves {', '.join(sorted(found - {act}))}.")
            expect(found or not activations(layer), f"{layer.key}: with_activation({act!r}) leaves no activation.")


def in_a_network_twice_as_wide_it_is_wider(layer: Layer) -> None:
    new = replace(layer.input, channels=make_divisible(2 * layer.input.channels, 8))
    scaled = unless_refused(partial(layer.op.scaled, 2.0, layer.input, new))
    if scaled is None:
        return
    output, widths = _layer(scaled, new, "scaled").output, _widths(layer.op)
    if layer.op.is_head:
        expect(output == layer.output, f"{layer.key}: scaled to another width, it has other classes.")
    elif layer.op.carries or widths.bottleneck:
        expect(output.channels > layer.output.channels, f"{layer.key}: scaled to twice the width, it is no wider.")
    if widths.expansion:
        expansion = _widths(scaled).expansion or 0
        expect(expansion > widths.expansion, f"{layer.key}: scaled to twice the width, its expansion is no wider.")


def other_widths_are_those_asked_for(layer: Layer) -> None:
    widths, channels = _widths(layer.op), 2 * layer.output.channels
    if other := unless_refused(partial(layer.op.with_output, channels)):
        input = _wider(layer.input, "channels") if widths.tied else layer.input
        found = _layer(other, input, "with_output").output.channels
        expect(found == channels, f"{layer.key}: with_output({channels}) has {found} channels.")
    if widths.expansion:
        narrow = layer.op.with_expansion(_fewer(widths.expansion))
        found = _widths(narrow).expansion or 0
        sentence = f"{layer.key}: with_expansion({_fewer(widths.expansion)}) says that it has {found} channels"
        expect(found == _fewer(widths.expansion), f"{sentence}.")
        params = Layer(narrow, layer.input).params
        expect(found == widths.expansion or params < layer.params, f"{sentence}, and has no fewer parameters.")


def narrower_it_takes_its_weights(layer: Layer) -> None:
    """For each of its widths: what is left of a wider network's weights fits the narrower network."""
    import torch

    from mobilenas.adaptation.truncation import truncated

    if not unless_refused(layer.op.widths) or not unless_refused(partial(layer.op.cut, layer.input)):
        return
    ends = () if layer.op.is_head else (Classifier(2),)
    parent = NetworkSpec(replace(layer.input, channels=3), (MBConv(layer.input.channels, 1), layer.op, *ends))
    torch.manual_seed(0)
    weights = parent.build().state_dict()
    for child in _narrowed(parent, _widths(layer.op)):
        try:
            child.build().load_state_dict(truncated(weights, parent, child, "norm"))
        except (ValueError, RuntimeError, LookupError) as error:
            first = str(error).splitlines()[0]
            expect(False, f"{layer.key}: its weights do not fit {child.ops[1]}, so its cut is wrong: {first}")


def its_features_grow_with_the_map(layer: Layer) -> None:
    features = unless_refused(partial(layer.op.features, layer.input))
    if features is None or not layer.takes_time:
        return
    larger = layer.op.features(_wider(_wider(layer.input, "height"), "width"))
    expect(features, f"{layer.key} takes time, and has no features for a latency predictor.")
    expect(all(isfinite(value) for value in features.values()), f"{layer.key} has features that are not finite.")
    expect(larger.keys() == features.keys(), f"{layer.key} has other features on a larger map.")
    grows = any(larger[name] > value for name, value in features.items())
    expect(grows, f"{layer.key}: none of its features grows with the map.")


def a_fitting_residual_is_where_shapes_agree(layer: Layer) -> None:
    for channels in (layer.input.channels, layer.output.channels, 2 * layer.input.channels):
        input = replace(layer.input, channels=channels)
        fitting = unless_refused(partial(layer.op.with_fitting_residual, input))
        if fitting is not None and _is_block(layer.op):
            other = _layer(fitting, input, "with_fitting_residual")
            agree, tied = other.input == other.output, _widths(fitting).tied
            expect(tied == agree, f"{other.key}: its shapes {'' if agree else 'dis'}agree, and its residual is {tied}.")


def as_a_bottleneck_it_has_the_type_asked_for(layer: Layer) -> None:
    for expansion, kernel in TYPES if _is_block(layer.op) else ():
        op = unless_refused(partial(layer.op.as_bottleneck, expansion, kernel, layer.input))
        if op is None:
            continue
        other = _layer(op, layer.input, "as_bottleneck")
        asked, found = expansion * layer.input.channels, _widths(op).expansion
        expect(found == asked, f"{layer.key}: as a bottleneck it has {found} expanded channels, not {asked}.")
        expect(f"({kernel}, {kernel})" in structure(other), f"{layer.key}: as a bottleneck it has no {kernel=}.")
        expect(op.se is None, f"{layer.key}: as a bottleneck it still has a squeeze-and-excitation.")
        expect(other.output == layer.output, f"{layer.key}: as a bottleneck it has another output.")


def what_a_network_replaces_in_it_is_replaced(layer: Layer) -> None:
    """The squeeze-and-excitation of a block, and a head's classes and hidden layer."""
    op = layer.op
    if op.se and (changed := unless_refused(partial(op.with_se, OTHER_SE))):
        expect(changed.se == OTHER_SE, f"{layer.key}: with_se leaves {changed.se}.")
    if not op.is_head:
        return
    classes = layer.output.channels + 1
    if other := unless_refused(partial(op.with_classes, classes)):
        found = other.output(layer.input).channels
        expect(found == classes, f"{layer.key}: with_classes({classes}) has {found} classes.")
    if wide := unless_refused(partial(op.with_hidden_scaled, 2.0)):
        hidden = structure(layer).count("Linear(") + structure(layer).count("Conv2d(") > 1
        more = wide.params(layer.input) > layer.params
        expect(more == hidden, f"{layer.key}: with_hidden_scaled(2.0) gives it {'' if more else 'no '}more parameters.")
        expect(wide.output(layer.input) == layer.output, f"{layer.key}: with_hidden_scaled changes its classes.")


def its_variants_are_operations_in_its_place(layer: Layer) -> None:
    """Each once, itself among them, with its output."""
    found = layer.op.variants(KERNELS, EXPANSIONS, layer.input)
    expect(layer.op in found, f"{layer.key} is not among its own variants.")
    expect(len(set(found)) == len(found), f"{layer.key}: one of its variants occurs twice.")
    for op in found:
        output = _layer(op, layer.input, "variants").output
        expect(output == layer.output, f"{layer.key}: its variant {op} has the output {output}, not {layer.output}.")


ANSWERS = (
    what_changes_the_input_changes_the_key,
    another_activation_leaves_no_other_one,
    in_a_network_twice_as_wide_it_is_wider,
    other_widths_are_those_asked_for,
    narrower_it_takes_its_weights,
    its_features_grow_with_the_map,
    a_fitting_residual_is_where_shapes_agree,
    as_a_bottleneck_it_has_the_type_asked_for,
    what_a_network_replaces_in_it_is_replaced,
    its_variants_are_operations_in_its_place,
)


def _narrowed(parent: NetworkSpec, widths: Widths) -> Iterator[NetworkSpec]:
    """The network with one of its second operation's widths smaller; ``other_widths_...`` tells of wrong ones."""
    stem, op, *rest = parent.ops
    fewer_in, fewer_out = (_fewer(shape.channels) for shape in (parent.layers[1].input, parent.layers[1].output))
    pairs: list[tuple[Op, Op]] = []
    if widths.expansion:
        pairs.append((stem, op.with_expansion(_fewer(widths.expansion))))
    if widths.any_input or op.carries:
        pairs.append((stem.with_output(fewer_in), op.with_output(fewer_in) if widths.tied else op))
    if widths.bottleneck and not widths.tied:
        pairs.append((stem, op.with_output(fewer_out)))
    for pair in pairs:
        if child := unless_refused(partial(replace, parent, ops=(*pair, *rest))):
            yield child


def _is_block(op: Op) -> bool:
    return _widths(op).bottleneck and not (op.carries or op.is_head)


def _widths(op: Op) -> Widths:
    return unless_refused(op.widths) or Widths()


def _layer(op: Op, input: Shape, answer: str) -> Layer:
    layer = unless_refused(partial(Layer, op, input))
    expect(layer, f"{op.name}: what {answer} gives does not fit an input of {input}.")
    assert layer is not None
    return layer


def _wider(shape: Shape, side: str) -> Shape:
    return replace(shape, **{side: 2 * getattr(shape, side)})


def _fewer(channels: int) -> int:
    return max(1, channels - channels // 4)
