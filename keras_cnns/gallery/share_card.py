"""The picture that a link to the page is shown with elsewhere: a title, and accuracy against work."""

from collections.abc import Sequence

from keras_cnns.catalog.facts import Network
from keras_cnns.diagram.draw.scene import Circle, Line, Rectangle, Scene, Shape, Text
from keras_cnns.diagram.draw.style import text_width
from keras_cnns.gallery.chart_labels import Frame
from keras_cnns.gallery.charts import colour_of
from keras_cnns.gallery.tradeoff import MACS, PARAMETERS, Plot, front

# What those who show such cards ask for.
WIDTH, HEIGHT = 1200, 630
PAPER, INK, MUTED = "#fdfcf9", "#1f1d1a", "#66615a"
LEFT = 70


def share_card(networks: Sequence[Network], title: str, line: str) -> Scene:
    """Return the card, `WIDTH` by `HEIGHT` pixels."""
    plot = Plot(MACS, PARAMETERS, Frame(LEFT, 190, WIDTH - 70, 540), 42)
    known = [network for network in networks if network.top1 is not None]
    steps = [plot.at(network)[:2] for network in front(known, MACS)]
    shapes: list[Shape] = [
        Rectangle(0, 0, WIDTH, HEIGHT, PAPER, None),
        _text(100, title, 56, INK, bold=True),
        _text(158, line, 28, MUTED),
        Line(((LEFT, 556), (WIDTH - 70, 556)), thickness=2, colour=INK),
        _text(590, "accuracy, upwards, against multiply-adds, to the right; areas are parameters", 24, MUTED),
    ]
    for (x, y), (next_x, next_y) in zip(steps, steps[1:]):
        shapes.append(Line(((x, y), (next_x, y), (next_x, next_y)), thickness=2, colour=MUTED))
    for network in sorted(known, key=lambda each: -each.trainable):
        shapes.append(Circle(*plot.at(network), colour_of(network), stroke=INK))
    return Scene(title, WIDTH, HEIGHT, tuple(shapes), ground=PAPER)


def _text(y: float, string: str, size: float, colour: str, bold: bool = False) -> Text:
    width = text_width(string, size, bold)
    return Text(LEFT + width / 2, y - size / 3, string, size, width, bold, colour)
