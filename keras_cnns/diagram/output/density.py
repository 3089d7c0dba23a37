"""How large a bitmap is on paper: its pixels to the inch, written into its bytes.

Graphviz' engines leave it out, or write what the layout had and not the bitmap has.
"""

import struct
import zlib

PNG = b"\x89PNG\r\n\x1a\n"
INCH = 0.0254  # metres
# What a JPEG begins with: the start of the image, and where a program says of which kind it is.
START, APP0 = b"\xff\xd8", b"\xff\xe0"


def with_density(bitmap: bytes, dpi: int) -> bytes:
    """Return the same PNG or JPEG with `dpi` pixels to the inch in both directions.

    PNG counts in pixels to the metre (PNG, third edition, 11.3.4.3), JPEG in pixels to the inch (JFIF 1.02).
    Bytes of another kind are returned as they are.
    """
    if bitmap.startswith(PNG):
        return _png(bitmap, round(dpi / INCH))
    if bitmap.startswith(START):
        return _jpeg(bitmap, dpi)
    return bitmap


def _png(bitmap: bytes, per_metre: int) -> bytes:
    """Chunks are a length, a name, as many bytes, and a checksum; the density comes before the pixels."""
    chunks, at = [], len(PNG)
    while at < len(bitmap):
        end = at + 12 + int.from_bytes(bitmap[at : at + 4], "big")
        if bitmap[at + 4 : at + 8] != b"pHYs":
            chunks.append(bitmap[at:end])
        at = end
    named = b"pHYs" + struct.pack(">IIB", per_metre, per_metre, 1)
    density = struct.pack(">I", len(named) - 4) + named + struct.pack(">I", zlib.crc32(named))
    return PNG + chunks[0] + density + b"".join(chunks[1:])


def _jpeg(bitmap: bytes, dpi: int) -> bytes:
    jfif = b"JFIF\0" + struct.pack(">BBBHHBB", 1, 2, 1, *[min(dpi, 0xFFFF)] * 2, 0, 0)
    rest = bitmap[len(START) :]
    if rest.startswith(APP0) and rest[4:9] == b"JFIF\0":
        rest = rest[2 + int.from_bytes(rest[2:4], "big") :]
    return START + APP0 + struct.pack(">H", len(jfif) + 2) + jfif + rest
