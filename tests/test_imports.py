"""What is slow to import comes only with the work that needs it."""

import subprocess
import sys

import pytest

SLOW = ("torch", "torchvision", "pytorch_lightning", "timm", "matplotlib", "sklearn", "wandb")

WATCH = f"""
import sys

SLOW = {SLOW!r}


class Watch:
    '''Says which module of the project is the first to import a slow package.'''

    def find_spec(self, name, path=None, target=None):
        if name in SLOW:
            frame, modules = sys._getframe(1), []
            while frame:
                modules.append(frame.f_globals.get("__name__", "?"))
                frame = frame.f_back
            by = next((one for one in modules if one.startswith("mobilenas")), "no module of mobilenas")
            print(f"{{name}} by {{by}}", file=sys.stderr)


sys.meta_path.insert(0, Watch())
"""


def _slow(code: str) -> list[str]:
    """The slow packages that a process of its own has imported for the code, each with the module that did."""
    lines = f"{WATCH}\n{code}\nprint(*(one for one in SLOW if one in sys.modules), sep='\\n')"
    ended = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    first = dict(reversed([line.split(" by ") for line in ended.stderr.splitlines() if " by " in line]))
    return [f"{one} by {first.get(one)}" for one in ended.stdout.splitlines() if one in SLOW]


@pytest.mark.parametrize(
    "code",
    [
        "import mobilenas.cli",
        "import mobilenas.testing",
        "import mobilenas.pipeline.settings",
        "from mobilenas.cli.composing import composed; composed()",
        "from mobilenas.cli.composing import composed; composed('experiment=fbnet', 'hardware=predictor')",
        "from mobilenas.cli.composing import composed; composed('experiment=netadapt', 'logger=wandb', 'trainer=ddp')",
        "import mobilenas.network.describe",
        "from mobilenas.network.describe import main; main(['moga_a'])",
        *(f"import mobilenas.commands.{name}" for name in ("compare", "evaluate", "export", "measure", "optuna_study")),
    ],
)
def test_what_is_slow_to_import_is_not_needed(code: str) -> None:
    assert _slow(code) == []


def test_whoever_imports_what_is_slow_is_named() -> None:
    assert _slow("import mobilenas.supernet.supernet")[0] in {
        f"torch by mobilenas.supernet.{name}" for name in ("supernet", "mixed")
    }
    assert "sklearn by mobilenas.data.scikit_digits" in _slow(
        "from mobilenas.cli.composing import composed; composed().data.load()"
    )
