"""What a run found, as a page, pictures, tables and exported models."""

from mobilenas.report.export import export
from mobilenas.report.result import Images, NetworkResult, RunResult
from mobilenas.report.terminal import show
from mobilenas.report.write import write

__all__ = ["Images", "NetworkResult", "RunResult", "export", "show", "write"]
