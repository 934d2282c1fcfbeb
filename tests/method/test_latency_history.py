"""The history of a search by gradients: a checkpoint keeps it, also one of an older version."""

import pytest
import torch

from mobilenas.method.architecture import ArchitectureParameters, LatencyHistory
from tests.method.toy import toy_latency

OPTIONS = (3,)


def recorded(epochs: int, history: LatencyHistory | None = None) -> LatencyHistory:
    """After some epochs, with other probabilities in each."""
    history = history or LatencyHistory(toy_latency(3, k1=1.0, k3=2.0, k5=4.0))
    for epoch in range(epochs):
        torch.manual_seed(epoch)
        history.record(ArchitectureParameters(OPTIONS, std=1.0))
    return history


def test_a_continued_history_is_that_of_an_undisturbed_search() -> None:
    continued = LatencyHistory(toy_latency(3, k1=1.0, k3=2.0, k5=4.0))
    continued.load_state_dict(recorded(2).state_dict())
    assert continued.epochs == recorded(2).epochs
    assert continued.probabilities(OPTIONS) == recorded(2).probabilities(OPTIONS)
    assert len(recorded(1, continued).epochs) == 3


def test_each_epoch_has_the_probabilities_of_its_parameters() -> None:
    found = recorded(3).probabilities(OPTIONS)
    for epoch, (own,) in enumerate(found):
        torch.manual_seed(epoch)
        (alpha,) = ArchitectureParameters(OPTIONS, std=1.0).alphas
        assert own == pytest.approx(alpha.softmax(0).tolist(), abs=5e-5)


def test_a_checkpoint_of_an_older_version_has_latencies_and_goes_on() -> None:
    history = LatencyHistory(toy_latency(3, k1=1.0, k3=2.0, k5=4.0))
    history.set_extra_state(torch.tensor([[3.0, 2.0], [2.5, 2.0]], dtype=torch.float64))
    assert history.probabilities(OPTIONS) == []
    recorded(1, history)
    again = LatencyHistory(toy_latency(3, k1=1.0, k3=2.0, k5=4.0))
    again.set_extra_state(history.get_extra_state())
    assert [one["expected_latency_ms"] for one in again.epochs][:2] == [3.0, 2.5]
    assert again.probabilities(OPTIONS) == recorded(1).probabilities(OPTIONS)


def test_an_empty_history_can_be_kept() -> None:
    history = recorded(0)
    history.set_extra_state(history.get_extra_state())
    assert history.epochs == history.probabilities(OPTIONS) == []
