"""What a run found, as a page, pictures, tables and exported models: a function of the stages' records alone."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
