"""The few SVG elements that the charts are made of, and room for their labels. Lengths are pixels."""

from html import escape
from typing import NamedTuple

from keras_cnns.diagram.draw.style import text_width

SIZE = 14  # of letters
HEIGHT = 17  # of a line of them


class Frame(NamedTuple):
    """A rectangle that something takes up."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Frame") -> bool:
        """Whether the two have a point in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def within(self, other: "Frame") -> bool:
        """Whether all of it lies in `other`."""
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.top <= self.top
            and self.bottom <= other.bottom
        )


def label_frame(x: float, y: float, lines: list[str], anchor: str = "middle") -> Frame:
    """What lines of text take up whose first baseline is at y."""
    width = max(text_width(line, SIZE, bold=True) for line in lines)
    left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
    return Frame(left - 2, y - SIZE, left + width + 2, y + HEIGHT * (len(lines) - 1) + 4)


def text(x: float, y: float, string: str, kind: str = "", anchor: str = "middle") -> str:
    """One line of text on the baseline y."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{_class(kind)}>{escape(string)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{_class(kind)}/>'


def circle(x: float, y: float, radius: float, kind: str, tooltip: str = "") -> str:
    """A disc; the tooltip is what a mouse that rests on it is told."""
    inside = f"<title>{escape(tooltip)}</title>" if tooltip else ""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"{_class(kind)}>{inside}</circle>'


def rectangle(x: float, y: float, width: float, height: float, kind: str) -> str:
    """A bar."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"{_class(kind)}/>'


def svg(width: float, height: float, title: str, shapes: list[str]) -> str:
    """A picture of that size, which a screen reader calls by its title."""
    width, height = round(width), round(height)
    start = f'<svg class="chart" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return "\n".join([f'{start} role="img" aria-label="{escape(title)}">', *shapes, "</svg>"])


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
