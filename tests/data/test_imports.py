"""Reading settings is fast: slow packages are imported only when they are used."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mobilenas.data.folders import IMAGE_FILES

CONF = Path(__file__).parents[2] / "conf"
GROUPS = ("data", "recipe", "trainer", "logger")
FILES = sorted(file for group in GROUPS for file in (CONF / group).glob("*.yaml"))
LIBRARIES = ("torch", "torchvision", "sklearn", "pytorch_lightning", "timm", "wandb", "numpy")

READ = """
import sys
from importlib import import_module
import mobilenas.data, mobilenas.training
for target in sys.argv[2:]:
    module, _, name = target.rpartition(".")
    assert isinstance(getattr(import_module(module), name), type)
print(*(set(sys.argv[1].split(",")) & set(sys.modules)))
"""

DIGITS = """
import sys
from mobilenas.data import Augment, Digits
data = Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load()
next(iter(data.train_loader(32, 0)))
print(*({"torchvision"} & set(sys.modules)))
"""


def _imported(*arguments: str) -> list[str]:
    run = subprocess.run([sys.executable, "-c", *arguments], capture_output=True, text=True, check=True)
    return run.stdout.split()


def test_reading_settings_imports_no_large_library() -> None:
    targets = {yaml.safe_load(file.read_text())["_target_"] for file in FILES}
    assert len(targets) > 5
    assert _imported(READ, ",".join(LIBRARIES), *targets) == []


def test_images_that_stay_as_they_are_need_no_torchvision() -> None:
    assert _imported(DIGITS) == []


def test_the_names_of_image_files_are_torchvisions() -> None:
    folder = pytest.importorskip("torchvision.datasets.folder")
    assert folder.IMG_EXTENSIONS == IMAGE_FILES
