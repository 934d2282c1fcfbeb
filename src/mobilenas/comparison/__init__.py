"""Compares runs: their fronts, hypervolumes, spread over seeds and cost, on one page and in tables."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
