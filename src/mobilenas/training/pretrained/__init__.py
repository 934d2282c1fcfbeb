"""Trained weights: found by what ``weights=`` says, and matched with the layers of a network."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
