"""One public name means one thing: no two modules define a class, a function or a type alias of the same name."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import mobilenas

ROOT = Path(mobilenas.__path__[0])

EXCEPTIONS = {
    "main": 10,  # of each command
    "examples": 9,  # of each kind of part that has a contract suite
}


def _defined(module: Path) -> Iterator[str]:
    """The public classes, functions and type aliases of a module."""
    for node in ast.parse(module.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield from _alias(node.target.id)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield from _alias(target.id)


def _alias(name: str) -> Iterator[str]:
    """A type alias is written like a class; a constant and a type variable are not."""
    if re.fullmatch(r"[A-Z]\w*[a-z]\w*", name):
        yield name


def _modules_by_name() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(ROOT.rglob("*.py")):
        for name in dict.fromkeys(_defined(path)):
            if not name.startswith("_"):
                found[name].append(str(path.relative_to(ROOT)))
    return found


def test_no_public_name_is_defined_in_two_modules() -> None:
    twice = {name: modules for name, modules in _modules_by_name().items() if len(modules) > 1}
    assert {name: modules for name, modules in twice.items() if name not in EXCEPTIONS} == {}
    assert {name: len(modules) for name, modules in twice.items()} == EXCEPTIONS


def test_classes_functions_and_aliases_are_all_looked_at() -> None:
    found = _modules_by_name()
    assert found["Reader"] == ["settings/reading.py"]  # a class
    assert found["cases"] == ["testing/suite.py"]  # a function
    assert found["operations"] == ["ops/__init__.py"]  # one that is decorated
    assert found["Rule"] == ["method/binarized.py"]  # an alias
    assert found["Batches"] == ["method/base.py"]  # one with an annotation
    assert "T" not in found and "KINDS" not in found and "_Part" not in found


def test_no_export_of_a_package_has_the_name_of_one_of_its_modules() -> None:
    """Which of the two an import finds would depend on what was imported before."""
    stubs = sorted(ROOT.rglob("__init__.pyi"))
    assert stubs
    for stub in stubs:
        exports = set(re.findall(r" as (\w+)$", stub.read_text(), re.MULTILINE))
        assert exports
        assert exports & {path.stem for path in stub.parent.iterdir()} == set(), stub
