"""Strided windows with TensorFlow's padding ``SAME``; each module keeps the weights of the one that it replaces."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d, pad
from torch.nn.modules.utils import _pair

from mobilenas.ops.padding import same_pads

Window = nn.Conv2d | nn.AvgPool2d | nn.MaxPool2d


class SameConv2d(nn.Conv2d):
    """A strided convolution of ``(N, C, H, W)``.

    Args:
        conv: a convolution whose settings and weights are taken
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        kernel, stride, dilation = (_pair(value) for value in (conv.kernel_size, conv.stride, conv.dilation))
        channels, bias = (conv.in_channels, conv.out_channels), conv.bias is not None
        super().__init__(*channels, kernel, stride, 0, dilation, conv.groups, bias, device="meta")
        self.weight, self.bias = conv.weight, conv.bias

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(pad(input, _pads(self, input)))


class SameAvgPool2d(nn.AvgPool2d):
    """A strided average of ``(N, C, H, W)`` over the values of a window that lie in the map.

    Args:
        pool: a pooling whose settings are taken
    """

    def __init__(self, pool: nn.AvgPool2d) -> None:
        super().__init__(pool.kernel_size, pool.stride, count_include_pad=False)

    def forward(self, input: Tensor) -> Tensor:
        pads, ones = _pads(self, input), torch.ones_like(input[:1, :1])
        sums, counts = (avg_pool2d(pad(one, pads), self.kernel_size, self.stride) for one in (input, ones))
        return sums / counts


class SameMaxPool2d(nn.MaxPool2d):
    """A strided maximum of ``(N, C, H, W)``.

    Args:
        pool: a pooling whose settings are taken
    """

    def __init__(self, pool: nn.MaxPool2d) -> None:
        super().__init__(pool.kernel_size, pool.stride, 0, pool.dilation)

    def forward(self, input: Tensor) -> Tensor:
        padded = pad(input, _pads(self, input), value=-torch.inf)
        return max_pool2d(padded, self.kernel_size, self.stride, 0, self.dilation)


_SAME: Mapping[type[nn.Module], Callable[..., nn.Module]] = MappingProxyType(
    {nn.Conv2d: SameConv2d, nn.AvgPool2d: SameAvgPool2d, nn.MaxPool2d: SameMaxPool2d}
)


def pad_same(module: nn.Module) -> nn.Module:
    """Returns the module with TensorFlow's padding in all strided windows that are padded by half their size."""
    if type(module) in _SAME and _is_strided(module):
        return _SAME[type(module)](module)
    for name, part in module.named_children():
        module.add_module(name, pad_same(part))
    return module


def _is_strided(module: nn.Module) -> bool:
    """Returns whether a window has a stride, and padding that keeps height and width without the stride."""
    assert isinstance(module, Window)
    if max(_pair(module.stride)) == 1 or isinstance(module.padding, str):
        return False
    dilation = getattr(module, "dilation", 1)
    sides = zip(_pair(module.kernel_size), _pair(module.padding), _pair(dilation), strict=True)
    return all(padding == kernel // 2 * apart for kernel, padding, apart in sides)


def _pads(module: Window, input: Tensor) -> list[int]:
    """Returns the padding left, right, above and below."""
    pads = window_pads(module, input.shape[-2], input.shape[-1])
    return [*pads[1], *pads[0]]


def window_pads(module: Window, height: int, width: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Returns the padding before and after each side of a map, height first."""
    kernel, stride = _pair(module.kernel_size), _pair(module.stride)
    dilation = _pair(getattr(module, "dilation", 1))
    above, beside = (same_pads(*one) for one in zip((height, width), kernel, stride, dilation, strict=True))
    return above, beside
