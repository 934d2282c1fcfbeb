"""A small network that NetAdapt begins with, and its widths."""

from mobilenas.adaptation import WidthSpace
from mobilenas.network import NetworkSpec

SEED = """
name: mine
input: {channels: 3, height: 8, width: 8}
layers:
  - {op: conv, kernel: 3, out: 8, act: relu}
  - {op: mbconv, kernel: 3, expanded: 16, out: 12, act: relu, stride: 2}
  - {op: mbconv, kernel: 3, expanded: 24, out: 12, act: relu, residual: true}
  - {op: conv, kernel: 1, out: 32, act: relu}
  - {op: classifier, classes: 10}
"""
WIDTHS = WidthSpace(NetworkSpec.from_yaml(SEED), 4)
