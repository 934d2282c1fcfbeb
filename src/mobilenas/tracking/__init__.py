"""Records a run as it goes: in CSV files, and in W&B, TensorBoard or MLflow."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
