"""Letters of the fonts that every reader of PDF has: their codes and widths.

PDF (ISO 32000-1, 9.6.2.2) names 14 fonts that need not be in a file. Widths are thousandths of the size, from
the Adobe metrics of these fonts.
"""

from collections.abc import Iterator
from itertools import groupby
from math import fsum

PLAIN, BOLD, SYMBOLS = "Helvetica", "Helvetica-Bold", "Symbol"

_PLAIN = {
    191: "'",
    222: "ijl‚‘’",
    260: "|¦",
    278: " !,./:;I[\\]ft·ÌÍÎÏìíîï",
    333: "()-`r„ˆ‹“”˜›¡¨¯²³´¸¹",
    334: "{}",
    350: "•",
    355: '"',
    365: "º",
    370: "ª",
    389: "*",
    400: "°",
    469: "^",
    500: "Jcksvxyzšžçýÿ",
    537: "¶",
    556: "#$0123456789?L_abdeghnopqu€ƒ†‡–¢£¤¥§«µ»àáâãäåèéêëðñòóôõöùúûüþ",
    584: "+<=>~¬±×÷",
    611: "FTZŽ¿ßø",
    667: "&ABEKPSVXYŠŸÀÁÂÃÄÅÈÉÊËÝÞ",
    722: "CDHNRUwÇÐÑÙÚÛÜ",
    737: "©®",
    778: "GOQÒÓÔÕÖØ",
    833: "Mm",
    834: "¼½¾",
    889: "%æ",
    944: "Wœ",
    1000: "…‰Œ—™Æ",
    1015: "@",
}
_BOLD = {
    238: "'",
    278: " ,./I\\ijl‚‘’·ÌÍÎÏìíîï",
    280: "|¦",
    333: "!()-:;[]`ftˆ‹˜›¡¨¯²³´¸¹",
    350: "•",
    365: "º",
    370: "ª",
    389: "*r{}",
    400: "°",
    474: '"',
    500: "z„“”ž",
    556: "#$0123456789J_aceksvxy€ƒ†‡–š¢£¤¥§«¶»àáâãäåçèéêëýÿ",
    584: "+<=>^~¬±×÷",
    611: "?FLTZbdghnopquŽµ¿ßðñòóôõöøùúûüþ",
    667: "EPSVXYŠŸÈÉÊËÝÞ",
    722: "&ABCDHKNRUÀÁÂÃÄÅÇÐÑÙÚÛÜ",
    737: "©®",
    778: "GOQwÒÓÔÕÖØ",
    833: "M",
    834: "¼½¾",
    889: "%mæ",
    944: "Wœ",
    975: "@",
    1000: "…‰Œ—™Æ",
}
# Codes in the font Symbol, and the names by which a reader knows what to copy.
_SYMBOLS = {"←": 0xAC, "↑": 0xAD, "→": 0xAE, "↓": 0xAF, "≤": 0xA3, "≥": 0xB3, "≠": 0xB9, "≈": 0xBB, "∞": 0xA5}
_SYMBOLS |= {
    "α": 0x61,
    "β": 0x62,
    "γ": 0x67,
    "δ": 0x64,
    "ε": 0x65,
    "λ": 0x6C,
    "μ": 0x6D,
    "σ": 0x73,
    "Σ": 0x53,
}
_NAMES = "arrowleft arrowup arrowright arrowdown lessequal greaterequal notequal approxequal infinity"
_NAMES += " alpha beta gamma delta epsilon lambda mu sigma Sigma"
SYMBOL_NAMES = dict(zip(_SYMBOLS.values(), _NAMES.split()))
_SYMBOL_WIDTHS = {
    987: "←→",
    603: "↑↓γσ",
    549: "≤≥≠≈βλ",
    713: "∞",
    631: "α",
    494: "δ",
    439: "ε",
    576: "μ",
    592: "Σ",
}


def _by_letter(widths: dict[int, str]) -> dict[str, int]:
    return {letter: width for width, letters in widths.items() for letter in letters}


WIDTHS = {PLAIN: _by_letter(_PLAIN), BOLD: _by_letter(_BOLD), SYMBOLS: _by_letter(_SYMBOL_WIDTHS)}


def with_escapes(string: str) -> str:
    """Return the string with what these fonts have not as the escapes of Python, such as \\u65e5."""
    known = WIDTHS[PLAIN].keys() | WIDTHS[SYMBOLS].keys()
    return "".join(c if c in known else c.encode("ascii", "backslashreplace").decode() for c in string)


def runs(string: str, bold: bool) -> Iterator[tuple[str, bytes]]:
    """Split a string of known letters by font; give each part in the codes of its font."""
    font = BOLD if bold else PLAIN
    for symbols, letters in groupby(string, key=lambda c: c in _SYMBOLS and c not in WIDTHS[font]):
        part = "".join(letters)
        yield (SYMBOLS, bytes(map(_SYMBOLS.__getitem__, part))) if symbols else (font, part.encode("cp1252"))


def natural_width(string: str, bold: bool) -> float:
    """The width of a string of known letters, in sizes of the font."""
    widths = WIDTHS[SYMBOLS] | WIDTHS[BOLD if bold else PLAIN]
    return fsum(widths[letter] for letter in string) / 1000
