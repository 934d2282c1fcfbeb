"""The variants of a network's file."""

from typing import Literal

from mobilenas.engine.base import Precision

Variant = Literal["fp32", "int8", "int8-aware"]
"""How a file was made: with 32 bits, quantized after training, or quantized after quantization-aware fine-tuning."""


def precision_of(variant: Variant) -> Precision:
    """Returns the precision of the numbers in a file."""
    return "fp32" if variant == "fp32" else "int8"
