"""Classification: one class for each image."""

from mobilenas.network import NetworkSpec, set_classes
from mobilenas.settings import settings
from mobilenas.task.base import Task


@settings
class Classification(Task):
    """Networks end with a classifier, and are compared by top-1 accuracy."""

    name = "classification"
    learns = "classes"
    score_name = "top-1"
    second_name = "top-5"

    def _made(self, network: NetworkSpec, classes: int) -> NetworkSpec:
        return set_classes(network, classes)
