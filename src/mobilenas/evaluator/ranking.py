"""The settings of measuring how well a supernet ranks architectures."""

from mobilenas.settings import Seed, Several, settings


@settings
class Ranking:
    """How many networks are trained alone, to compare a supernet's scores with their accuracy.

    Args:
        networks: number of architectures, drawn uniformly at random, none twice
        seed: draws the architectures, and trains each network alone; runs with other seeds share these networks
    """

    networks: Several = 24
    seed: Seed = 0
