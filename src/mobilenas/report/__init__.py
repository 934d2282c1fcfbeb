"""What a run found, as a page, pictures, tables and exported models."""

from mobilenas.report.export import export
from mobilenas.report.result import ImageFormat, NetworkResult, RunResult
from mobilenas.report.terminal import show
from mobilenas.report.write import write

__all__ = ["ImageFormat", "NetworkResult", "RunResult", "export", "show", "write"]
