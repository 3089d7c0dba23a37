"""The lines under the boxes of an inside, which the page fills in: the shapes of the copies shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.captions import size
from keras_cnns.diagram.draw.fragments import Fragment, Orientation
from keras_cnns.diagram.draw.paint import BoxMarks
from keras_cnns.diagram.draw.scene import Text
from keras_cnns.diagram.fold.drawn_layer import DrawnLayer
from keras_cnns.diagram.fold.parts import Box

# The classes of what the page writes: the shape of the first and of the last, and of what was there already.
FIRST, LAST, NOTE = "s1", "s2", "note"
SOME_SHAPE = "112×112×256"


@dataclass(frozen=True, slots=True)
class Figures:
    """Adds room for shapes to the captions of a box, and marks the others; below them is what `more` adds."""

    vertices: Sequence[DrawnLayer]
    more: BoxMarks | None = None

    def under(self, box: Box, captions: Fragment, orientation: Orientation, above: bool) -> Fragment:
        lines = self._lines(box, captions, orientation, above)
        return self.more.under(box, lines, orientation, above) if self.more else lines

    def _lines(self, box: Box, captions: Fragment, orientation: Orientation, above: bool) -> Fragment:
        if box.kind == "input":  # its shape is there already
            _mark(captions, [NOTE if self.vertices else FIRST] * len(captions.shapes))
            return captions
        known = box.instances if self.vertices else []
        shapes = [size(self.vertices[one.anchor].shapes[0]) for one in known] or [SOME_SHAPE, ""]
        widest = max(shapes, key=lambda shape: style.text_width(shape, style.CAPTION))
        lines = [widest] + ["… " + widest] * (len({*shapes}) > 1)
        more = orientation.lines(lines, style.CAPTION)
        _mark(captions, [NOTE] * len(captions.shapes))
        _mark(more, [FIRST, LAST])
        length, across = max(captions.length, more.length), max(captions.above, more.above)
        if orientation.vertical:
            whole = Fragment(captions.length + more.length, across, across, [], [])
            whole.put(captions, 0.0, 0.0)
            whole.put(more, captions.length, 0.0)
            return whole
        half = captions.above + more.above
        whole = Fragment(length, half, half, [], [])
        first, second = (captions, more) if above else (more, captions)
        whole.put(first, (length - first.length) / 2, -half + first.above)
        whole.put(second, (length - second.length) / 2, half - second.below)
        return whole

    def around(self, box: Box, whole: Fragment, x: float, length: float, across: float) -> None:
        if self.more:
            self.more.around(box, whole, x, length, across)


def _mark(lines: Fragment, classes: list[str]) -> None:
    marked = zip(lines.shapes, classes)
    lines.shapes = [_with_class(text, css) for text, css in marked if isinstance(text, Text)]


def _with_class(text: Text, css: str) -> Text:
    return Text(text.x, text.y, text.string, text.size, text.width, text.bold, text.colour, css)
