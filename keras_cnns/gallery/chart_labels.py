"""Labels of the charts, and the room that they take up. Lengths are pixels."""

from typing import NamedTuple

from keras_cnns.diagram.draw.scene import Text
from keras_cnns.diagram.draw.style import text_width
from keras_cnns.diagram.output.svg import BASELINE

SIZE = 14  # of letters
HEIGHT = 17  # of a line of them


class Frame(NamedTuple):
    """The rectangle that something takes up."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Frame") -> bool:
        """Return whether the two have a point in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def within(self, other: "Frame") -> bool:
        """Return whether all of it is inside `other`."""
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.top <= self.top
            and self.bottom <= other.bottom
        )


def label(
    x: float,
    y: float,
    string: str,
    css: str = "",
    anchor: str = "middle",
    bold: bool = False,
    link: str = "",
    size: float = SIZE,
) -> Text:
    """Return one line of text on the baseline y; `anchor` says what stands at x: its start, middle or end."""
    width = text_width(string, size, bold)
    middle = _left(x, width, anchor) + width / 2
    return Text(middle, y - BASELINE * size, string, size, width, bold, css=css, link=link)


def label_frame(x: float, y: float, lines: list[str], anchor: str = "middle") -> Frame:
    """Return what lines of text take up, bold or not, whose first baseline is at y."""
    width = max(text_width(line, SIZE, bold=True) for line in lines)
    left = _left(x, width, anchor)
    return Frame(left - 2, y - SIZE, left + width + 2, y + HEIGHT * (len(lines) - 1) + 4)


def _left(x: float, width: float, anchor: str) -> float:
    return {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
