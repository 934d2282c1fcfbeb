"""How targets travel: the objects of a batch as ``(N, M, 7)``, and masks as bytes ``(N, H, W)``.

A row of objects has left, top, right and bottom in pixels, the label from 0, 1 for a crowd region, and the
area of the object in pixels of the original image, which is that of its polygons where the annotation states it.
"""

from typing import Literal

COLUMNS = 7
"""The numbers of an object."""

PADDING = -1
"""The label of rows that only fill up a batch."""

SIZE_ROW = -2
"""The label of the row that has the width and the height of the original image."""

IGNORED = 255
"""The label of pixels that do not count."""

Target = Literal["classes", "boxes", "masks"]
"""What is to be learned of an image: its class, the boxes of its objects, or the class of each of its pixels."""
