"""Which font of a PDF has which letter."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import bidirectional, category

from keras_cnns.diagram.output.system_fonts import Font

if TYPE_CHECKING:
    from fpdf import FPDF

FOLDER = Path(__file__).parent / "fonts"
OURS = {"": FOLDER / "sans.ttf", "B": FOLDER / "sans-bold.ttf"}
FAMILY = "sans"
Style = tuple[str, str]  # a family and its weight, as fpdf2 calls them


class Letters:
    """The package's two fonts, which have the same letters, and fonts of the machine for others."""

    def __init__(self, others: dict[str, Font] | None = None) -> None:
        """`others` has the font of each letter beyond the package's."""
        self._others = others or {}
        self._families = {font: f"other{i}" for i, font in enumerate(dict.fromkeys(self._others.values()))}

    def add_to(self, pdf: "FPDF") -> None:
        """Make the fonts known to a PDF."""
        for weight, file in OURS.items():
            pdf.add_font(FAMILY, weight, file)
        for (file, number), family in self._families.items():
            pdf.add_font(family, "", file, collection_font_number=number)

    def missing(self, strings: Iterable[str]) -> frozenset[str]:
        """Return the letters that will be escapes."""
        return frozenset(letter for string in strings for letter in self._escaped(string))

    def with_escapes(self, string: str) -> str:
        """Return the string with what has no font as the escapes of Python, such as \\u65e5."""
        missing = self._escaped(string)
        return "".join(c.encode("ascii", "backslashreplace").decode() if c in missing else c for c in string)

    def parts(self, string: str, bold: bool) -> Iterator[tuple[Style, str]]:
        """Split a string without what is missing by font."""
        own = FAMILY, "B" if bold else ""
        for font, letters in groupby(string, key=lambda c: None if c in _ours() else self._others[c]):
            yield (own if font is None else (self._families[font], "")), "".join(letters)

    def _escaped(self, string: str) -> set[str]:
        foreign = set(string) - _ours()
        # A letter alone would be at the wrong end of its word, or without what stands on it.
        return foreign if any(map(_needs_shaping, foreign)) else foreign - self._others.keys()


def _needs_shaping(letter: str) -> bool:
    return bidirectional(letter) in ("R", "AL", "AN") or category(letter).startswith("M")


@cache
def _ours() -> frozenset[str]:
    from fontTools.ttLib import TTFont

    with TTFont(OURS[""]) as font:
        return frozenset(map(chr, font.getBestCmap()))
