from .base import Executor as Executor
from .base import TrialPool as TrialPool
from .local import LocalExecutor as LocalExecutor
from .local_pool import LocalPool as LocalPool
from .ray import RayExecutor as RayExecutor
from .ray_pool import RayPool as RayPool
