"""A box before it has its place: its words, its size, and what is written beside it."""

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.fragments import Fragment, Orientation
from keras_cnns.diagram.draw.palettes import Palette
from keras_cnns.diagram.draw.scene import Circle, Rectangle, Text
from keras_cnns.diagram.fold.drawn_layer import Badge
from keras_cnns.diagram.fold.parts import Box, Part, Repeat
from keras_cnns.records import record


@record(frozen=True, slots=True)
class Face:
    """The look of a box: `length` along and `across`, badges `before` and `after`, `captions` beside it.

    The captions of a box that branches join from below stand `above` it. `cards` are drawn behind it.
    """

    words: list[str]
    length: float
    across: float
    before: tuple[Badge, ...]
    after: tuple[Badge, ...]
    captions: Fragment
    above: bool
    cards: int
    tall: bool

    def caption_depth(self, orientation: Orientation) -> float:
        """How far from the axis captions may begin: beyond the box and badges that they would meet."""
        depth = self.across / 2
        if self.above:
            return depth + max(self.badge_room(True, orientation), style.CARD_STEP * self.cards)
        between = self.length / 2 - style.BADGE - 1.0
        meets = self.captions.length / 2 > between or (orientation.vertical and len(self.after) > 2)
        return depth + self.badge_room(False, orientation) * meets

    def badge_room(self, above: bool, orientation: Orientation) -> float:
        """How far badges stick out of the box on that side of the axis."""
        if orientation.vertical:
            there = self.before if above else self.after
            return style.BADGE * bool(there)
        most = max(len(self.before), len(self.after))
        return style.BADGE * (most > 0 if above else most > 1)


def row_of(parts: list[Part]) -> list[Box]:
    """The boxes that stand beside each other on one axis, those in brackets included."""
    boxes = [part for part in parts if isinstance(part, Box)]
    return boxes + [box for part in parts if isinstance(part, Repeat) for box in row_of(part.body)]


def box_words(box: Box) -> list[str]:
    """The lines in a box; a dense layer's units stand below it."""
    if box.kind == "dense":
        return []
    one_line = box.module and box.ways == 1
    return style.wrapped(box.text, style.FONT, style.WIDEST_TEXT if one_line else style.BOX_TEXT)


def box_size(box: Box, words: list[str], lane: bool) -> tuple[float, float]:
    """Width and height of a box: room for its words, and for badges that do not touch."""
    if box.kind == "dense":
        return style.DENSE_WIDTH, style.DENSE_HEIGHT if lane else style.SMALL_DENSE_HEIGHT
    width = max(style.text_width(word, style.FONT) for word in words) + 2 * style.BOX_PADDING
    height = style.LINE_HEIGHT * len(words) + style.BOX_PADDING
    badges = style.BADGE_STEP * (max(len(box.typical.before), len(box.typical.badges)) - 1)
    return style.even(max(style.BOX_WIDTH, width)), style.even(max(style.BOX_HEIGHT, height, badges))


def draw_badges(
    whole: Fragment, face: Face, middle: float, orientation: Orientation, palette: Palette
) -> None:
    """Circles on the corners: what comes first at the left, what follows at the right, from the top."""
    width, height = orientation.along(face.length, face.across)
    for badges, side in ((face.before, -width / 2), (face.after, width / 2)):
        step = max(height, style.BADGE_STEP * (len(badges) - 1)) / max(1, len(badges) - 1)
        for i, badge in enumerate(badges):
            dx, dy = orientation.along(side, -height / 2 + i * step)
            _badge(whole, badge, middle + dx, dy, palette)


def draw_cards(whole: Fragment, face: Face, x: float, fill: str) -> None:
    """The boxes behind the one in front, the hindmost first; they say nothing of their own."""
    for i in range(face.cards, 0, -1):
        shift = style.CARD_STEP * i
        card = Rectangle(x + shift, -face.across / 2 - shift, face.length, face.across, fill)
        whole.shapes.append(card)


def _badge(whole: Fragment, badge: Badge, x: float, y: float, palette: Palette) -> None:
    fill = palette.activation if badge.activates else palette.function
    size = style.BADGE_FONT
    whole.shapes.append(Circle(x, y, style.BADGE, fill, badge.name))
    width, colour = style.text_width(badge.letters, size), palette.text_on(fill)
    whole.shapes.append(Text(x, y, badge.letters, size, width, colour=colour))
