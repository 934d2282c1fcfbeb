"""The variants of a network's file."""

from typing import Literal

from mobilenas.engine.base import Precision

Variant = Literal["fp32", "int8", "fp32-aware", "int8-aware"]
"""How a file was made: with 32 bits, or quantized; of the trained network, or after quantization-aware fine-tuning."""


def precision_of(variant: Variant) -> Precision:
    """Returns the precision of the numbers in a file."""
    return "int8" if variant.startswith("int8") else "fp32"


def plain_of(variant: Variant) -> Variant:
    """Returns the variant with 32 bits of the same weights."""
    return "fp32-aware" if variant.endswith("-aware") else "fp32"
