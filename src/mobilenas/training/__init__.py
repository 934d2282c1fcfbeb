"""Trains networks: the recipe, the fit, its logs, and the weights on disk."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
