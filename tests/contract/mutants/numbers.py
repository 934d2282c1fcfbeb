"""Another number each time, for mutants that draw from no seed."""

from itertools import count

NUMBERS = count()
