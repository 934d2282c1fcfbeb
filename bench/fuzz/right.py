"""Independent checks of what was read: each returns what is wrong with it, or None."""

import math
from collections.abc import Mapping, Sequence
from itertools import islice, product
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from mobilenas.data.decode import LARGEST_PIXELS
from mobilenas.hardware import LatencyTable, Validation
from mobilenas.network import NetworkSpec
from mobilenas.search_space import LayerwiseSpace, SearchSpace

LONGEST_MS, MOST_PARAMS, MOST_MACS = 1e7, 10**11, 10**15
SMALL_PARAMS, SMALL_MACS = 10**6, 10**8
SIDE, PIXELS = 24, torch.arange(96, dtype=torch.uint8).reshape(2, 3, 4, 4)


def network(spec: NetworkSpec) -> str | None:
    """Checks that a network's YAML reads back as the same network, and if it is small, that torch counts the same."""
    again = NetworkSpec.from_yaml(spec.to_yaml())
    if again != spec or again.name != spec.name:
        return "its own YAML reads back as another network"
    if not 0 <= spec.params <= MOST_PARAMS or not 0 <= spec.macs <= MOST_MACS:
        return f"it has {spec.params!r:.30} parameters and {spec.macs!r:.30} multiply-adds"
    if "/" in spec.name or spec.name in ("", ".", ".."):
        return f"its name is {spec.name!r}"
    if spec.params > SMALL_PARAMS or spec.macs > SMALL_MACS or spec.input.height * spec.input.width > 256**2:
        return None
    return _as_torch_says(spec)


def _as_torch_says(spec: NetworkSpec) -> str | None:
    module, counted = spec.build().eval(), [0]

    def count(layer: nn.Module, _: object, output: Tensor) -> None:
        weight = layer.weight
        assert isinstance(weight, Tensor)
        counted[0] += output[0].numel() * weight[0].numel()

    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    with torch.inference_mode():
        logits = module(torch.zeros(1, spec.input.channels, spec.input.height, spec.input.width))
    params = sum(weight.numel() for weight in module.parameters())
    if (params, counted[0]) != (spec.params, spec.macs):
        return f"torch counts {params} parameters and {counted[0]} multiply-adds, not {spec.params} and {spec.macs}"
    end = spec.layers[-1].output  # a network without a classifier is refused where it is trained
    right = (1, end.channels) if spec.ops[-1].is_head else (1, end.channels, end.height, end.width)
    return None if logits.shape == right else f"its output has the shape {tuple(logits.shape)}"


def table(found: LatencyTable, space: LayerwiseSpace) -> str | None:
    for architecture in islice(product(*map(range, space.options)), 40):
        took_ms = found.latency_ms(space.network(architecture))
        if not 0 < took_ms <= LONGEST_MS * len(space.positions):
            return f"{architecture} takes {took_ms} ms"
    if found.rmse_ms is not None and not 0 <= found.rmse_ms <= LONGEST_MS:
        return f"its error is {found.rmse_ms} ms"
    return None if 1 <= found.images <= 10**6 else f"it has {found.images} images a run"


def validation(found: Validation) -> str | None:
    numbers = [*found.predicted_ms, *found.uncorrected_ms]  # which may be wrong, and below 0
    if not all(0 < one <= LONGEST_MS for one in found.measured_ms) or not all(
        abs(one) <= LONGEST_MS for one in numbers
    ):
        return f"a network takes one of {found.measured_ms} ms, predicted as {numbers}"
    errors = (found.rmse_ms, found.relative_rmse, found.kendall_tau)
    return None if all(map(math.isfinite, errors)) else f"its errors are {errors}"


def architecture(found: Sequence[int], space: SearchSpace) -> str | None:
    if len(found) != len(space.options) or type(found) is not tuple:
        return f"the architecture is {found!r}"
    right = (type(one) is int and 0 <= one < count for one, count in zip(found, space.options, strict=True))
    return None if all(right) else f"the architecture is {found!r}"


def weights(module: nn.Module, expected: Mapping[str, Tensor]) -> str | None:
    return same_tensors(module.state_dict(), expected)


def same_tensors(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str | None:
    if found.keys() != expected.keys():
        return f"other keys: {sorted(found.keys() ^ expected.keys())[:3]}"
    for name, tensor in found.items():
        if (tensor.shape, tensor.dtype) != (expected[name].shape, expected[name].dtype):
            return f"{name} is {tensor.dtype} {tuple(tensor.shape)}"
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            return f"{name} is not finite"
    return None


def checkpoint(content: Mapping[str, Mapping[str, Tensor]] | None, expected: Mapping[str, Tensor]) -> str | None:
    if content is None:
        return None
    if not {"loops", "optimizer_states", "lr_schedulers", "epoch", "global_step"} <= content.keys():
        return f"it has only {sorted(content)}"
    return same_tensors(content["state_dict"], expected)


def picture(found: tuple[Image.Image, NDArray[np.uint8]], path: Path) -> str | None:
    whole, square = found
    if whole.mode != "RGB" or not 0 < whole.width * whole.height <= LARGEST_PIXELS:
        return f"it is {whole.mode} of {whole.size}"
    if square.shape != (3, SIDE, SIDE) or square.dtype != np.uint8:
        return f"the square is {square.dtype} {square.shape}"
    with Image.open(path) as image:
        return None if sorted(image.size) == sorted(whole.size) else f"it is {whole.size}, not {image.size}"


def pixels(found: Tensor | None) -> str | None:
    return None if found is None or torch.equal(found, PIXELS) else "other pixels"
