"""What names a network of a search space."""

Architecture = tuple[int, ...]
"""One option index per decision of a search space."""
