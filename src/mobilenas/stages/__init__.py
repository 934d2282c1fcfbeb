"""The stages of a run, a file each: what it reads, what its result depends on, how it runs, the record it leaves."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
