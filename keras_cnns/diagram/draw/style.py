"""The look of a diagram: sizes in pixels, widths of letters. Colours are in `palettes`."""

from functools import lru_cache
from math import ceil, fsum

from keras_cnns.safe_text import LONGEST, shortened

DARK_TEXT = "#000000"

LEGEND = {
    "input": "input",
    "conv": "convolution",
    "pool": "pooling",
    "dense": "dense",
    "recurrent": "recurrent",
    "merge": "merge",
    "other": "other layer",
}

FONT = 13.0
CAPTION = 11.5
BADGE_FONT = 10.0
TITLE = 14.0

BOX_HEIGHT = 38.0
BOX_WIDTH = 76.0
BOX_PADDING = 8.0
BOX_TEXT = 70.0
LINE_HEIGHT = 15.0
DENSE_WIDTH = 24.0
DENSE_HEIGHT = 104.0
SMALL_DENSE_HEIGHT = 64.0
BADGE = 10.0
# Two badges on one edge must not touch.
BADGE_STEP = 2 * BADGE + 1.0

CAPTION_GAP = 4.0
# How far a caption may reach into the gap beside its box: less than to a line that turns there.
OVERHANG = 8.0
VERTICAL_CAPTION_GAP = 10.0

GAP = 26.0
ROW_GAP = 14.0
BUS = 14.0
TRACK = 9.0
BRACKET = 9.0
BRACKET_TICK = 5.0
BRACKET_LEAD = 18.0
# The boxes behind one that stands for several side by side, and how far each peeks out.
CARDS = 2
CARD_STEP = 4.0
PANEL = 20.0
# How far into a panel, beyond half of what is to spare, its arrow has come when it meets the first box.
PANEL_LEAD = 20.0
SIDE_STEP = 9.0
# Between the lane and the shelves, between panels beside each other, and between those in one column.
PANEL_GAP = 24.0
COLUMN_GAP = 28.0
STACK_GAP = 22.0
# How far from the lower edge of a box the second way into it comes in, and a number is from its arrow.
SECOND_WAY = 8.0
ARROW = 22.0
MARGIN = 10.0
LEGEND_GAP = 12.0

WIDEST = 2350.0
WIDEST_ROW = 1800.0
WIDEST_TEXT = 120.0
WIDEST_NOTE = 110.0
LONGEST_TEXT = 44
LONGEST_NOTE = 400
# Height to width: as much as a screen shows at once, and the most that a picture may have.
SHAPE = 0.55
TALLEST = 1.6

# Advance widths of Arial and its equals in thousandths of the size, from the Adobe Helvetica metrics.
_WIDTHS = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft·",
    333: "()-`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jckvxyzs",
    556: "#$0123456789?L_abdeghnopqu–",
    584: "+<=>~×",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1000: "…→",
    1015: "@",
}
WIDTHS = {letter: width / 1000 for width, letters in _WIDTHS.items() for letter in letters}
BOLD = 1.1


def even(length: float) -> float:
    """The next even number of pixels, so that halves are whole and lines are sharp."""
    return 2.0 * ceil(length / 2)


def text_width(string: str, size: float, bold: bool = False) -> float:
    """The width of one line in pixels; letters that Arial's table lacks count as the widest there are."""
    return size * _advance(string) * (BOLD if bold else 1.0)


@lru_cache(maxsize=4096)
def _advance(string: str) -> float:
    # `sum` rounds fractions differently from Python 3.12 on; `fsum` does not.
    return fsum(WIDTHS.get(letter, 1.0) for letter in string)


def wrapped(string: str, size: float, width: float, longest: int = LONGEST) -> list[str]:
    """Lines of whole words, none wider than `width`; only what is wider breaks after - and _, too."""
    plain = shortened(string, longest)
    for marks in (" ", " -_"):
        lines = _filled("".join(c + "\0" if c in marks else c for c in plain).split("\0"), size, width)
        if all(text_width(line, size) <= width for line in lines):
            break
    return lines


def balanced(string: str, size: float, width: float) -> list[str]:
    """As few lines as `wrapped` gives, of about equal length, with names in it that are cut already."""
    lines = wrapped(string, size, width, LONGEST_NOTE)
    while len(lines) > 1:
        widest = max(text_width(line, size) for line in lines)
        narrower = wrapped(string, size, widest - 0.01, LONGEST_NOTE)
        if len(narrower) > len(lines) or any(text_width(line, size) >= widest for line in narrower):
            break
        lines = narrower
    return lines


def _filled(words: list[str], size: float, width: float) -> list[str]:
    lines = [""]
    for word in words:
        if lines[-1] and text_width((lines[-1] + word).rstrip(), size) > width:
            lines.append("")
        lines[-1] += word
    return [line.strip() for line in lines if line.strip()] or [" "]
