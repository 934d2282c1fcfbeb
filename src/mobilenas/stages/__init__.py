"""The stages of a run. A file tells what a stage reads, what its result depends on, how it runs, and its record."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
