"""What users set: frozen values that are checked by their annotations, and what parts ask of a run."""

from mobilenas.settings.kinds import (
    Count,
    Factor,
    Fraction,
    NonEmpty,
    NonNegative,
    NonPositive,
    Positive,
    Probability,
    ProperShare,
    Share,
)
from mobilenas.settings.needs import SEED, Given, Need, Needs, given
from mobilenas.settings.reading import Reader, Resolve, SettingsError
from mobilenas.settings.typed import aside, plain, settings

__all__ = [
    "SEED",
    "Count",
    "Factor",
    "Fraction",
    "Given",
    "Need",
    "Needs",
    "NonEmpty",
    "NonNegative",
    "NonPositive",
    "Positive",
    "Probability",
    "ProperShare",
    "Reader",
    "Resolve",
    "SettingsError",
    "Share",
    "aside",
    "given",
    "plain",
    "settings",
]
