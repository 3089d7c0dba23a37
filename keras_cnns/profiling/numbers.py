"""Numbers for people, and how many bytes one takes in memory."""

import re
from collections.abc import Sequence
from math import ceil

from keras_cnns.graph import Shape


def itemsize(dtype: str) -> int:
    """Bytes of one number: 4 for float32, 2 for bfloat16, 1 for bool; an int4 takes a whole one, too."""
    bits = re.search(r"(?:float|int|complex)(\d+)", str(dtype))
    return max(1, ceil(int(bits[1]) / 8)) if bits else 1


def short(count: float, bare: str = "") -> str:
    """Three significant digits with their unit: 328 k, 725 M, 3.86 G; small counts as they are."""
    for unit, factor in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= factor * 0.9995:
            return f"{count / factor:#.3g}".rstrip(".") + f" {unit}"
    return f"{count:g}{bare}"


def memory(size: int) -> str:
    """Bytes in decimal units: 61.0 MB."""
    return short(size, " ") + "B"


def shape_text(shape: Shape) -> str:
    """A shape without its batch: 7×7×512."""
    return "×".join("?" if size is None else str(size) for size in shape[1:]) or "1"


def percent(share: float) -> str:
    """A part of a whole, 0 to 1, in per cent; empty for nothing."""
    return "" if not share else "<1 %" if share < 0.01 else f"{100 * share:.0f} %"


def axes_text(sizes: int | Sequence[int] | None) -> str:
    """One number for all axes, or one for each: 212, 9×1."""
    if sizes is None:
        return ""
    return "×".join(map(str, sizes)) if isinstance(sizes, (tuple, list)) else str(sizes)
