"""Makes a page, pictures, tables and exported models of a run, only from the stages' records."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
