from .loop import run as run
from .plan import Plan as Plan
from .plan import plan as plan
from .settings import Settings as Settings
