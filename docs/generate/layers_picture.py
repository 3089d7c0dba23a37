"""The picture on the design page: the package's layers as `.importlinter` declares them."""

from configparser import ConfigParser
from pathlib import Path

from keras_cnns.diagram.draw.scene import Line, Rectangle, Scene, Shape, Text
from keras_cnns.diagram.draw.style import text_width

DECLARED = Path(__file__).parents[2] / ".importlinter"
SIZE, NOTE = 13.0, 11.5
BAND, BOX_HEIGHT, GAP, MARGIN, ARROW = 42.0, 28.0, 12.0, 20.0, 34.0
BAND_FILL = "#f3f3f3"
FILLS = ("#d0e0e3", "#b6d7a8", "#ffe599", "#f9cb9c", "#d9d9d9")
LEAVES = "architectures"


def layers() -> list[list[str]]:
    """The rooms of each layer, from the top."""
    declared = ConfigParser()
    declared.read(DECLARED, encoding="utf-8")
    rows = declared["importlinter:contract:layers"]["layers"].split("\n")
    named = [[room.strip(" ()") for room in row.split("|")] for row in rows]
    return [row for row in named if row != [""] and row != ["__main__"]]


def scene() -> Scene:
    """A band for each layer with its rooms as boxes, and below them the architectures, which stand alone."""
    rows = layers()
    widest = max(sum(box_width(room) for room in row) + GAP * (len(row) - 1) for row in rows)
    left, band = MARGIN + ARROW, widest + 2 * GAP
    shapes: list[Shape] = []
    for number, row in enumerate([*rows, [LEAVES]]):
        y = MARGIN + (BAND + 4) * number + (GAP if row == [LEAVES] else 0)
        shapes.append(Rectangle(left, y, band, BAND, BAND_FILL, stroke=None))
        x = left + GAP
        for room in row:
            fill = "#e06666" if room == LEAVES else FILLS[number * len(FILLS) // len(rows)]
            shapes += labelled(x, y + (BAND - BOX_HEIGHT) / 2, room, fill)
            x += box_width(room) + GAP
    bottom = MARGIN + (BAND + 4) * len(rows) - 4
    shapes.append(Line(((MARGIN + 8, MARGIN), (MARGIN + 8, bottom)), arrow=True))
    note = "one file per paper; imports only keras"
    start = left + GAP + box_width(LEAVES) + GAP
    width = text_width(note, NOTE)
    shapes.append(Text(start + width / 2, bottom + 4 + GAP + BAND / 2, note, NOTE, width))
    height = bottom + 4 + GAP + BAND + MARGIN
    return Scene("The layers of keras_cnns", left + band + MARGIN, height, tuple(shapes))


def box_width(room: str) -> float:
    return text_width(room, SIZE) + 22


def labelled(x: float, y: float, label: str, fill: str) -> list[Shape]:
    width = box_width(label)
    return [
        Rectangle(x, y, width, BOX_HEIGHT, fill),
        Text(x + width / 2, y + BOX_HEIGHT / 2, label, SIZE, text_width(label, SIZE)),
    ]
