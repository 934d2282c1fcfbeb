"""The package of docs/add_a_part.md works as the page says."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "add_a_part.md"
FILE = re.compile(r"^`(my_package/\S+|pyproject\.toml)`:\n\n```\w+\n(.*?)```", re.DOTALL | re.MULTILINE)
CHECK = """
import sys
sys.path.insert(0, sys.argv[1])
from mobilenas.cli.composing import composed
from mobilenas.testing import checks_of
from mobilenas.testing.suite import examples_of
for check in checks_of("objective"):
    check(examples_of("objective")["linear_reward"].part)
    print(check.__name__)
print(composed("experiment=mnasnet", "objective=linear_reward", "objective.price=0.2").objective.reward(0.75, 2.0))
"""


def test_the_package_of_the_page_is_found_and_passes_its_suite(tmp_path: Path) -> None:
    files = dict(FILE.findall(PAGE.read_text("utf-8")))
    assert set(files) == {
        "pyproject.toml", "my_package/__init__.py", "my_package/linear_reward.py",
        "my_package/conf/objective/linear_reward.yaml",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    _install(tmp_path, tomllib.loads(files["pyproject.toml"])["project"])
    command = [sys.executable, "-c", CHECK, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    *checks, reward = done.stdout.split()
    assert len(checks) >= 3
    assert float(reward) == 0.75 - 0.2 * 2.0


def _install(folder: Path, project: dict[str, object]) -> None:
    """Writes what an installer writes of a package's entry points."""
    name, points = str(project["name"]).replace("-", "_"), project["entry-points"]
    assert isinstance(points, dict)
    about = folder / f"{name}-{project['version']}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {project['version']}\n")
    lines = [line for group, own in points.items() for line in (f"[{group}]", *(f"{k} = {v}" for k, v in own.items()))]
    (about / "entry_points.txt").write_text("\n".join(lines) + "\n")
