"""The architecture that a gradient method has learned (ProxylessNAS Sec. 3.2.1)."""

from collections.abc import Sequence

from mobilenas.algorithm.base import Algorithm, check_told
from mobilenas.evaluation import Architecture, Evaluation
from mobilenas.search_space import SearchSpace


class Derived(Algorithm):
    """Asks for the path of highest probability alone.

    A zero operation in it computes nothing: it is a line ``skip`` in the network's description, which keeps the place
    of each layer in the space, and nothing in the exported network.

    Args:
        space: whose architecture was learned
        probabilities: of the candidates of each choice block

    Raises:
        ValueError: the probabilities are of another space
    """

    def __init__(self, space: SearchSpace, probabilities: Sequence[Sequence[float]]) -> None:
        if tuple(map(len, probabilities)) != space.options:
            raise ValueError(f"The learned probabilities are of another space than {space.name}: train its supernet.")
        self._best: Architecture = tuple(max(range(len(p)), key=p.__getitem__) for p in probabilities)
        self._told: list[Evaluation] = []

    @property
    def budget(self) -> int:
        return 1

    def ask(self) -> list[Architecture]:
        return [] if self._told else [self._best]

    def tell(self, evaluations: Sequence[Evaluation]) -> None:
        check_told(self.ask(), evaluations)
        self._told.extend(evaluations)

    def front(self) -> list[Evaluation]:
        return list(self._told)
