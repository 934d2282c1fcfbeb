"""In-place distillation: the first path of a step teaches the others (Yu and Huang 2019)."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from mobilenas.method.paths_module import PathsModule


class SandwichModule(PathsModule):
    r"""Trains the first of a step's paths on the labels, and the others on what the first one gives.

    .. math:: L = L_{CE}(f_1(x), y) - \sum_{i > 1} \sum_c p_c \log f_{i,c}(x), \qquad p = f_1(x)

    The gradient does not go through p.
    """

    def losses(self, images: Tensor, labels: Tensor, paths: NDArray[np.int64]) -> Iterator[Tensor]:
        first, *others = paths
        logits = self.supernet(images, first)
        soft = logits.detach().softmax(1)
        yield self.loss(logits, labels)
        for path in others:
            yield cross_entropy(self.supernet(images, path), soft)
