"""The types of settings: numbers with a range, and texts that are not empty.

Every number has bounds that no honest user meets, because what is far beyond them would swallow the machine or become
infinite. They stand between the bound that a setting is explained by and ``FAR``, and are told only to those who meet
them.
"""

from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt, MinLen

ASIDE = "aside"
"""Marks a field in its metadata: it says where or how something is done, and no result depends on it."""

FAR = "far"
"""Marks a type whose bounds, except the first one, are far from what is usual."""

Positive = Annotated[int, Ge(1), Le(1_000_000), FAR]
Several = Annotated[int, Ge(2), Le(1_000_000), FAR]
Count = Annotated[int, Ge(0), Le(1_000_000), FAR]
Factor = Annotated[float, Gt(0), Ge(1e-30), Le(1e9), FAR]
NonNegative = Annotated[float, Ge(0), Le(1e9), FAR]
Share = Annotated[float, Ge(0), Lt(1)]
ProperShare = Annotated[float, Gt(0), Lt(1)]
Fraction = Annotated[float, Gt(0), Le(1)]
Probability = Annotated[float, Ge(0), Le(1)]
LONGEST_MS = 1e7
"""The longest time of a layer or a network in milliseconds, almost three hours."""

Latency = Annotated[float, Gt(0), Le(LONGEST_MS)]

Amount = Annotated[int, Ge(0), Le(10**15)]
"""A number of parameters or multiply-adds."""

Most = Annotated[float, Gt(0), Le(4e9)]
"""The most parameters or multiply-adds, which may be written as ``3e8``."""

NonEmpty = Annotated[str, MinLen(1)]

Seed = Annotated[int, Ge(0), Le(2**32 - 1), FAR]  # as numpy and Lightning have it
Threads = Annotated[int, Ge(1), Le(4096), FAR]
Processes = Annotated[int, Ge(1), Le(4096), FAR]
BatchSize = Annotated[int, Ge(1), Le(65_536), FAR]
Label = Annotated[int, Ge(0), Le(255)]  # of a pixel of a mask
Side = Annotated[int, Ge(1), Le(8192), FAR]
Channels = Annotated[int, Ge(1), Le(16_384), FAR]
Units = Annotated[int, Ge(1), Le(2048), FAR]  # of an LSTM
Blocks = Annotated[int, Ge(1), Le(1000), FAR]
WidthFactor = Annotated[float, Gt(0), Ge(0.001), Le(100), FAR]
Minutes = Annotated[float, Gt(0), Le(525_600), FAR]  # a year
Milliseconds = Annotated[float, Gt(0), Ge(1e-9), Le(60_000), FAR]
Exponent = Annotated[float, Ge(0), Le(100), FAR]
NonPositive = Annotated[float, Le(0), Ge(-100), FAR]  # an exponent too
