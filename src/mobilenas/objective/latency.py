"""Objectives of one number: losses with a gradient (ProxylessNAS Sec. 3.3), and rewards without one."""

from __future__ import annotations

from math import log, log1p
from typing import TYPE_CHECKING

from mobilenas.objective.base import Loss, Reward
from mobilenas.settings import Exponent, Factor, NonNegative, NonPositive, Positive, settings

if TYPE_CHECKING:
    from torch import Tensor


@settings
class LatencyLoss(Loss):
    r"""Latency as a regularization loss (ProxylessNAS Eq. 7; the weight decay is the optimizer's).

    .. math:: Loss = Loss_{CE} + \lambda_2 \mathbb{E}[\text{latency}]

    Args:
        latency_weight: :math:`\lambda_2`, per millisecond; with 0 the search uses only accuracy
        target_ms: the report compares it with the reached latency; only the weight changes the latency
        target_images: number of images in the forward pass whose time is the target
    """

    latency_weight: NonNegative
    target_ms: Factor | None = None
    target_images: Positive = 1

    def loss(self, cross_entropy: Tensor, latency_ms: Tensor) -> Tensor:
        return cross_entropy + self.latency_weight * latency_ms


@settings
class LatencyProduct(Loss):
    r"""The multiplicative form of ProxylessNAS's public code (``mul#log``).

    .. math:: Loss = Loss_{CE} \cdot \alpha \left(\frac{\log(\mathbb{E}[\text{latency}] / u)}{\log(T / u)}\right)^\beta

    Args:
        target_ms: :math:`T`
        alpha: scale of the loss
        beta: strength of the latency
        unit_ms: :math:`u`; every latency must be above it, because the logarithm must be above 0
        target_images: number of images in the forward pass whose time is the target

    Raises:
        ValueError: the target is not above the unit
    """

    target_ms: Factor
    alpha: Factor
    beta: float
    unit_ms: Factor = 1.0
    target_images: Positive = 1

    def __post_init__(self) -> None:
        if self.target_ms <= self.unit_ms:
            raise ValueError(
                f"LatencyProduct: target_ms {self.target_ms} must be above unit_ms {self.unit_ms}, because its"
                " logarithm must be above 0: set a smaller unit_ms."
            )

    def check(self, fastest_ms: float) -> None:
        if fastest_ms <= self.unit_ms:
            raise ValueError(
                f"The fastest network takes {fastest_ms:.4g} ms, but it must take more than unit_ms"
                f" {self.unit_ms}, because the logarithm must be above 0: set a smaller unit_ms."
            )

    def loss(self, cross_entropy: Tensor, latency_ms: Tensor) -> Tensor:
        target_ms = latency_ms.new_full(latency_ms.shape, self.target_ms)
        logarithms = [(ms / self.unit_ms).log() for ms in (latency_ms, target_ms)]
        return cross_entropy * self.alpha * (logarithms[0] / logarithms[1]) ** self.beta


@settings
class LatencyLog(Loss):
    r"""FBNet's loss (Eq. 2).

    .. math:: \mathcal{L} = \text{CE} \cdot \alpha \log(\text{LAT})^\beta

    The logarithm is the natural logarithm of the latency in microseconds. The exponent belongs to the logarithm: as an
    exponent of the latency it would only scale the loss.

    Args:
        alpha: scale of the loss
        beta: strength of the latency; with 0 the search uses only accuracy
        target_ms: the report compares it with the reached latency; only beta changes the latency
        target_images: number of images in the forward pass whose time is the target
    """

    alpha: Factor
    beta: Exponent
    target_ms: Factor | None = None
    target_images: Positive = 1

    def check(self, fastest_ms: float) -> None:
        if fastest_ms <= 1e-3:
            raise ValueError(
                f"The latency table predicts {1000 * fastest_ms:.4g} microseconds for the fastest network,"
                " but it must be more than 1 microsecond: check that the table's rows are in milliseconds and above"
                " its constant."
            )

    def loss(self, cross_entropy: Tensor, latency_ms: Tensor) -> Tensor:
        return cross_entropy * self.alpha * (1000 * latency_ms).log() ** self.beta


@settings
class LatencyReward(Reward):
    r"""Accuracy weighted by the ratio of latency and target (MnasNet Eq. 2 and 3, ProxylessNAS Sec. 4.2).

    .. math::
        ACC(m) \times \left[\frac{LAT(m)}{T}\right]^w, \qquad
        w = \begin{cases} \alpha & LAT(m) \le T \\ \beta & \text{otherwise} \end{cases}

    Equal exponents make the target a soft constraint, and the exponents (0, -1) make it a hard one.

        >>> from mobilenas.objective import LatencyReward
        >>> soft = LatencyReward(target_ms=80.0, alpha=-0.07, beta=-0.07)
        >>> hard = LatencyReward(target_ms=80.0, alpha=0.0, beta=-1.0)
        >>> [round(one.reward(0.75, 160.0), 3) for one in (soft, hard)]
        [0.714, 0.375]

    Args:
        target_ms: :math:`T`; without a target both exponents must be 0
        alpha: exponent at or below the target, 0 or negative
        beta: exponent above the target, 0 or negative; if both are 0, the reward is the accuracy
        target_images: number of images in the forward pass whose time is the target

    Raises:
        ValueError: there is an exponent, and no target
    """

    target_ms: Factor | None
    alpha: NonPositive
    beta: NonPositive
    target_images: Positive = 1

    def __post_init__(self) -> None:
        for name, exponent in (("alpha", self.alpha), ("beta", self.beta)):
            if self.target_ms is None and exponent:
                raise ValueError(f"LatencyReward: {name}={exponent} needs a target_ms, or must be 0.")

    def reward(self, accuracy: float, latency_ms: float) -> float:
        if self.target_ms is None:
            return accuracy
        if latency_ms <= 0:
            raise ValueError(f"A latency must be above 0 ms, not {latency_ms:.4g} ms: check the latency table.")
        exponent = self.alpha if latency_ms <= self.target_ms else self.beta
        return float(accuracy * (latency_ms / self.target_ms) ** exponent)


def indifferent_exponent(latency_factor: float = 2.0, accuracy_gain: float = 0.05) -> float:
    r"""Returns the exponent with which networks along a typical trade-off have equal rewards (MnasNet Sec. 3).

    .. math:: a (1 + g) \left(\frac{f l}{T}\right)^\beta = a \left(\frac{l}{T}\right)^\beta
        \quad\Rightarrow\quad \beta = -\frac{\log(1 + g)}{\log f}

    Args:
        latency_factor: :math:`f`, the ratio of the slower network's latency to the faster one's, above 1
        accuracy_gain: :math:`g`, the relative gain in accuracy of the slower network

    Raises:
        ValueError: the factor is not above 1, or the gain is negative
    """
    if not latency_factor > 1 or not accuracy_gain >= 0:
        raise ValueError(
            f"latency_factor must be above 1 and accuracy_gain must be 0 or more, not {latency_factor} and"
            f" {accuracy_gain}."
        )
    return -log1p(accuracy_gain) / log(latency_factor)
