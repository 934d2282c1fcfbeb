"""The command line. Only this package knows Hydra."""

from mobilenas.cli.build import build
from mobilenas.cli.command import main

__all__ = ["build", "main"]
