"""Measuring the latency table of MoGA (Sec. 4.2), and its error (Fig. 4), on the device that this runs on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mobilenas.hardware.engine import Engine
from mobilenas.hardware.laps import Chain, Laps, distinct_networks, network_key
from mobilenas.hardware.measure import OnProgress, silent
from mobilenas.hardware.profile import Hardware, Profile, layers_of
from mobilenas.hardware.rows import Rows
from mobilenas.hardware.table import LatencyTable, count_pieces
from mobilenas.hardware.validation import Validation, fit_overhead
from mobilenas.ops.checks import check_positive
from mobilenas.search_space import LayerwiseSpace
from mobilenas.spec import NetworkSpec
