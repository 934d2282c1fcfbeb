"""Engines, which run a layer or a network on a device, and the files that they read."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
