"""How targets travel: the objects of a batch as ``(N, M, 6)``, and masks as bytes ``(N, H, W)``.

A row of objects has left, top, right and bottom in pixels, the label from 0, and 1 for a crowd region.
"""

from typing import Literal

PADDING = -1
"""The label of rows that only fill up a batch."""

SIZE_ROW = -2
"""The label of the row that has the width and the height of the original image."""

IGNORED = 255
"""The label of pixels that do not count."""

Target = Literal["classes", "boxes", "masks"]
"""What is to be learned of an image: its class, the boxes of its objects, or the class of each of its pixels."""
