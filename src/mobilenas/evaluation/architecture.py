"""The name of a network in a search space."""

Architecture = tuple[int, ...]
"""One option index per decision of a search space."""
