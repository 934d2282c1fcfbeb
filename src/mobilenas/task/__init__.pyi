from .base import Task as Task
from .classification import Classification as Classification
from .detection import Detection as Detection
from .segmentation import Segmentation as Segmentation
from .task_space import TaskSpace as TaskSpace
from .task_space import for_task as for_task
