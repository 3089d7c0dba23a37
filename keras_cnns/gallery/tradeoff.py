"""The charts of what accuracy costs: a cost to the right on a logarithmic scale, accuracy upwards.

The other cost is the area of a network's disc. A line joins those that no other beats at its cost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil, cos, log10, pi, sin, sqrt

from keras_cnns.catalog.facts import Network
from keras_cnns.diagram.draw.scene import Circle, Scene, Shape, Text
from keras_cnns.gallery.chart_labels import HEIGHT, Frame, label, label_frame
from keras_cnns.gallery.charts import FAMILIES, NARROW, Drawn, chart, colour_of, line, link_of

# Where a disc's label may be, in sixteenths of a turn: right, left, above, below, then between.
TURNS = (0, 8, 12, 4, 14, 10, 2, 6, 15, 1, 9, 7, 13, 11, 3, 5)
LOWEST, HIGHEST = 54, 86  # top-1 accuracy in per cent
KEY_LINE, KEY_COLUMN = 26, 264
NEAR, FAR = 40, 300  # how far from its disc a label may be: of all, and of the best, with a line to it
Disc = tuple[float, float, float]  # its middle and its radius


@dataclass(frozen=True)
class Cost:
    """What stands at an axis, and how it reads as an area.

    Attributes:
        title: the words at the axis.
        short: the words of the key.
        unit: the prefix of what it is counted in, and `factor` its size.
        ticks: numbers at the axis, and `range` what it spans, in that unit.
        areas: numbers in the key, and `largest` the one with the largest radius.
        of: what a network costs.
    """

    title: str
    short: str
    unit: str
    factor: float
    ticks: tuple[float, ...]
    range: tuple[float, float]
    areas: tuple[float, ...]
    largest: float
    of: Callable[[Network], int]


MACS = Cost(
    "multiply-adds for one image (logarithmic)", "multiply-adds", "G", 1e9,
    (0.05, 0.2, 1, 5, 20), (0.05, 60), (20, 6, 1), 20, lambda network: network.macs,
)  # fmt: skip
PARAMETERS = Cost(
    "parameters (logarithmic)", "parameters", "M", 1e6,
    (2, 10, 50, 200), (2, 200), (140, 60, 10), 144, lambda network: network.trainable,
)  # fmt: skip


@dataclass(frozen=True)
class Plot:
    """A chart's axes: which cost is to the right, which one is the area, and the frame between the axes."""

    across: Cost
    area: Cost
    frame: Frame
    widest: float  # the radius of the largest disc
    narrow: bool = False

    def at(self, network: Network) -> Disc:
        """Return the disc of a network."""
        assert network.top1 is not None
        cost = self.across.of(network) / self.across.factor
        r = self.radius(self.area.of(network) / self.area.factor)
        return self.x(cost), self.y(network.top1), r

    def x(self, cost: float) -> float:
        low, high = self.across.range
        share = log10(cost / low) / log10(high / low)
        return self.frame.left + share * (self.frame.right - self.frame.left)

    def y(self, top1: float) -> float:
        share = (top1 - LOWEST) / (HIGHEST - LOWEST)
        return self.frame.bottom - share * (self.frame.bottom - self.frame.top)

    def radius(self, cost: float) -> float:
        """Return the radius at which equal areas are equal costs."""
        return self.widest * sqrt(cost / self.area.largest)


def tradeoff(networks: Sequence[Network], across: Cost) -> Drawn:
    """Return a disc for each network whose accuracy is known.

    Labels overlap neither discs nor each other. Those of the best come first, and then of the small; a disc
    without room beside it has its name in its tooltip alone.
    """
    area = PARAMETERS if across is MACS else MACS
    wide = Plot(across, area, Frame(60, 16, 1000, 590), 36)
    narrow = Plot(across, area, Frame(48, 16, NARROW - 6, 760), 24, narrow=True)
    known = [network for network in networks if network.top1 is not None]
    return Drawn(_drawn(known, wide), _drawn(known, narrow))


def front(networks: Sequence[Network], cost: Cost) -> list[Network]:
    """Return the networks that no other equals in accuracy at the same cost or less, the cheapest first."""
    best = [
        network
        for network in networks
        if network.top1 is not None
        and not any(
            other.top1 is not None
            and (cost.of(other), -other.top1) != (cost.of(network), -network.top1)
            and cost.of(other) <= cost.of(network)
            and other.top1 >= network.top1
            for other in networks
        )
    ]
    return sorted(best, key=cost.of)


def _drawn(networks: Sequence[Network], plot: Plot) -> Scene:
    discs = {network: plot.at(network) for network in sorted(networks, key=lambda each: -plot.area.of(each))}
    best = front(networks, plot.across)
    shapes = [*_grid(plot), *_front(best, plot)]
    for network, disc in discs.items():
        shapes.append(
            Circle(*disc, colour_of(network), _tooltip(network, plot.area), "disc", link=link_of(network))
        )
    key_shapes, key_frame, bottom = _key(plot)
    taken = [key_frame, *(label_frame(text.x, text.y, [text.string]) for text in _words_inside(plot))]
    for network, (x, y, r) in sorted(discs.items(), key=lambda item: (item[0] not in best, item[1][2])):
        bold = network in best
        farthest = FAR if bold else NEAR
        place = beside((x, y, r), network.title, list(discs.values()), taken, plot.frame, farthest)
        if place is None:
            continue
        frame = label_frame(*place, [network.title])
        taken.append(frame)
        nearest = (min(max(x, frame.left), frame.right), min(max(y, frame.top), frame.bottom))
        distance = sqrt((nearest[0] - x) ** 2 + (nearest[1] - y) ** 2)
        if distance > r + 9:
            edge = (x + (nearest[0] - x) * r / distance, y + (nearest[1] - y) * r / distance)
            shapes.append(line(*edge, *nearest, "stem"))
        shapes.append(label(*place, network.title, "name", bold=bold, link=link_of(network)))
    title = f"Accuracy against {plot.across.short}"
    width = NARROW if plot.narrow else 1010
    return chart(title, width, bottom, shapes + key_shapes, plot.narrow)


def _tooltip(network: Network, area: Cost) -> str:
    return f"{network.title}: {area.of(network) / area.factor:.1f} {area.unit} {area.short}, {network.top1} %"


def _front(best: Sequence[Network], plot: Plot) -> list[Shape]:
    """Steps from one of the best to the next: to the right is more cost, upwards more accuracy."""
    places = [plot.at(network)[:2] for network in best]
    shapes: list[Shape] = []
    for (x, y), (next_x, next_y) in zip(places, places[1:]):
        shapes += [line(x, y, next_x, y, "front"), line(next_x, y, next_x, next_y, "front")]
    return shapes


def _grid(plot: Plot) -> list[Shape]:
    """The lines, numbers and titles of the axes."""
    frame = plot.frame
    shapes: list[Shape] = []
    for top1 in range(55, HIGHEST, 5):
        y = plot.y(top1)
        if y >= frame.top:
            shapes.append(line(frame.left, y, frame.right, y, "grid"))
            shapes.append(label(frame.left - 8, y + 5, f"{top1} %", "muted", "end"))
    for cost in plot.across.ticks:
        x = plot.x(cost)
        shapes.append(line(x, frame.bottom, x, frame.bottom + 5, "axis"))
        anchor = "end" if x > frame.right - 15 else "middle"
        shapes.append(label(x, frame.bottom + 21, f"{cost:g} {plot.across.unit}", "muted", anchor))
    shapes.append(line(frame.left, frame.bottom, frame.right, frame.bottom, "axis"))
    shapes.append(label(frame.right, frame.bottom + 46, plot.across.title, "muted", "end"))
    shapes.append(label(frame.left + 8, frame.top + 4, "top-1 accuracy", "muted", "start"))
    return shapes


def _words_inside(plot: Plot) -> list[Text]:
    """The words of the grid that stand between the axes."""
    texts = [shape for shape in _grid(plot) if isinstance(shape, Text)]
    return [text for text in texts if text.x > plot.frame.left and text.y < plot.frame.bottom]


def _key(plot: Plot) -> tuple[list[Shape], Frame, float]:
    """What colours, sizes and the line mean, the room it takes up, and where the chart ends.

    It stands below the axes, for a screen in columns.
    """
    left, top = plot.frame.left + 16, plot.frame.bottom + 80
    rows = len(FAMILIES) + 1 if plot.narrow else ceil((len(FAMILIES) + 1) / 3)
    shapes: list[Shape] = []
    for i, (words, colour) in enumerate([*FAMILIES.values(), ("none is better at this cost", "")]):
        x, y = left + KEY_COLUMN * (i // rows), top + KEY_LINE * (i % rows)
        shapes.append(Circle(x, y, 8, colour, css="disc") if colour else line(x - 8, y, x + 8, y, "front"))
        shapes.append(label(x + 18, y + 5, words, anchor="start"))
    x = left + (40 if plot.narrow else 3 * KEY_COLUMN + 40)
    base = top + KEY_LINE * (rows - 1) + 84 if plot.narrow else top + 66
    for amount in plot.area.areas:
        r = plot.radius(amount)
        shapes.append(Circle(x, base - r, r, "none", css="ring"))
        shapes.append(line(x, base - 2 * r, x + 52, base - 2 * r, "stem"))
        shapes.append(label(x + 56, base + 5 - 2 * r, f"{amount:g} {plot.area.unit}", anchor="start"))
    words = f"{plot.area.short}, as area"
    if plot.narrow:
        shapes.append(label(x + 106, base - 20, words, "muted", "start"))
    else:
        shapes.append(label(x, base + 26, words, "muted"))
    bottom = base + (14 if plot.narrow else 40)
    return shapes, Frame(left - 16, top - 20, plot.frame.right, bottom), bottom


def beside(
    disc: Disc, string: str, discs: list[Disc], taken: list[Frame], room: Frame, farthest: int
) -> tuple[float, float] | None:
    """Return the nearest free place for a disc's label, the middle of its baseline; None if all are taken."""
    x, y, r = disc
    frame = label_frame(0, 0, [string])
    half = (frame.right - frame.left) / 2
    for distance, turn in product(range(4, farthest, 6), TURNS):
        angle = turn * pi / 8
        middle = x + cos(angle) * (r + distance + half)
        base = y + sin(angle) * (r + distance + HEIGHT / 2) + 5
        frame = label_frame(middle, base, [string])
        is_clear = all(gap(frame, other) > 2 for other in discs) and not any(map(frame.meets, taken))
        if is_clear and frame.within(room):
            return middle, base
    return None


def gap(frame: Frame, disc: Disc) -> float:
    """Return how far a label is from a disc; negative if they overlap."""
    x, y, r = disc
    across = max(frame.left - x, 0, x - frame.right)
    down = max(frame.top - y, 0, y - frame.bottom)
    return sqrt(across**2 + down**2) - r
