"""Where the trained weights of a network are, and how its images were normalized."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from mobilenas.settings.words import shown

PUBLISHED = "published"
"""What ``weights=`` says for the weights that a network's description names."""

NormalizationName = Literal["imagenet", "inception"]

NORMALIZATIONS: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {  # mean of red, green, blue; standard deviation of red, green, blue; white is 1
        "imagenet": (0.485, 0.456, 0.406, 0.229, 0.224, 0.225),
        "inception": (0.5, 0.5, 0.5, 0.5, 0.5, 0.5),
    }
)


def six_numbers(owner: str, value: object) -> tuple[float, ...]:
    """Returns the mean and the standard deviation of each channel that a name or six numbers mean.

    Raises:
        ValueError: the value is neither
    """
    if isinstance(value, str) and value in NORMALIZATIONS:
        return NORMALIZATIONS[value]
    numbers = tuple(value) if isinstance(value, list | tuple) else ()
    plain = [one for one in numbers if isinstance(one, int | float) and not isinstance(one, bool) and abs(one) < 1000]
    if len(numbers) != 6 or len(plain) != 6 or min(plain[3:]) <= 0:
        raise ValueError(
            f"{owner} must be {', '.join(get_args(NormalizationName))} or six numbers: the means of red, green and blue"
            f" and their standard deviations, which are above 0, with white as 1; it is {shown(value):.100}."
        )
    return tuple(map(float, plain))


@dataclass(frozen=True)
class PublishedWeights:
    """Where the trained weights of a network are.

    Args:
        source: what ``weights=`` takes: ``timm:NAME``, ``torchvision:NAME``, ``package:NAME`` or a path
        normalization: how the images were normalized, a name or six numbers; null if the source tells it
    """

    source: str
    normalization: NormalizationName | tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.source, str) or not self.source or self.source == PUBLISHED:
            raise ValueError(f"weights: source must name a file or a library's network, not {shown(self.source)}.")
        if self.normalization is not None:
            six_numbers("weights: normalization", self.normalization)


def no_weights(weights: str) -> str:
    """Says that there is nothing where ``weights=`` looks for weights, and what it may be."""
    return (
        f"weights={weights} is not there: give a file of weights, the folder of a run, {PUBLISHED}, timm:NAME or"
        " torchvision:NAME."
    )
