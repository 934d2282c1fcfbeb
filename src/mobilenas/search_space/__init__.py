"""Search spaces, one paper's table a file."""

from mobilenas.search_space.base import Architecture, LayerwiseSpace, SearchSpace
from mobilenas.search_space.moga import moga

__all__ = ["Architecture", "LayerwiseSpace", "SearchSpace", "moga"]
