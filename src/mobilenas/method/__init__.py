"""Methods that train supernets: their settings, and the LightningModules that are made of them."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
