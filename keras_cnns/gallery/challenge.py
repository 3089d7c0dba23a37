"""The chart of who won the ImageNet challenge, year by year."""

from collections.abc import Collection

from keras_cnns.diagram.draw.scene import Rectangle, Scene, Shape
from keras_cnns.gallery.chart_labels import label
from keras_cnns.gallery.charts import FAMILIES, NARROW, OTHER, Drawn, chart, line
from keras_cnns.gallery.ilsvrc import PERSON, WINNERS, Winner

TITLE = "Top-5 error of the winner of ILSVRC, year by year"
PERSONS = f"a practised person: {PERSON} %"


def challenge(shown: Collection[str]) -> Drawn:
    """Return a bar for each year's winner of the classification task, red for networks of the catalogue.

    Those whose names are among `shown`, the networks on the page, lead there.
    """
    return Drawn(_wide(shown), _narrow(shown))


def _bar(x: float, y: float, width: float, height: float, winner: Winner, link: str) -> Rectangle:
    colour, css = (FAMILIES["plain"][1], "") if winner.name else (OTHER, "other")
    tooltip = f"{winner.year}, {winner.team}: {winner.error:g} %" if link else ""
    return Rectangle(x, y, width, height, colour, None, tooltip, css, link)


def _wide(shown: Collection[str]) -> Scene:
    step, base, scale = 118, 404, 13
    width = 20 + step * len(WINNERS)
    shapes: list[Shape] = [line(0, base, width, base, "axis")]
    for i, winner in enumerate(WINNERS):
        x, height = 20 + step * i, winner.error * scale
        middle, ours, link = x + (step - 44) / 2, winner.name is not None, _link(winner, shown)
        shapes.append(_bar(x, base - height, step - 44, height, winner, link))
        shapes.append(label(middle, base - height - 6, f"{winner.error:g} %", bold=True))
        shapes.append(label(middle, base + 20, str(winner.year), bold=ours))
        shapes.append(label(middle, base + 38, winner.team, "" if ours else "muted", bold=ours, link=link))
    y = base - PERSON * scale
    shapes.append(line(0, y, width, y, "dashed"))
    shapes.append(label(width, y - 7, PERSONS, "muted", "end"))
    return chart(TITLE, width, base + 46, shapes)


def _narrow(shown: Collection[str]) -> Scene:
    """Bars to the right, each below its year and team."""
    step, left, scale, top = 50, 4, 12, 26
    height = top + step * len(WINNERS)
    x = left + PERSON * scale
    shapes: list[Shape] = [line(left, top, left, height, "axis"), line(x, top - 6, x, height, "dashed")]
    shapes.append(label(x + 6, top - 8, PERSONS, "muted", "start"))
    for i, winner in enumerate(WINNERS):
        y, ours, link = top + step * i, winner.name is not None, _link(winner, shown)
        words = f"{winner.year}  {winner.team}"
        css = "name" if ours else "muted name"
        shapes.append(_bar(left, y + 24, winner.error * scale, 20, winner, link))
        shapes.append(label(left + 6, y + 18, words, css, "start", bold=ours, link=link))
        shapes.append(
            label(left + winner.error * scale + 6, y + 39, f"{winner.error:g} %", "name", "start", bold=True)
        )
    return chart(TITLE, NARROW, height + 4, shapes, narrow=True)


def _link(winner: Winner, shown: Collection[str]) -> str:
    return f"#{winner.name}" if winner.name in shown else ""
