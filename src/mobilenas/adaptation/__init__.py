"""NetAdapt: a trained network made smaller until it is fast enough."""

from mobilenas.adaptation.fine_tune import FineTune
from mobilenas.adaptation.fine_tuning import FineTuning
from mobilenas.adaptation.netadapt import Adaptation, NetAdapt
from mobilenas.adaptation.truncation import truncated
from mobilenas.adaptation.widths import WidthSpace

__all__ = ["Adaptation", "FineTune", "FineTuning", "NetAdapt", "WidthSpace", "truncated"]
