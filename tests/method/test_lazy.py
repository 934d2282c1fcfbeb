"""Methods are read and checked without torch; it is loaded when the module is built."""

import subprocess
import sys

CODE = """
import sys
from mobilenas.method import LATENCY, Fair, Method
assert issubclass(Fair, Method) and Fair(shared_lr=0.5).target_ms is None
print({"torch", "pytorch_lightning"} & sys.modules.keys() or "neither")
"""


def test_the_settings_of_a_method_take_neither_torch_nor_lightning() -> None:
    found = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "neither"
