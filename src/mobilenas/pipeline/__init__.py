"""A run as plain Python: its typed settings, the stages that they make, and the loop over the stages."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
