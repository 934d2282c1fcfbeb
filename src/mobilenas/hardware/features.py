"""What a latency predictor sees of a layer (ProxylessNAS Appendix B)."""

from mobilenas.network.spec import Layer
from mobilenas.ops import MBConv, Skip


def layer_features(layer: Layer) -> dict[str, float]:
    """Features by name: type of the operator, sizes of its input and output, kernel, stride and expansion.

    Work that grows with each of these is a feature of its own for every operator type, in millions of elements or of
    multiply-adds; a further one, 1 for this very layer, takes up what that work does not explain.
    """
    if isinstance(layer.op, Skip):
        return {}
    kind, work = _work(layer)
    return {f"{kind} {name}": value for name, value in work.items()} | {layer.key: 1.0}


def _work(layer: Layer) -> tuple[str, dict[str, float]]:
    input, output = layer.input, layer.output
    area_in, area_out = input.height * input.width / 1e6, output.height * output.width / 1e6
    work = {"count": 1.0, "input": input.channels * area_in, "output": output.channels * area_out}
    if not isinstance(layer.op, MBConv):
        return layer.op.name, work | {"multiply-adds": layer.macs / 1e6}
    op = layer.op
    wide = op.expanded or input.channels
    kind = (
        f"{'mbconv' if op.expanded else 'sepconv'}{' se' if op.se else ''}{f' g{op.groups}' if op.groups > 1 else ''}"
    )
    return kind, work | {
        "expansion": input.channels * wide * area_in / op.groups,
        f"depthwise k{op.kernel} s{op.stride} d{op.dilation}": wide * area_out,
        "projection": wide * output.channels * area_out / op.groups,
    }
