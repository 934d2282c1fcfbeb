"""Latency models, and the hardware settings that make them by measuring or from a file."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
