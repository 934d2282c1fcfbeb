"""Methods that train supernets: their settings, and the LightningModules that the settings make."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
