"""The interface of a latency model, which a search asks for the latency of a network."""

from abc import ABC, abstractmethod

from mobilenas.network.spec import NetworkSpec


class LatencyModel(ABC):
    """Predicts latency from a description, without running the network."""

    @abstractmethod
    def latency_ms(self, network: NetworkSpec) -> float:
        """Returns the predicted time of one forward pass.

        Raises:
            ValueError: the model does not know a part of the network
        """
