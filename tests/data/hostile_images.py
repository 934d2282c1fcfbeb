"""Files that swallow memory, time or the program that opens them, each a few kilobytes large or a few megabytes."""

import io
import struct
import zlib
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image

SMALL = Image.fromarray(np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3))


def saved(kind: str, image: Image.Image = SMALL, **how: object) -> bytes:
    """The bytes of a file of a format."""
    file = io.BytesIO()
    image.save(file, kind, **how)  # type: ignore[arg-type]
    return file.getvalue()


def zeros(count: int) -> bytes:
    """Many zeros, compressed."""
    packer = zlib.compressobj(9)
    return b"".join([*(packer.compress(bytes(2**20)) for _ in range(count // 2**20)), packer.flush()])


def png(width: int, height: int, pixels: bytes, before: tuple[tuple[bytes, bytes], ...] = (), kind: int = 2) -> bytes:
    """A PNG with compressed pixels and more chunks."""
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    chunks = ((b"IHDR", head), *before, (b"IDAT", pixels), (b"IEND", b""))
    parts = [struct.pack(">I", len(one)) + of + one + struct.pack(">I", zlib.crc32(of + one)) for of, one in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def tiff(**tags: int) -> bytes:
    """A small TIFF in which the value of a tag is another one."""
    content = bytearray(saved("TIFF"))
    numbers = {"width": 256, "height": 257, "offset": 273, "samples": 277, "rows": 278, "bytes": 279}
    (start,) = struct.unpack_from("<I", content, 4)
    for entry in range(start + 2, start + 2 + 12 * struct.unpack_from("<H", content, start)[0], 12):
        for name, value in tags.items():
            if struct.unpack_from("<H", content, entry)[0] == numbers[name]:
                struct.pack_into("<HII", content, entry + 2, 4, 1, value)
    return bytes(content)


def jpeg(width: int, height: int) -> bytes:
    """A small JPEG whose head states another size."""
    content = bytearray(saved("JPEG"))
    struct.pack_into(">HH", content, content.index(b"\xff\xc0") + 5, height, width)
    return bytes(content)


def gif(frames: int) -> bytes:
    """A small GIF that repeats its picture."""
    content = saved("GIF", SMALL.convert("P"))
    start = content.index(b"\x2c\x00\x00\x00\x00\x08\x00\x08\x00")
    return content[:start] + content[start:-1] * frames + b";"


def webp(width: int, height: int) -> bytes:
    """A small lossless WebP whose head states another size."""
    content = bytearray(saved("WEBP", lossless=True))
    place = content.index(b"VP8L") + 9
    (bits,) = struct.unpack_from("<I", content, place)
    struct.pack_into("<I", content, place, bits & ~0xFFFFFFF | (height - 1) << 14 | (width - 1))
    return bytes(content)


PIXELS = zlib.compress(bytes(8 * (8 * 3 + 1)))

HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "a PNG of 60,000 x 60,000": lambda: png(60_000, 60_000, zeros(2**24)),
    "a PNG of 90 million pixels": lambda: png(9_000, 10_000, zeros(9_000 * 3 * 10_000 + 2**24)),
    "a PNG with a text of 256 MB": lambda: png(8, 8, PIXELS, ((b"zTXt", b"a\0\0" + zeros(2**28)),)),
    "a PNG with a profile of 256 MB": lambda: png(8, 8, PIXELS, ((b"iCCP", b"a\0\0" + zeros(2**28)),)),
    "a PNG with a chunk of 2 GB": lambda: png(8, 8, PIXELS, ((b"tEXt", b"a\0b"),)).replace(b"\0\0\0\3", b"\x7f\0\0\3"),
    "a JPEG of 65,535 x 65,535": lambda: jpeg(65_535, 65_535),
    "a JPEG that is cut": lambda: saved("JPEG")[:-20],
    "a TIFF of 60,000 x 60,000": lambda: tiff(width=60_000, height=60_000),
    "a TIFF with a strip of 4 GB": lambda: tiff(bytes=2**32 - 1, rows=2**32 - 1, height=80),
    "a TIFF with a strip behind its end": lambda: tiff(offset=2**31),
    "a TIFF of 65,535 channels": lambda: tiff(samples=65_535),
    "a WebP of 16,383 x 16,383": lambda: webp(16_383, 16_383),
    "a BMP of 60,000 x 60,000": lambda: saved("BMP")[:18] + struct.pack("<ii", 60_000, 60_000) + saved("BMP")[26:],
    "a PPM of 60,000 x 60,000": lambda: b"P6 60000 60000 255\n" + bytes(100),
    "a PPM with a number that does not end": lambda: b"P6 " + b"9" * 10_000_000,
    "a program in PostScript": lambda: (
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(made) (w) file\n"
    ),
    "a program in XPM": lambda: b'/* XPM */\nstatic char *a[] = {\n"1 1 1 1",\n"a c #000000",\n"a"\n};\n',
    "an SVG": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "a pickle": lambda: b"cos\nsystem\n(S'touch made'\ntR.",
    "an archive": lambda: b"PK\x03\x04" + bytes(100),
    "nothing": lambda: b"",
}

STRANGE: Mapping[str, Callable[[], bytes]] = {  # these are pictures that a person can see
    "a GIF of 10,000 frames": lambda: gif(10_000),
    "a TIFF of 500 pages": lambda: saved("TIFF", save_all=True, append_images=[SMALL] * 499),
    "a PNG of 88 million transparent pixels": lambda: png(9_380, 9_380, zeros(9_380 * 4 * 9_380 + 2**20), kind=6),
    "a PNG of one line": lambda: png(80_000_000, 1, zeros(80_000_000 * 3 + 2**20)),
}
