"""Over-parameterized networks built from the choice blocks of a layer-wise space."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
