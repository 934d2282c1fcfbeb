"""The command line. Only this package knows Hydra."""

from mobilenas.cli.command import main

__all__ = ["main"]
