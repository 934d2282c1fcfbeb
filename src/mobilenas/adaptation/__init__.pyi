from .fine_tune import FineTune as FineTune
from .fine_tuning import FineTuning as FineTuning
from .netadapt import NetAdapt as NetAdapt
from .steps import Adaptation as Adaptation
from .truncation import truncated as truncated
from .widths import WidthSpace as WidthSpace
