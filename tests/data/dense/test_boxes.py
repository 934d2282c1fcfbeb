"""Objects of an image, and the tensor of a batch."""

import pytest
import torch

from mobilenas.data.dense import Objects, pad_objects, unpad_objects

NONE = Objects(torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64), torch.zeros(0, dtype=torch.bool))
TWO = Objects(torch.tensor([[1.0, 2, 3, 4], [5, 6, 7.5, 8]]), torch.tensor([3, 0]), torch.tensor([False, True]))


def test_images_with_fewer_objects_are_filled_up_with_the_label_minus_one() -> None:
    padded = pad_objects([TWO, NONE])
    assert padded.dtype == torch.float32
    assert padded[0].tolist() == [[1, 2, 3, 4, 3, 0, 4], [5, 6, 7.5, 8, 0, 1, 5]]
    assert padded[1, :, 4].tolist() == [-1, -1]


@pytest.mark.parametrize("batch", [[], [NONE], [NONE, NONE], [TWO], [NONE, TWO, TWO.kept(torch.tensor([1]))]])
def test_unpadding_returns_the_objects(batch: list[Objects]) -> None:
    padded = pad_objects(batch)
    assert padded.shape == (len(batch), max(map(len, batch), default=0), 7)
    found = unpad_objects(padded)
    assert len(found) == len(batch)
    for one, before in zip(found, batch, strict=True):
        assert torch.equal(one.xyxy, before.xyxy)
        assert torch.equal(one.labels, before.labels)
        assert torch.equal(one.crowd, before.crowd)
        assert torch.equal(one.areas, before.areas)


@pytest.mark.parametrize(
    ("xyxy", "labels", "crowd"),
    [
        (torch.zeros(2, 5), torch.zeros(2, dtype=torch.int64), torch.zeros(2, dtype=torch.bool)),
        (torch.zeros(1, 4), torch.zeros(2, dtype=torch.int64), torch.zeros(2, dtype=torch.bool)),
        (torch.zeros(2, 4), torch.zeros(2), torch.zeros(2, dtype=torch.bool)),
        (torch.zeros(2, 4), torch.zeros(2, dtype=torch.int64), torch.zeros(2)),
    ],
)
def test_tensors_of_other_shapes_or_types_are_refused(
    xyxy: torch.Tensor, labels: torch.Tensor, crowd: torch.Tensor
) -> None:
    with pytest.raises(ValueError, match=r"^2 objects have float32 boxes \(2, 4\)"):
        Objects(xyxy, labels, crowd)
