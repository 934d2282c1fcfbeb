"""Every part that is found keeps the contract of its kind."""

from collections.abc import Callable
from typing import Any

import pytest

from mobilenas.conf_dir import conf_dir
from mobilenas.ops import operations
from mobilenas.testing import KINDS, cases, checks_of
from mobilenas.testing.suite import examples_of


@pytest.mark.parametrize(("check", "part"), [case for kind in KINDS for case in cases(kind)])
def test_a_part_keeps_its_contract(check: Callable[[Any], None], part: Any) -> None:
    check(part)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("operation", "engine")])
def test_every_part_of_conf_is_found(kind: str) -> None:
    names = {path.stem for path in (conf_dir() / kind).glob("*.yaml")} - {"netadapt"}  # which searches no space
    assert examples_of(kind).keys() == names


def test_every_operation_and_every_engine_is_found() -> None:
    assert {name.rpartition("-")[0] for name in examples_of("operation")} == set(operations())
    without = {"table", "networks", "android"}  # whose file is not said
    assert set(examples_of("engine")) == {"OnnxRuntime", "LiteRT", "Ncnn", "OpenVino", "ExecuTorch", "Cuda"} | without


def test_a_hardware_whose_file_is_not_said_is_skipped_with_its_reason() -> None:
    table = examples_of("engine")["table"]
    assert table.part is None and "hardware.path" in table.missing


@pytest.mark.parametrize("kind", KINDS)
def test_a_suite_has_checks_whose_names_say_what_is_kept(kind: str) -> None:
    names = [check.__name__ for check in checks_of(kind)]
    assert len(names) >= 3 and len(set(names)) == len(names)
    assert all(name.count("_") >= 3 for name in names)


def test_what_cannot_be_checked_here_says_why() -> None:
    for kind in KINDS:
        for name, example in examples_of(kind).items():
            assert example.part is not None or len(example.missing.split()) > 5, name
