"""Evaluators, which score the accuracy of an architecture, and their settings."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
