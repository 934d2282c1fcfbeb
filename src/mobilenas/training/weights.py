"""The weights of a trained network, and what is written beside them so that they can be used elsewhere."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import Gt
from torch import nn

from mobilenas.data.normalization import Normalization
from mobilenas.files.record import checked, strict
from mobilenas.files.tensors import fill, read_about, read_tensors
from mobilenas.network import NetworkSpec

WEIGHTS = "weights.safetensors"

_ABOUT = "mobilenas"  # one text, because safetensors writes several in an order that changes from process to process

Level = Annotated[float, Gt(0)]


@strict
@dataclass(frozen=True)
class WeightFacts:
    """What is known of weights, except their tensors.

    Args:
        network: the description of the network, as YAML
        mean: mean of each channel of the images, with white as 1
        std: standard deviation of each channel
        classes: names of the classes, in the order of the outputs
    """

    network: str
    mean: tuple[float, float, float]
    std: tuple[Level, Level, Level]
    classes: tuple[str, ...]

    @classmethod
    def of(cls, spec: NetworkSpec, normalization: Normalization, classes: tuple[str, ...]) -> WeightFacts:
        mean, std = ((one[0], one[1], one[2]) for one in (normalization.mean, normalization.std))
        return cls(spec.to_yaml(), mean, std, classes)

    @classmethod
    def read(cls, path: Path) -> WeightFacts | None:
        """Returns the facts in a file of weights, or None if another program wrote it.

        Raises:
            ValueError: the file cannot be read, or the facts cannot be
        """
        text = read_about(path).get(_ABOUT)
        if text is None:
            return None
        try:
            found = json.loads(text)
            facts: WeightFacts = checked(cls, found if isinstance(found, dict) else {})
            NetworkSpec.from_yaml(facts.network)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path} cannot be used: the facts beside the weights are damaged: {error}") from None
        return facts

    @property
    def about(self) -> dict[str, str]:
        """The texts that ``write_tensors`` writes."""
        return {_ABOUT: json.dumps(asdict(self))}

    @property
    def spec(self) -> NetworkSpec:
        return NetworkSpec.from_yaml(self.network)

    @property
    def normalization(self) -> Normalization:
        return Normalization(self.mean, self.std)


def trained_network(spec: NetworkSpec, path: Path) -> nn.Sequential:
    """Returns the network of a description with the weights in a file, in eval mode.

    Raises:
        ValueError: the file cannot be read, or it holds the weights of another network
    """
    network = spec.build()
    fill(network, read_tensors(path), path)
    return network.eval()
