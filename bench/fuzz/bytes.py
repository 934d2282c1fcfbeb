"""Changes of bytes, whatever they mean, and of the sizes that a picture's head states."""

import struct
import zlib
from collections.abc import Callable

import numpy as np

Change = Callable[[bytes, np.random.Generator], bytes]
"""Returns other bytes of valid ones."""


def bytes_changed(content: bytes, rng: np.random.Generator) -> bytes:
    """Returns the bytes after one to three changes: flipped, cut, inserted, zeroed, doubled, or other numbers."""
    changed = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        length = len(changed)
        at = int(rng.integers(min(length, 64 if rng.random() < 0.4 else length) or 1))
        size = int(rng.integers(1, 17))
        match rng.integers(8):
            case 0 | 1 if length:
                changed[at] ^= 1 << int(rng.integers(8))
            case 2:
                del changed[at if rng.random() < 0.5 else length // 2 :]
            case 3:
                changed[at:at] = rng.bytes(size)
            case 4:
                changed[at : at + size] = bytes(min(size, length - at))
            case 5:
                changed[at:at] = changed[at : at + size]
            case 6:
                del changed[at : at + size]
            case _:
                numbers = (0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
                changed[at : at + 4] = struct.pack(str(rng.choice(["<I", ">I"])), numbers[rng.integers(len(numbers))])
    return bytes(changed)


def picture_changed(content: bytes, rng: np.random.Generator) -> bytes:
    """Returns a PNG whose head states other sizes with a right check sum; other formats get other bytes."""
    if not content.startswith(b"\x89PNG"):
        return bytes_changed(content, rng)
    sides = (0, 1, 31, 5000, 60_000, 2**31 - 1, 2**31)
    width, height = sides[rng.integers(len(sides))], sides[rng.integers(len(sides))]
    head = b"IHDR" + struct.pack(">II", width, height) + content[24:29]
    return content[:12] + head + struct.pack(">I", zlib.crc32(head)) + content[33:]
