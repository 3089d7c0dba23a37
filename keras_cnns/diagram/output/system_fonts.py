"""Fonts of the machine that have letters which the package's own have not, such as Japanese ones."""

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

Font = tuple[Path, int]  # a file, and which of the fonts in it

SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
# A label is set in an upright sans-serif of a common weight, if there is one.
OTHER_SHAPES = ("bold", "italic", "oblique", "light", "thin", "black", "heavy", "mono", "serif", "condensed")
MAY_NOT_BE_EMBEDDED = 0x0002  # in the field fsType of a font


@lru_cache(maxsize=16)
def fonts_for(letters: frozenset[str]) -> dict[str, Font]:
    """Return for each letter that a font of the machine has the first such font, in order of preference."""
    found: dict[str, Font] = {}
    if letters:
        for font in _fonts():
            found |= dict.fromkeys(_letters_in(font, letters - found.keys()), font)
            if len(found) == len(letters):
                break
    return found


def folders() -> list[Path]:
    """Return where this system keeps fonts."""
    home, of = Path.home(), os.environ.get
    if sys.platform == "win32":
        local = of("LOCALAPPDATA", str(home / "AppData/Local"))
        return [Path(of("WINDIR", "C:/Windows")) / "Fonts", Path(local) / "Microsoft/Windows/Fonts"]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    data = of("XDG_DATA_HOME", str(home / ".local/share"))
    shared = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
    return [*shared, Path(data) / "fonts", home / ".fonts"]


def _fonts() -> Iterator[Font]:
    from fontTools.ttLib import TTLibError
    from fontTools.ttLib.sfnt import readTTCHeader

    files = [file for folder in folders() for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES]
    for file in sorted(files, key=_order):
        count = 1
        if file.suffix.lower() in (".ttc", ".otc"):
            try:
                with file.open("rb") as opened:
                    count = readTTCHeader(opened).numFonts
            except (OSError, TTLibError):
                continue
        yield from ((file, number) for number in range(count))


def _order(file: Path) -> tuple[int, bool, str]:
    name = file.name.lower().replace("sansserif", "sans")
    return sum(shape in name for shape in OTHER_SHAPES), "sans" not in name, str(file)


def _letters_in(font: Font, letters: frozenset[str]) -> set[str]:
    """Which of the letters can be taken from a font; none if it is damaged or may not be embedded."""
    from fontTools.ttLib import TTFont

    file, number = font
    try:
        with file.open("rb") as opened:
            tables = TTFont(opened, fontNumber=number, lazy=True)
            has_outlines = "glyf" in tables or "CFF " in tables
            if not has_outlines or tables["OS/2"].fsType & 0x000F == MAY_NOT_BE_EMBEDDED:
                return set()
            codes = tables.getBestCmap() or {}
            return {letter for letter in letters if ord(letter) in codes}
    except Exception:  # fontTools raises errors of many kinds at a damaged file
        return set()
