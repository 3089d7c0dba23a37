"""The legend: the kinds of boxes and badges that occur, and what nearly all convolutions have in common."""

import re

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.palettes import ARTICLE, Palette
from keras_cnns.diagram.draw.scene import Circle, Rectangle, Shape, Text
from keras_cnns.diagram.fold.drawn_layer import Badge
from keras_cnns.diagram.fold.note_words import listed
from keras_cnns.diagram.fold.parts import LONGEST_TITLE, Box, Folded
from keras_cnns.safe_text import shortened

ORDER = ("input", "conv", "pool", "dense", "recurrent", "merge", "other")
SWATCH = (26.0, 16.0)
WORD_GAP = 6.0
# Between entries: as it should be, and as little as it may be.
SPACES = (24.0, 16.0)
STEP = 26.0

Entry = tuple[str | Badge, str]


def legend(
    folded: Folded,
    common: tuple[Badge, ...],
    width: float,
    palette: Palette = ARTICLE,
    sentence: str = "",
) -> list[Shape]:
    """Return the legend's shapes from (0, 0) down: in one line if it fits into `width`, else in even ones.

    The `sentence` comes last.
    """
    sentences = (common_sentence(folded, common), closed_sentence(folded), sentence)
    return in_lines(entries(folded, common), [one for one in sentences if one], width, palette)


def in_lines(said: list[Entry], sentences: list[str], width: float, palette: Palette) -> list[Shape]:
    """Return the shapes of entries and of sentences after them, from (0, 0) down."""
    lines, space = _lines(said, width)
    shapes: list[Shape] = []
    x, y = 0.0, -STEP / 2
    for line in lines:
        x, y = 0.0, y + STEP
        for entry in line:
            shapes += _entry(entry, x, y, palette)
            x += _length(entry) + space
    for sentence in sentences:
        for words in _wrapped(sentence, width):
            length = style.text_width(words, style.FONT)
            if y < 0 or x + length > width:
                x, y = 0.0, y + STEP
            shapes.append(Text(x + length / 2, y, words, style.FONT, length))
            x += length + SPACES[0]
    return shapes


def _wrapped(sentence: str, width: float) -> list[str]:
    """The sentence in lines that fit; a word is never broken."""
    lines = [""]
    for word in sentence.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and style.text_width(longer, style.FONT) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def common_sentence(folded: Folded, common: tuple[Badge, ...]) -> str:
    """What nearly all convolutions have in common, as a sentence; nothing if that is nothing."""
    if not common:
        return ""
    boxes = [box for box in folded.boxes() if box.kind == "conv"]
    all_have = all(instance.badges == common for box in boxes for instance in box.instances)
    which = "All convolutions" if all_have else "All convolutions but those marked otherwise"
    return f"{which} are followed by " + " and ".join(badge.name for badge in common) + "."


def closed_sentence(folded: Folded) -> str:
    """Which layers of a person's own are one box because their `call` cannot be followed."""
    closed = [vertex.kind for vertex in folded.vertices if vertex.why_closed]
    names = listed([shortened(name, LONGEST_TITLE) for name in dict.fromkeys(closed)])
    return f"{names} cannot be opened." if closed else ""


def entries(folded: Folded, common: tuple[Badge, ...]) -> list[Entry]:
    """What occurs and its meaning: kinds of boxes, normalizations, activations, softmax."""
    drawn = folded.boxes()
    kinds = {box.kind for box in drawn}
    names: dict[str, set[str]] = {}
    first: dict[str, Badge] = {}
    for badge in sorted({badge for box in drawn for badge in _shown(box, common)}, key=_rank):
        first.setdefault(badge.letters, badge)
        names.setdefault(badge.letters, set()).add(badge.name)
    merges = ", ".join(sorted({box.label for box in drawn if box.kind == "merge"}))
    words = style.LEGEND | {"merge": shortened(merges)}
    said: list[Entry] = [(kind, words[kind]) for kind in ORDER if kind in kinds]
    said += [(kind, words[kind]) for kind in words if kind in kinds and kind not in ORDER]
    return said + [(badge, shortened(_meaning(badge, names[key]))) for key, badge in first.items()]


def _meaning(badge: Badge, names: set[str]) -> str:
    """The α of a normalization is one of its constants; it is said where it tells one from another."""
    if badge.activates or len(names) > 1:
        return ", ".join(sorted(names))
    return re.sub(r" \(α [^)]*\)$", "", badge.name)


def _shown(box: Box, common: tuple[Badge, ...]) -> tuple[Badge, ...]:
    after = () if box.kind == "conv" and box.typical.badges == common else box.typical.badges
    return (*box.typical.before, *after)


def _rank(badge: Badge) -> tuple[int, str]:
    return (2 if badge.letters == "S" else int(badge.activates)), badge.name


def _lines(said: list[Entry], width: float) -> tuple[list[list[Entry]], float]:
    """As few lines as fit, of about equal length, so that no entry stands alone."""
    for space in SPACES:
        if sum(map(_length, said)) + space * (len(said) - 1) <= width:
            return [said], space
    space = SPACES[0]
    narrowest = max(map(_length, said), default=0.0)
    count = len(_broken(said, width, space))
    limits = [narrowest + (max(width, narrowest) - narrowest) * k / 20 for k in range(21)]
    even = next(limit for limit in limits if len(_broken(said, limit, space)) <= count)
    return _broken(said, even, space), space


def _broken(said: list[Entry], width: float, space: float) -> list[list[Entry]]:
    lines: list[list[Entry]] = []
    x = 0.0
    for entry in said:
        if not lines or x + _length(entry) > width:
            lines.append([])
            x = 0.0
        lines[-1].append(entry)
        x += _length(entry) + space
    return lines


def _length(entry: Entry) -> float:
    key, words = entry
    wide = SWATCH[0] if isinstance(key, str) else 2 * style.BADGE
    return wide + WORD_GAP + style.text_width(words, style.FONT)


def _entry(entry: Entry, x: float, y: float, palette: Palette) -> list[Shape]:
    key, words = entry
    length = style.text_width(words, style.FONT)
    text = Text(x + _length(entry) - length / 2, y, words, style.FONT, length)
    if isinstance(key, str):
        return [Rectangle(x, y - SWATCH[1] / 2, *SWATCH, palette.kinds[key]), text]
    fill = palette.activation if key.activates else palette.function
    size, at = style.BADGE_FONT, x + style.BADGE
    letters = Text(
        at, y, key.letters, size, style.text_width(key.letters, size), colour=palette.text_on(fill)
    )
    return [Circle(at, y, style.BADGE, fill), letters, text]
