"""Parts of a package that is not this project's: a search algorithm and an engine, each found by its suite."""

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = Path(__file__).parents[1] / "newcomer"
CHECK = """
import sys
sys.path.insert(0, sys.argv[1])  # where the package and its entry point are
from mobilenas.testing import checks_of
from mobilenas.testing.suite import examples_of
part = examples_of(sys.argv[2])[sys.argv[3]].part
assert type(part).__module__.startswith("newcomer."), part
for check in checks_of(sys.argv[2]):
    check(part)
    print(check.__name__)
"""


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", CHECK, str(PACKAGES), *arguments], capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize(
    ("kind", "name", "checks"),
    [("algorithm", "pareto_local_search", 7), ("engine", "TorchCpu", 5)],
)
def test_a_part_of_an_installed_package_is_found_by_its_suite_and_passes(kind: str, name: str, checks: int) -> None:
    done = _python(kind, name)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) >= checks


def test_without_its_entry_point_a_package_is_not_found() -> None:
    code = "from mobilenas.testing.suite import examples_of; print(list(examples_of('algorithm')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "nsga2" in done.stdout
    assert "pareto_local_search" not in done.stdout
