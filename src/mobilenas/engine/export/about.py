"""The texts in an exported file, which tell how its images are normalized and what its outputs mean."""

import json
from collections.abc import Sequence


def image_texts(mean: Sequence[float], std: Sequence[float], classes: Sequence[str]) -> dict[str, str]:
    """Returns the texts as JSON by name.

    Args:
        mean: mean of each channel, with white as 1
        std: standard deviation of each channel
        classes: names of the classes, in the order of the outputs
    """
    return {"mean": json.dumps(mean), "std": json.dumps(std), "classes": json.dumps(classes)}
