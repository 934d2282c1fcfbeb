"""What networks learn: classification, detection and segmentation, with their losses and scores."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
