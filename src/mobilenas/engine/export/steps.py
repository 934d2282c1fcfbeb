"""The steps of a module in eval mode, in order, with batch norms folded into the convolutions before them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import torch
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from mobilenas.network.heads.modules import Bilinear, Flattened, Joined, WithHead


@dataclass(frozen=True, eq=False)
class Step:
    """A leaf module or a function, and the values that it is applied to.

    Args:
        place: where it stands in the module, ``5.1.0``; the first number is the layer of a network
        does: the module, or the function
        reads: the values, by number: 0 is the module's input, and each step makes the next one
    """

    place: str
    does: nn.Module | Callable[..., Any]
    reads: tuple[int, ...]


FUNCTIONS: Mapping[object, Literal["add", "mul"]] = MappingProxyType(
    {operator.add: "add", torch.add: "add", operator.mul: "mul", torch.mul: "mul"}
)
"""The functions of two values that can be exported."""


def steps_of(module: nn.Module, name: str) -> tuple[list[Step], tuple[int, ...]]:
    """Returns the steps of a module, and the numbers of the values that are its outputs.

    Args:
        module: the module that ``NetworkSpec.build`` or ``Layer.build`` made
        name: names it in errors

    Raises:
        ValueError: it is in training mode, or a batch norm has no statistics
    """
    if any(part.training for part in module.modules()):
        raise ValueError(f"{name} is in training mode; call eval() before it is exported.")
    root, steps, values = nn.Sequential(module).eval(), list[Step](), dict[fx.Node, int]()
    for node in _Tracer().trace(root).nodes:
        reads = tuple(values[argument] for argument in node.args if isinstance(argument, fx.Node))
        if node.op == "placeholder":
            values[node] = 0
        elif node.op == "output":
            (found,) = node.args
            ends = tuple(values[one] for one in (found if isinstance(found, tuple) else (found,)))
        elif _does_nothing(node, root):
            values[node] = reads[0]
        else:
            steps.append(_step(node, root, reads))
            values[node] = len(steps)
    return steps, ends


def output_names(module: nn.Module) -> tuple[str, ...]:
    """Returns the names of a module's outputs in files."""
    return module.outputs if isinstance(module, WithHead) else ("output",)


def function_of(step: Step, format: str) -> Literal["add", "mul"]:
    """Returns what a step that is no module does; raises ValueError if the format cannot have it."""
    name = FUNCTIONS.get(step.does)
    if name is None or len(step.reads) != 2:
        raise ValueError(f"Layer {step.place} calls {step.does}, which cannot be exported to {format}; use add or mul.")
    return name


def unknown(module: nn.Module, place: str, kinds: Iterable[type], format: str) -> ValueError:
    """Returns the error of a leaf module that cannot be written in a format.

    Args:
        module: the module
        place: where it stands
        kinds: the kinds of modules that can be written
        format: the name of the format
    """
    known = ", ".join(kind.__name__ for kind in kinds if kind is not nn.Module and kind is not object)
    return ValueError(
        f"Layer {place} is a {type(module).__name__}, which cannot be exported to {format}; use one of {known}."
    )


class _Tracer(fx.Tracer):
    """Does not look into modules that do nothing in eval mode, nor into those that pad by themselves."""

    def is_leaf_module(self, module: nn.Module, path: str) -> bool:
        leaves = nn.Dropout | nn.ReLU6 | nn.Conv2d | nn.AvgPool2d | nn.MaxPool2d | Bilinear | Joined | Flattened
        return isinstance(module, leaves) or super().is_leaf_module(module, path)


def _step(node: fx.Node, root: nn.Module, reads: tuple[int, ...]) -> Step:
    if node.op == "call_function":
        assert callable(node.target)
        return Step(_place(next(reversed(node.meta["nn_module_stack"]))), node.target, reads)
    place, module, norm = _place(str(node.target)), root.get_submodule(str(node.target)), _norm_after(node, root)
    if isinstance(module, nn.Conv2d) and norm:
        module = _fold(module, norm, place)
    return Step(place, module, reads)


def _does_nothing(node: fx.Node, root: nn.Module) -> bool:
    """Returns whether a node is a batch norm that the convolution before it does, or has no effect in eval mode."""
    if node.op != "call_module":
        return False
    module = root.get_submodule(str(node.target))
    return isinstance(module, nn.Identity | nn.Dropout) or _norm_after(node.all_input_nodes[0], root) is not None


def _norm_after(node: fx.Node, root: nn.Module) -> nn.BatchNorm2d | None:
    """Returns the batch norm to fold into this node, a convolution that nothing else reads."""
    if node.op != "call_module" or len(node.users) != 1:
        return None
    (reader,) = node.users
    if not isinstance(root.get_submodule(str(node.target)), nn.Conv2d) or reader.op != "call_module":
        return None
    norm = root.get_submodule(str(reader.target))
    return norm if isinstance(norm, nn.BatchNorm2d) else None


def _fold(conv: nn.Conv2d, norm: nn.BatchNorm2d, place: str) -> nn.Conv2d:
    """Returns a convolution that does what both modules do in eval mode."""
    if norm.running_mean is None or norm.running_var is None:
        raise ValueError(f"Layer {place}: a batch norm without running statistics cannot be exported.")
    folded = deepcopy(conv, {id(parameter): parameter for parameter in conv.parameters()})  # shares what is replaced
    folded.weight, folded.bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
    )
    return folded


def _place(path: str) -> str:
    """Returns a path in the traced root as a path in the module that it wraps."""
    return path.removeprefix("0.")
