from .loop import run as run
from .planning import Plan as Plan
from .planning import plan as plan
from .settings import Settings as Settings
