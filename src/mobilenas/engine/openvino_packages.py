"""Imports OpenVINO and NNCF so that they neither report their use over the network nor write to the home folder."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from mobilenas.engine.base import version_of
from mobilenas.quiet import without_advice

TELEMETRY = "openvino_telemetry"
"""The package by which both report each use; without it they use a stand-in that does nothing."""


def load_openvino() -> Any:
    """Returns the module ``openvino``; raises ValueError if it is not installed."""
    openvino_version()
    return _openvino()


def load_nncf() -> Any:
    """Returns the module ``nncf``; raises ValueError if it is not installed."""
    nncf_version()
    return _nncf()


def openvino_version() -> str:
    """Returns the version of OpenVINO without importing it; raises ValueError if it is not installed."""
    return version_of("openvino", "OpenVINO", "openvino", "choose hardware=cpu, or another runtime")


def nncf_version() -> str:
    """Returns the version of NNCF without importing it; raises ValueError if it is not installed."""
    return version_of(
        "nncf", "NNCF, which makes int8 of OpenVINO,", "openvino", "choose precision=fp32, or another runtime"
    )


@cache
def _openvino() -> Any:
    with _unreported():
        import openvino

        return openvino


@cache
def _nncf() -> Any:
    before = logging.getLoggerClass()
    try:
        with _unreported(), without_advice():
            import nncf
            import nncf.quantization.range_estimator

            return nncf
    finally:
        logging.setLoggerClass(before)  # it puts its own in place


@contextmanager
def _unreported() -> Iterator[None]:
    """Makes an import of the package that reports fail."""
    modules: dict[str, Any] = sys.modules
    kept = modules.get(TELEMETRY)
    modules[TELEMETRY] = None
    try:
        yield
    finally:
        del modules[TELEMETRY]
        if kept is not None:
            modules[TELEMETRY] = kept
