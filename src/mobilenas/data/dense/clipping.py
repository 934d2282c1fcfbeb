"""Clips boxes to their images, and counts those that cannot be used."""

import numpy as np
from numpy.typing import NDArray

Boxes64 = NDArray[np.float64]


def clip_boxes(boxes: Boxes64, heights_and_widths: Boxes64) -> tuple[Boxes64, NDArray[np.bool_], dict[str, int]]:
    """Returns the boxes within their images, whether each can be used, and how many cannot, by kind.

    Args:
        boxes: left, top, right and bottom of each box, ``(A, 4)``
        heights_and_widths: the size of each box's image, ``(A, 2)``
    """
    sides = heights_and_widths[:, ::-1]
    flat = _without_area(boxes)
    outside = ((boxes[:, :2] >= sides) | (boxes[:, 2:] <= 0)).any(1) & ~flat
    clipped = np.clip(boxes, 0, np.hstack((sides, sides)))
    flat |= _without_area(clipped.astype(np.float32)) & ~outside  # less than a float of 32 bits can tell
    counts = {"boxes without area": int(flat.sum()), "boxes outside their image": int(outside.sum())}
    kept: NDArray[np.bool_] = ~(flat | outside)
    return clipped, kept, {kind: count for kind, count in counts.items() if count}


def _without_area(boxes: NDArray[np.floating]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = np.any(boxes[:, 2:] <= boxes[:, :2], axis=1)
    return found
