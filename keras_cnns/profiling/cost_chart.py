"""Costs of several networks as a picture: a line for each, a bar for each figure."""

from collections.abc import Sequence
from dataclasses import dataclass

from keras_cnns.diagram.draw.scene import Line, Rectangle, Scene, Shape, Text
from keras_cnns.diagram.draw.style import text_width

SIZE, HEIGHT, BAR = 13.0, 24.0, 14.0
MARGIN, GAP, HEAD = 20.0, 26.0, 58.0
PANEL = 200.0  # the longest bar
GREY, RULE = "#555555", "#cccccc"
# Of Okabe and Ito's palette, which people who see few colours can tell apart.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")


@dataclass(frozen=True)
class Panel:
    """A column of bars: what they are, how long each is, and what is written beside it; None is no bar."""

    heading: str
    amounts: Sequence[float | None]
    labels: Sequence[str]


def bars(title: str, names: Sequence[str], groups: Sequence[str], panels: Sequence[Panel]) -> Scene:
    """Lay out the panels side by side, bars from zero.

    Args:
        title: of the picture.
        names: of the lines, from top to bottom.
        groups: what each line belongs to, such as a year; written where it changes.
        panels: what is shown of each line.
    """
    first = MARGIN + max(text_width(group, SIZE, bold=True) for group in groups) + 14
    left = first + max(text_width(name, SIZE) for name in names) + 16
    rooms = [max(text_width(label, SIZE) for label in panel.labels) + 6 for panel in panels]
    width = left + sum(PANEL + room + GAP for room in rooms) - GAP + MARGIN
    height = HEAD + MARGIN + HEIGHT * len(names) + 12
    shapes: list[Shape] = [written(MARGIN, MARGIN + 4, title, bold=True, size=16.0)]
    for i, (name, group) in enumerate(zip(names, groups)):
        y = line_at(i)
        if i == 0 or group != groups[i - 1]:
            rule = y - HEIGHT / 2
            shapes.append(Rectangle(MARGIN, rule, width - 2 * MARGIN, 0.5, RULE, stroke=None))
            shapes.append(written(MARGIN, y, group, bold=True))
        shapes.append(written(first, y, name))
    for panel, room, colour in zip(panels, rooms, COLOURS):
        shapes += _panel(panel, left, height - MARGIN, colour)
        left += PANEL + room + GAP
    return Scene(title, width, height, tuple(shapes))


def line_at(i: int) -> float:
    """The middle of the i-th line."""
    return HEAD + MARGIN + HEIGHT * (i + 0.5)


def written(left: float, y: float, string: str, bold: bool = False, size: float = SIZE) -> Text:
    """Text that starts at `left`."""
    width = text_width(string, size, bold)
    return Text(left + width / 2, y, string, size, width, bold)


def _panel(panel: Panel, left: float, bottom: float, colour: str) -> list[Shape]:
    longest = max((amount for amount in panel.amounts if amount), default=1)
    shapes: list[Shape] = [written(left, HEAD + 4, panel.heading, bold=True)]
    for i, (amount, label) in enumerate(zip(panel.amounts, panel.labels)):
        length = PANEL * (amount or 0) / longest
        y = line_at(i)
        if length:
            shapes.append(
                Rectangle(left, y - BAR / 2, max(length, 0.5), BAR, colour, stroke=None, tooltip=label)
            )
        width = text_width(label, SIZE)
        shapes.append(Text(left + length + 6 + width / 2, y, label, SIZE, width, colour=GREY))
    shapes.append(Line(((left, HEAD + MARGIN), (left, bottom)), thickness=0.8))
    return shapes
