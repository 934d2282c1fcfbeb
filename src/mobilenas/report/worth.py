"""The worth of a layer's choices: the accuracy that an option adds, and the milliseconds that it costs.

The milliseconds are differences of two rows of the latency table. The accuracy is the effect of the option in one
linear regression on all evaluations, which supposes that the effects of the layers add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mobilenas.evaluation import Evaluation
from mobilenas.settings.words import counted

LEAST, MOST = 30, 10_000
"""The fewest evaluations that effects are estimated from, and the most, which are drawn at random."""

PENALTIES = np.logspace(-2, 5, 29)
"""The penalties to choose from."""

FOLDS, SEED = 5, 0


@dataclass(frozen=True)
class OptionWorth:
    """An option, compared with the fastest option of its decision.

    Args:
        option: its index
        cost_ms: milliseconds that it takes more
        gain: accuracy that it adds by the regression, in [-1, 1]
        error: standard error of the gain; 0 for the fastest option itself
        count: number of evaluations with this option
    """

    option: int
    cost_ms: float
    gain: float
    error: float
    count: int

    @property
    def gain_per_ms(self) -> float | None:
        """The accuracy for a millisecond; None for an option that costs nothing more."""
        return self.gain / self.cost_ms if self.cost_ms > 0 else None

    @property
    def is_clear(self) -> bool:
        """Whether the gain is above two standard errors, in one direction or the other."""
        return abs(self.gain) > 2 * self.error


@dataclass(frozen=True)
class Worth:
    """The worth of all options.

    Args:
        options: the options of each decision
        r2: the share of the accuracies' variance that the regression explains, by cross-validation
        evaluations: number of evaluations that it was fitted to
    """

    options: tuple[tuple[OptionWorth, ...], ...]
    r2: float
    evaluations: int


def worth_of(options_ms: Sequence[Sequence[float]], evaluations: Sequence[Evaluation]) -> Worth:
    """Returns the worth of each option of each decision.

    Args:
        options_ms: milliseconds of each option of each decision; nothing if they are not known
        evaluations: the evaluations that the regression is fitted to

    Raises:
        ValueError: the latencies of options are not known, the evaluations are too few, or the regression predicts
            accuracies no better than their mean
    """
    if not options_ms:
        raise ValueError("the latency of its networks is no sum over independent choices, or the table lacks a layer.")
    if len(evaluations) < LEAST:
        raise ValueError(f"there are {counted(len(evaluations), 'evaluation')}, fewer than {LEAST}.")
    if len(evaluations) > MOST:
        drawn = np.random.default_rng(SEED).choice(len(evaluations), MOST, replace=False)
        evaluations = [evaluations[place] for place in sorted(drawn.tolist())]
    table = one_hot([one.architecture for one in evaluations], list(map(len, options_ms)))
    accuracy = np.array([one.accuracy for one in evaluations])
    r2 = _cross_validated_r2(table, accuracy)
    if not r2 > 0:
        raise ValueError(
            "one regression on all evaluations predicts accuracies no better than their mean"
            f" (R² by cross-validation is {r2:.2f})."
        )
    effects, covariance = _posterior(table, accuracy)
    counts, begin, found = table.sum(axis=0), 0, []
    for own_ms in options_ms:
        own = slice(begin, begin := begin + len(own_ms))
        found.append(_compared(own_ms, effects[own], covariance[own, own], counts[own]))
    return Worth(tuple(found), r2, len(evaluations))


def one_hot(architectures: Sequence[Sequence[int]], options: Sequence[int]) -> NDArray[np.float64]:
    """Returns a column for each option of each decision, which is 1 in the rows of architectures that have it.

    Args:
        architectures: the architectures
        options: the number of options of each decision
    """
    first = np.concatenate([[0], np.cumsum(options)[:-1]])
    table = np.zeros((len(architectures), sum(options)))
    np.put_along_axis(table, np.asarray(architectures) + first, 1.0, axis=1)
    return table


def _compared(
    options_ms: Sequence[float],
    effects: NDArray[np.float64],
    covariance: NDArray[np.float64],
    counts: NDArray[np.float64],
) -> tuple[OptionWorth, ...]:
    """Returns the options of a decision, compared with its fastest option."""
    base = int(np.argmin(options_ms))
    variances = np.diag(covariance) + covariance[base, base] - 2 * covariance[base]
    errors = np.sqrt(np.maximum(variances, 0.0))
    return tuple(
        OptionWorth(
            option,
            options_ms[option] - options_ms[base],
            float(effects[option] - effects[base]),
            float(errors[option]) if option != base else 0.0,
            int(counts[option]),
        )
        for option in range(len(options_ms))
    )


def _posterior(table: NDArray[np.float64], accuracy: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    r"""Returns the effects of a ridge regression, and their covariance.

    .. math:: \hat\beta = (X^T X + \lambda I)^{-1} X^T y, \quad \text{Cov} = \hat\sigma^2 (X^T X + \lambda I)^{-1}

    This is the posterior of a normal prior, :math:`\beta \sim N(0, \sigma^2 / \lambda)`: its spread contains the error
    that comes from the penalty, which the variance of the estimate alone does not (Wahba 1983). The penalty is that of
    the smallest error with one evaluation left out at a time.
    """
    from sklearn.linear_model import RidgeCV

    terms, centred = table - table.mean(axis=0), accuracy - accuracy.mean()
    penalty = float(RidgeCV(PENALTIES, fit_intercept=False).fit(terms, centred).alpha_)
    gram = terms.T @ terms
    inverse = np.linalg.inv(gram + penalty * np.eye(len(gram)))
    effects = inverse @ (terms.T @ centred)
    free = len(centred) - 1 - float(np.trace(gram @ inverse))
    variance = float(np.square(centred - terms @ effects).sum()) / max(free, 1.0)
    return effects, variance * inverse


def _cross_validated_r2(table: NDArray[np.float64], accuracy: NDArray[np.float64]) -> float:
    """Returns the share of the variance that is explained where an evaluation has no part in the fit."""
    from sklearn.linear_model import RidgeCV
    from sklearn.model_selection import KFold, cross_val_predict

    if np.ptp(accuracy) == 0:
        return 0.0
    folds = KFold(FOLDS, shuffle=True, random_state=SEED)
    predicted = cross_val_predict(RidgeCV(PENALTIES), table, accuracy, cv=folds)
    return 1.0 - float(np.square(accuracy - predicted).sum() / np.square(accuracy - accuracy.mean()).sum())
