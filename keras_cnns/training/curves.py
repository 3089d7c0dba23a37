"""The curves of a run as a picture: loss and accuracy by epoch."""

from collections.abc import Sequence
from math import ceil, floor, log10

from keras_cnns.diagram.draw.scene import Circle, Line, Scene, Shape, Text
from keras_cnns.diagram.draw.style import text_width
from keras_cnns.training.log import Row, best

SIZE, WIDTH, HEIGHT = 13.0, 380.0, 240.0  # of the letters, of a panel
LEFT, TOP, GAP, BOTTOM = 64.0, 64.0, 84.0, 48.0
GREY, RULE = "#555555", "#dddddd"
# Of Okabe and Ito's palette, which people who see few colours can tell apart.
LEARNT, HELD_OUT = "#0072b2", "#d55e00"


def curves(title: str, rows: Sequence[Row]) -> Scene:
    """Return two panels side by side: the loss and the accuracy on both parts of the images, by epoch."""
    accuracies = [row[name] for row in rows for name in ("accuracy", "val_accuracy")]
    shapes: list[Shape] = [written(LEFT - 44, 22, title, bold=True, size=16.0)]
    shapes += panel(LEFT, "loss", rows, ("loss", "val_loss"), ticks(0, highest(rows)), "{:g}")
    low = min(accuracies, default=0.0)
    shapes += panel(
        LEFT + WIDTH + GAP,
        "accuracy",
        rows,
        ("accuracy", "val_accuracy"),
        ticks(100 * low, 100),
        "{:g} %",
        100,
    )
    return Scene(title, 2 * LEFT + 2 * WIDTH + GAP - 30, TOP + HEIGHT + BOTTOM, tuple(shapes))


def highest(rows: Sequence[Row]) -> float:
    return max((row[name] for row in rows for name in ("loss", "val_loss")), default=1.0)


def ticks(low: float, high: float) -> list[float]:
    """Return round numbers at equal distances, at most eight, that hold both ends."""
    span = max(high - low, 1e-3 * max(abs(high), 1e-6))
    power = 10.0 ** floor(log10(span / 6))
    step = next(power * digit for digit in (1, 2, 5, 10) if span <= 6 * power * digit)
    return [
        round(step * i, 12)
        for i in range(floor(low / step), max(ceil(high / step), floor(low / step) + 1) + 1)
    ]


def panel(
    left: float,
    heading: str,
    rows: Sequence[Row],
    names: tuple[str, str],
    marks: list[float],
    form: str,
    unit: float = 1.0,
) -> list[Shape]:
    """Return a panel with a line for each name, and a dot at the best epoch."""
    last = max(len(rows), 2)

    def place(epoch: int, value: float) -> tuple[float, float]:
        share = (value * unit - marks[0]) / (marks[-1] - marks[0])
        return left + WIDTH * (epoch - 1) / (last - 1), TOP + HEIGHT * (1 - min(max(share, 0), 1))

    shapes: list[Shape] = [written(left, TOP - 14, heading, bold=True)]
    for mark in marks:
        y = place(1, mark / unit)[1]
        shapes.append(Line(((left, y), (left + WIDTH, y)), thickness=0.8, colour=RULE))
        words = form.format(mark)
        shapes.append(written(left - 8 - text_width(words, SIZE), y, words, GREY))
    for epoch in sorted({round(mark) for mark in ticks(1, last) if 1 <= mark <= last} | {1}):
        x = place(epoch, 0)[0]
        shapes.append(written(x - text_width(str(epoch), SIZE) / 2, TOP + HEIGHT + 16, str(epoch), GREY))
    words = "epoch"
    shapes.append(written(left + WIDTH - text_width(words, SIZE), TOP + HEIGHT + 34, words, GREY))
    end = left + WIDTH
    for colour, words in ((HELD_OUT, "held out"), (LEARNT, "learned from")):
        end -= text_width(words, SIZE)
        shapes.append(written(end, TOP - 14, words, colour))
        end -= 16
    for name, colour in zip(names, (LEARNT, HELD_OUT)):
        points = tuple(place(row["epoch"], row[name]) for row in rows)
        if len(points) > 1:
            shapes.append(Line(points, thickness=1.8, colour=colour))
        shown = [best(rows)] if name == names[1] and rows else range(len(points) == 1)
        for i in shown:
            shapes.append(
                Circle(
                    *points[i], 3.5, colour, f"epoch {rows[i]['epoch']}: {rows[i][name]:.4g}", stroke=colour
                )
            )
    return shapes


def written(
    left: float, y: float, string: str, colour: str = "#000000", bold: bool = False, size: float = SIZE
) -> Text:
    """Text that starts at `left`."""
    width = text_width(string, size, bold)
    return Text(left + width / 2, y, string, size, width, bold, colour)
