"""The legend: the kinds of boxes and badges that occur, and what all convolutions have in common."""

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.palettes import ARTICLE, Palette
from keras_cnns.diagram.draw.scene import Circle, Rectangle, Shape, Text
from keras_cnns.diagram.fold.layer_labels import Badge
from keras_cnns.diagram.fold.parts import Folded
from keras_cnns.safe_text import shortened

SWATCH = (26.0, 16.0)
SPACE = 24.0
STEP = 26.0


def legend(
    folded: Folded, common: tuple[Badge, ...], width: float, palette: Palette = ARTICLE
) -> list[Shape]:
    """Return the legend's shapes, in lines no wider than `width`, from (0, 0) down."""
    shapes: list[Shape] = []
    x, y = 0.0, STEP / 2
    if common:
        words = "All convolutions are followed by " + " and ".join(badge.name for badge in common) + "."
        length = style.text_width(words, style.FONT)
        shapes.append(Text(length / 2, y, words, style.FONT, length))
        y += STEP
    for key, words in entries(folded, common):
        length = style.text_width(words, style.FONT)
        wide = SWATCH[0] if isinstance(key, str) else 2 * style.BADGE
        if x and x + wide + 6.0 + length > width:
            x, y = 0.0, y + STEP
        if isinstance(key, str):
            shapes.append(Rectangle(x, y - SWATCH[1] / 2, *SWATCH, palette.kinds[key]))
        else:
            shapes += _disc(key, x + style.BADGE, y, palette)
        shapes.append(Text(x + wide + 6.0 + length / 2, y, words, style.FONT, length))
        x += wide + 6.0 + length + SPACE
    return shapes


def entries(folded: Folded, common: tuple[Badge, ...]) -> list[tuple[str | Badge, str]]:
    """What occurs, kinds before badges, and its meaning."""
    drawn = folded.boxes()
    kinds = {box.kind for box in drawn}
    badges: dict[str, list[str]] = {}
    first: dict[str, Badge] = {}
    for box in drawn:
        after = () if box.kind == "conv" and box.typical.badges == common else box.typical.badges
        for badge in (*box.typical.before, *after):
            names = badges.setdefault(badge.letters, [])
            first.setdefault(badge.letters, badge)
            if badge.name not in names:
                names.append(badge.name)
    merges = ", ".join(dict.fromkeys(box.label for box in drawn if box.kind == "merge"))
    words = style.LEGEND | {"merge": shortened(merges)}
    said: list[tuple[str | Badge, str]] = [(kind, words[kind]) for kind in words if kind in kinds]
    return said + [(first[letters], shortened(", ".join(names))) for letters, names in badges.items()]


def _disc(badge: Badge, x: float, y: float, palette: Palette) -> list[Shape]:
    fill = palette.activation if badge.activates else palette.function
    size = style.BADGE_FONT
    width = style.text_width(badge.letters, size)
    return [
        Circle(x, y, style.BADGE, fill),
        Text(x, y, badge.letters, size, width, colour=palette.text_on(fill)),
    ]
