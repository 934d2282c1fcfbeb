"""Quantization-aware fine-tuning of a trained network: each step computes with values as 8 bits would hold them."""

from __future__ import annotations

from math import inf

import torch
from torch import Tensor, nn

from mobilenas.engine.base import version_of
from mobilenas.network.spec import NetworkSpec
from mobilenas.quiet import quiet, without_advice
from mobilenas.training.recipe import Recipe
from mobilenas.training.retrain import Retrain

TORCHAO = ("torchao", "torchao, which fine-tunes for 8 bits,", "aware", "leave out recipe@quantize_recipe")
"""Its package, its name in words, the extra that has it, and the way out without it."""

NEEDED = {
    "drop_path": 0.0, "stage_lr": 1.0, "norm_statistics": "moved", "head_epochs": 0, "ema_decay": None, "teacher": None,
}  # fmt: skip
"""Settings of a recipe that such a training cannot have otherwise."""


def check_aware(recipe: Recipe) -> None:
    """Raises ValueError if torchao is not installed, or it cannot train by a recipe."""
    version_of(*TORCHAO)
    wrong = [
        f"{name}={'null' if value is None else value}"
        for name, value in NEEDED.items()
        if getattr(recipe, name) != value
    ]
    if recipe.init not in ("auto", "given"):
        wrong.append("init=given")
    if not recipe.epochs:
        wrong.append("epochs=1 or more")
    if wrong:
        raise ValueError(
            "A quantization-aware fine-tuning begins with the trained network and needs other settings: set"
            f" {', '.join(f'quantize_recipe.{one}' for one in wrong)}."
        )


class QuantizationAware(Retrain):
    """A trained network whose weights and maps are rounded to 8 bits in each forward pass.

    Weights have a scale for each output channel, and maps one range, as in the files that are written afterwards. A
    batch norm is part of the convolution before it, and ReLU and ReLU6 are part of what they follow. Gradients pass the
    rounding unchanged.
    """

    def learning(self, network: nn.Sequential, spec: NetworkSpec) -> nn.Module:
        return _with_rounding(network, spec)

    def plain_network(self) -> nn.Sequential:
        network, state = self.spec.build(), self.network.state_dict()
        network.load_state_dict({name: state[name].float() for name in network.state_dict()})
        return network.eval()


def _with_rounding(network: nn.Module, spec: NetworkSpec) -> nn.Module:
    """Returns the network as a graph that rounds; its weights keep their names."""
    version_of(*TORCHAO)
    images = torch.zeros(2, spec.input.channels, spec.input.height, spec.input.width)
    batch = torch.export.Dim("images", min=2)
    with quiet(), without_advice():  # of torchao's own way of using torch
        from torchao.quantization.pt2e import allow_exported_model_train_eval
        from torchao.quantization.pt2e.quantize_pt2e import prepare_qat_pt2e
        from torchao.quantization.pt2e.quantizer import x86_inductor_quantizer as x86

        graph = torch.export.export(network.train(), (images,), dynamic_shapes=({0: batch},)).module()
        quantizer = x86.X86InductorQuantizer()  # it knows that ReLU6 follows a convolution; others leave it out
        quantizer.set_global(x86.get_default_x86_inductor_quantization_config(is_qat=True))
        rounding: nn.Module = prepare_qat_pt2e(graph, quantizer)
        allow_exported_model_train_eval(rounding)
    _give_shapes(rounding, images)
    return rounding


@torch.no_grad()
def _give_shapes(rounding: nn.Module, images: Tensor) -> None:
    """Gives the scales and ranges of each channel their shapes, which they would only get in the first forward pass.

    A checkpoint can only be loaded into buffers of the same shapes. All values stay as they are before that pass.
    """
    before = {name: buffer.clone() for name, buffer in rounding.named_buffers()}
    rounding.eval()
    rounding(images)
    for name, buffer in rounding.named_buffers():
        old = before[name]
        if old.shape == buffer.shape:
            buffer.copy_(old)
        else:
            buffer.fill_(old.item() if old.numel() else inf if name.endswith("min_val") else -inf)
    rounding.train()
