"""MobileNetV3's improvements (its Sec. 5 and Table 5) and MnasNet's Table 6, as operations on a description."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from mobilenas.network.spec import NetworkSpec
from mobilenas.network.transform import Transform
from mobilenas.ops import Classifier, Conv, MBConv, SqueezeExcite, make_divisible

STEM_FILTERS = 16  # Sec. 5.1
LARGE_SE = SqueezeExcite(of="expanded", ratio=0.25, divisor=8, act="relu", gate="hard_sigmoid")  # Sec. 5.2.1


def improve(network: NetworkSpec, improvements: Sequence[str], counted: NetworkSpec | None = None) -> NetworkSpec:
    """Applies improvements by name, in order.

    An improvement that a network already has changes nothing.

        >>> from mobilenas.network import improve, load_network
        >>> a1 = load_network("mnasnet_a1")
        >>> a1.macs - improve(a1, ["slim_stem", "h_swish@80"]).macs
        10436608

    Args:
        network: the network to improve
        improvements: the names of the improvements
        counted: the network before NetAdapt; N of ``h_swish@N`` counts the channels of this network

    Raises:
        ValueError: a name is unknown, or an improvement does not fit the network
    """
    for change in [improvement(name, counted) for name in improvements]:
        network = change(network)
    return network


def improvement(name: str, counted: NetworkSpec | None = None) -> Transform:
    """Returns the improvement of a name: one of ``IMPROVEMENTS``, or one with numbers.

    ``h_swish@N`` is ``h_swish_from`` N channels, ``slim_stem@N`` has N filters, and ``one_type@eE_kK`` is ``one_type``
    with expansion ratio E and kernel K.

    Raises:
        ValueError: the name is unknown
    """
    if figures := re.fullmatch(r"h_swish@([1-9]\d*)", name):
        return partial(h_swish_from, channels=int(figures[1]), counted=counted)
    if figures := re.fullmatch(r"slim_stem@([1-9]\d*)", name):
        return partial(slim_stem, filters=int(figures[1]))
    if figures := re.fullmatch(r"one_type@e([1-9]\d*)_k(\d*[13579])", name):
        return partial(one_type, expansion=int(figures[1]), kernel=int(figures[2]))
    if name not in IMPROVEMENTS:
        known = ", ".join(IMPROVEMENTS)
        raise ValueError(
            f"Improvement {name!r} is unknown; choose from {known}, h_swish@N (for example h_swish@80), slim_stem@N"
            " (for example slim_stem@8), or one_type@eE_kK (for example one_type@e6_k3)."
        )
    return IMPROVEMENTS[name]


def narrowed(name: str, width: float) -> str:
    """Returns an improvement's name for networks at another width; its numbers are for a width of 1."""
    kind, _, channels = name.partition("@")
    if kind == "h_swish":
        return f"{kind}@{max(1, int(int(channels) * width))}"
    if kind == "slim_stem" and width != 1:
        return f"{kind}@{make_divisible(int(channels or STEM_FILTERS) * width, 8)}"
    return name


def efficient_last_stage(network: NetworkSpec) -> NetworkSpec:
    """Computes the features after the pooling (Sec. 5.1, Fig. 5).

    The last bottleneck keeps only its expansion, a 1x1 convolution. The 1x1 convolution behind it becomes the hidden
    layer of the classifier.
    """
    match network.ops:
        case (*_, Classifier(hidden=int())):
            return network
        case (
            *rest,
            MBConv(stride=1, expanded=int() as expanded) as bottleneck,
            Conv(kernel=1, stride=1) as features,
            Classifier() as head,
        ):
            expansion = Conv(expanded, kernel=1, act=bottleneck.act, groups=bottleneck.groups)
            head = replace(head, hidden=features.out, act=features.act)
            return replace(network, ops=(*rest, expansion, head))
    found = ", ".join(op.name for op in network.ops[-3:])
    raise ValueError(
        f"{network.name}, from layer {max(0, len(network.ops) - 3)} on: efficient_last_stage needs a bottleneck with"
        f" expansion and stride 1, a 1x1 conv and a classifier, not {found}; leave it out of improvements."
    )


def slim_stem(network: NetworkSpec, filters: int = STEM_FILTERS) -> NetworkSpec:
    """Gives the first convolution h-swish, and 16 filters if it has more (Sec. 5.1).

    The layer behind it keeps its expanded channels, and has a residual if and only if its shapes agree (Sec. 3).
    """
    match network.ops:
        case (Conv() as stem, *rest):
            slim = replace(stem, out=min(stem.out, filters), act="h_swish")
            if slim.out < stem.out and rest:
                rest[0] = rest[0].with_fitting_residual(slim.output(network.input))
            return replace(network, ops=(slim, *rest))
    raise ValueError(
        f"{network.name}, layer 0: slim_stem needs a conv, not {network.ops[0].name}; leave it out of improvements."
    )


def large_se(network: NetworkSpec) -> NetworkSpec:
    """Makes every squeeze-and-excitation a quarter of the expanded channels (Sec. 5.2.1)."""
    if not any(op.se for op in network.ops):
        raise ValueError(
            f"{network.name}: no layer has a squeeze-and-excitation for large_se; leave it out of improvements."
        )
    return replace(network, ops=tuple(op.with_se(LARGE_SE) if op.se else op for op in network.ops))


def relu(network: NetworkSpec) -> NetworkSpec:
    """Makes every non-linearity ReLU, except the gates of squeeze-and-excitations (Table 5)."""
    ops = (op.with_activation("relu") for op in network.ops)
    return replace(network, ops=tuple(op.with_se(replace(op.se, act="relu")) if op.se else op for op in ops))


def h_swish_from(network: NetworkSpec, channels: int, counted: NetworkSpec | None = None) -> NetworkSpec:
    """Uses h-swish from the first layer with ``channels`` outputs or more on, ReLU before (Table 5's ``h-swish@N``).

    The stem keeps its non-linearity, as in Table 1, where h-swish comes before ReLU. A squeeze-and-excitation keeps its
    non-linearities too. If ``counted`` is given, a network of the same blocks, its channels are counted (Fig. 8).
    """
    stem, *rest = network.ops
    layers = enumerate((counted or network).layers[1:], 1)
    wide = {at: one.output.channels for at, one in layers if not (one.op.carries or one.op.is_head)}
    first = next((at for at, out in wide.items() if out >= channels), None)
    if first is None:
        widest = max(wide, key=wide.__getitem__, default=0)
        raise ValueError(
            f"{network.name}, layer {widest}: h_swish@{channels} needs a layer of at least {channels} channels, but the"
            f" widest has {wide.get(widest, 0)}; choose a smaller number, or leave it out of improvements."
        )
    changed = (op.with_activation("h_swish" if at >= first else "relu") for at, op in enumerate(rest, 1))
    return replace(network, ops=(stem, *changed))


def one_type(network: NetworkSpec, expansion: int, kernel: int) -> NetworkSpec:
    """Makes every block an inverted bottleneck of one expansion ratio and kernel, without squeeze-and-excitation.

    The number of layers, filters, strides and residuals stay. These are the variants of MnasNet's Table 6, which repeat
    one type of layer everywhere. The separable convolution becomes an inverted bottleneck too. A tree of operations is
    not such a block and does not change.
    """
    ops = (layer.op.as_bottleneck(expansion, kernel, layer.input) for layer in network.layers)
    return replace(network, ops=tuple(ops))


IMPROVEMENTS: Mapping[str, Transform] = MappingProxyType(
    {
        "efficient_last_stage": efficient_last_stage,
        "slim_stem": slim_stem,
        "large_se": large_se,
        "relu": relu,
    }
)
