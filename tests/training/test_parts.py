"""A batch that does not fit into the memory of a device is evaluated in parts, and the command says so."""

import logging

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mobilenas.data import Digits
from mobilenas.data.augment import Augment
from mobilenas.evaluator import SupernetAccuracy
from mobilenas.search_space import MoGA
from mobilenas.supernet import Supernet
from mobilenas.training.accuracy import all_outputs, recalibrate, top1
from mobilenas.training.parts import MOST_PARTS, BatchParts

CPU = torch.device("cpu")


class Small(nn.Module):
    """Stands for a device on which only some images fit."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most, self.seen = most, list[int]()

    def forward(self, images: Tensor) -> Tensor:
        self.seen.append(len(images))
        if len(images) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return images


def batches(count: int = 3) -> list[tuple[Tensor, Tensor]]:
    torch.manual_seed(0)
    return [(torch.randn(8, 3, 4, 4), torch.arange(8) % 3) for _ in range(count)]


def test_outputs_of_parts_are_those_of_the_whole_and_later_batches_come_in_parts_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    small = Small(3)
    network = nn.Sequential(small, nn.Conv2d(3, 5, 4), nn.Flatten()).eval()
    with caplog.at_level(logging.WARNING):
        found = [logits for (logits,), _ in all_outputs(network, batches(), CPU)]
    for logits, (images, _) in zip(found, batches(), strict=True):
        torch.testing.assert_close(logits, network[1:](images))
    assert small.seen == [8, 4] + [2] * 4 * 3
    assert [one.getMessage().partition(" parts")[0][-1] for one in caplog.records] == ["2", "4"]


def test_several_outputs_are_put_together_each() -> None:
    small = Small(4)

    def network(images: Tensor) -> tuple[Tensor, Tensor]:
        shown = small(images)
        return shown.mean((2, 3)), shown[:, 0]

    (((first, second), _),) = all_outputs(network, batches(1), CPU)
    ((images, _),) = batches(1)
    torch.testing.assert_close(first, images.mean((2, 3)))
    assert torch.equal(second, images[:, 0])


def test_statistics_begin_again_and_every_part_counts_as_a_batch() -> None:
    norm = nn.BatchNorm2d(3)
    recalibrate(nn.Sequential(Small(4), norm).eval(), batches(), CPU)
    halves = [half for images, _ in batches() for half in images.chunk(2)]
    torch.testing.assert_close(norm.running_mean, torch.stack([half.mean((0, 2, 3)) for half in halves]).mean(0))
    assert not norm.training and norm.momentum == 0.1


def test_what_does_not_fit_one_image_at_a_time_is_an_error() -> None:
    small = Small(0)
    with pytest.raises(torch.OutOfMemoryError):
        top1(nn.Sequential(small), batches(1), CPU)
    parts = BatchParts()
    with pytest.raises(torch.OutOfMemoryError):
        parts(lambda count: small(torch.zeros(count, 1)))
    assert parts.count == MOST_PARTS


def test_a_population_that_does_not_fit_has_the_scores_of_smaller_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    data = Digits(resolution=8, augment=Augment(), search_images=0.2, test_share=0.2, split_seed=0).load()
    space = MoGA(width=0.25, stages=2, blocks=1, hidden=0.0625, unstrided=2).space(10, 8)
    torch.manual_seed(0)
    supernet = Supernet(space)
    drawn = list({tuple(one) for one in space.sample(12, np.random.default_rng(0)).tolist()})
    expected = SupernetAccuracy(supernet, data, 64, 16, CPU).of(drawn)
    small = SupernetAccuracy(supernet, data, 64, 32, CPU)
    first = supernet.layers[0][0]
    monkeypatch.setattr(first, "forward", _limited(first.forward, 16))
    found = small.of(drawn)
    assert found.keys() == expected.keys()
    assert all(found[one] == pytest.approx(expected[one], abs=2 / data.sizes["search"]) for one in drawn)
    assert small.of(drawn) == found


def _limited(forward, most):  # type: ignore[no-untyped-def]
    def run(images: Tensor) -> Tensor:
        if len(images) > most:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        output: Tensor = forward(images)
        return output

    return run


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_with_too_little_memory_gives_the_outputs_of_one_with_enough(caplog: pytest.LogCaptureFixture) -> None:
    """The whole batch needs 2 GiB for its output alone, and half of it is more than what is allowed as well."""
    torch.manual_seed(0)
    device = torch.device("cuda")
    network = nn.Sequential(nn.Conv2d(3, 128, 3, padding=1), nn.AdaptiveAvgPool2d(1), nn.Flatten()).to(device).eval()
    images = torch.randn(64, 3, 256, 256)
    with torch.no_grad():
        expected = torch.cat([network(part.to(device)).cpu() for part in images.chunk(16)])
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(2**30 / torch.cuda.get_device_properties(device).total_memory)
    try:
        with caplog.at_level(logging.WARNING):
            ((found,), _), *_ = all_outputs(network, [(images, torch.zeros(64))], device)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    torch.testing.assert_close(found.cpu(), expected, rtol=1e-4, atol=1e-5)
    assert "it is evaluated in 4 parts" in caplog.text
