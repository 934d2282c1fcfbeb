"""The types of settings: numbers with a range, and texts that are not empty."""

from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt, MinLen

Positive = Annotated[int, Ge(1)]
Count = Annotated[int, Ge(0)]
Factor = Annotated[float, Gt(0)]
NonNegative = Annotated[float, Ge(0)]
NonPositive = Annotated[float, Le(0)]
Share = Annotated[float, Ge(0), Lt(1)]
ProperShare = Annotated[float, Gt(0), Lt(1)]
Fraction = Annotated[float, Gt(0), Le(1)]
Probability = Annotated[float, Ge(0), Le(1)]
LONGEST_MS = 1e7
"""The longest time of a layer or a network in milliseconds, almost three hours."""

Latency = Annotated[float, Gt(0), Le(LONGEST_MS)]

NonEmpty = Annotated[str, MinLen(1)]
