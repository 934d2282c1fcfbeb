"""Evaluators: from an architecture to its accuracy, and the settings that say how."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
