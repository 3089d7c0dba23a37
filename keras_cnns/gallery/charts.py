"""The page's three charts, as scenes: when the papers appeared, who won the challenge, what accuracy costs.

Colours are the light page's; for the dark one the page's style sheet replaces those of text and lines.
"""

from collections.abc import Sequence
from itertools import product
from math import cos, log10, pi, sin, sqrt

from keras_cnns.catalog.facts import Network
from keras_cnns.catalog.papers import Paper
from keras_cnns.diagram.draw.scene import Circle, Line, Rectangle, Scene, Shape
from keras_cnns.gallery.chart_labels import HEIGHT, SIZE, Frame, label, label_frame
from keras_cnns.gallery.ilsvrc import PERSON, WINNERS

# What a file's networks are made of: the words, the files, the colour.
FAMILIES = {
    "plain": ("stacked convolutions", ("lenet", "alexnet", "nin", "vgg"), "#e06666"),
    "inception": (
        "Inception modules",
        ("inception_v1", "inception_v2", "inception_v3", "inception_v4"),
        "#93c47d",
    ),
    "residual": ("residual blocks", ("resnet",), "#ffd966"),
    "both": ("residual Inception modules", ("inception_resnet",), "#b4a7d6"),
    "separable": ("separable convolutions", ("xception",), "#6d9eeb"),
    "grouped": ("grouped residual blocks", ("resnext",), "#f6b26b"),
}
OTHER = "#d9d9d9"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
THICKNESS = {"axis": 1.2, "grid": 1.0, "stem": 0.8, "dashed": 1.0}


def chart(title: str, width: float, height: float, shapes: Sequence[Shape]) -> Scene:
    """Return a chart, which stands on the page's own ground."""
    return Scene(title, round(width), round(height), tuple(shapes), ground=None, css="chart")


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> Line:
    """Return a straight line of one of the kinds in `THICKNESS`."""
    return Line(((x1, y1), (x2, y2)), thickness=THICKNESS[css], css=css)


def colour_of(network: Network) -> str:
    """Return the colour of the network's family."""
    colours = (colour for _, files, colour in FAMILIES.values() if network.module in files)
    return next(colours, FAMILIES["plain"][2])


# The timeline: 1998 stands alone, then the scale has a gap.
GAP, FIRST, PER_YEAR, LEVEL = 110, 2012, 155, 50


def timeline(networks: Sequence[Network]) -> Scene:
    """Return the papers at their months, each with a flag that names the networks it introduced."""
    papers: dict[Paper, list[Network]] = {}
    for network in networks:
        papers.setdefault(network.paper, []).append(network)
    years = (1998, *range(FIRST, max([FIRST, *(paper.year for paper in papers)]) + 1))
    centres = {year: month_at(f"{year}-01") + (PER_YEAR / 2 if year >= FIRST else 18) for year in years}
    numbers = [label_frame(x, 20, [str(year)]) for year, x in centres.items()]
    taken: list[Frame] = []
    flags = []
    for paper, introduced in reversed(papers.items()):
        x, lines = month_at(paper.published), names_of(introduced)
        flags.append((x, lines, colour_of(introduced[0]), *free_place(x, lines, taken, numbers)))
    above, below = (pick(edge for frame in taken for edge in frame[1::2]) for pick in (min, max))
    axis, width = 4 - above, month_at(f"{years[-1] + 1}-01") + 130
    shapes: list[Shape] = [line(10, axis, GAP, axis, "axis"), line(GAP + 14, axis, width, axis, "axis")]
    shapes += [line(x - 4, axis + 8, x + 4, axis - 8, "axis") for x in (GAP, GAP + 14)]
    for year, centre in centres.items():
        x = month_at(f"{year}-01")
        shapes += [line(x, axis - 4, x, axis + 4, "axis"), label(centre, axis + 20, str(year), "muted")]
    for x, lines, _, top, end in flags:
        shapes.append(line(x, axis, x, axis + end, "stem"))
        for i, words in enumerate(lines):
            is_month = words == lines[-1]
            css = "muted" if is_month else ""
            y = axis + top + i * HEIGHT
            shapes.append(label(x + 6, y, words, css, "start", bold=not is_month))
    shapes += [Circle(x, axis, 7, colour, ", ".join(lines)) for x, lines, colour, _, _ in flags]
    return chart("When the papers appeared", width, below - above + 8, shapes)


def month_at(published: str) -> float:
    """Return the place on the axis of a month such as "2015-12"."""
    year, month = map(int, published.split("-"))
    if year < FIRST:
        return 46 + (month - 1) * 3
    return GAP + 54 + PER_YEAR * (year - FIRST + (month - 1) / 12)


def names_of(networks: Sequence[Network]) -> list[str]:
    """Return the lines of a paper's flag: its networks, of a series the first and the last, and the month."""
    series: dict[str, list[str]] = {}
    for network in networks:
        title = network.title if len(networks) == 1 else network.title.partition(" (")[0]
        start, dash, number = title.rpartition("-")
        series.setdefault(start + dash, []).append(number)
    lines = [
        f"{start}{numbers[0]}" + (f" to {numbers[-1]}" if numbers[-1] != numbers[0] else "")
        for start, numbers in series.items()
    ]
    year, month = networks[0].paper.published.split("-")
    return [*lines, f"{MONTHS[int(month) - 1]} {year}"]


def free_place(x: float, lines: list[str], taken: list[Frame], numbers: list[Frame]) -> tuple[float, float]:
    """Find room for a flag and its pole, and take it; return the flag's first baseline and the pole's end.

    Heights are above (negative) or below the axis. Flags fly to the right, and those on the right are there
    already: higher up there is always room.
    """
    height = HEIGHT * len(lines)
    # A year's number is crossed only if there is no other room.
    for level, avoided in product(range(20), (numbers, [])):
        distance = 28 + level // 2 * LEVEL
        end = -distance - height if level % 2 == 0 else distance + height
        top = end + SIZE if end < 0 else distance + SIZE
        flag = label_frame(x + 6, top, lines, "start")
        pole = Frame(x - 4, *((end, x + 4, -9) if end < 0 else (9, x + 4, end)))
        if not any(flag.meets(other) or pole.meets(other) for other in taken + avoided):
            break
    taken += [flag, pole]
    return top, end


def challenge() -> Scene:
    """Return a bar for each year's winner of the classification task, red for networks of the catalogue."""
    step, base, scale = 118, 404, 13
    width = 20 + step * len(WINNERS)
    shapes: list[Shape] = [line(0, base, width, base, "axis")]
    for i, winner in enumerate(WINNERS):
        x, height = 20 + step * i, winner.error * scale
        colour, css = (FAMILIES["plain"][2], "") if winner.name else (OTHER, "other")
        shapes.append(Rectangle(x, base - height, step - 44, height, colour, stroke=None, css=css))
        middle = x + (step - 44) / 2
        is_ours = winner.name is not None
        shapes.append(label(middle, base - height - 6, f"{winner.error:g} %", bold=True))
        shapes.append(label(middle, base + 20, str(winner.year), bold=is_ours))
        shapes.append(label(middle, base + 38, winner.team, "" if is_ours else "muted", bold=is_ours))
    y = base - PERSON * scale
    shapes.append(line(0, y, width, y, "dashed"))
    shapes.append(label(width, y - 7, f"a practised person: {PERSON} %", "muted", "end"))
    return chart("Top-5 error of the winner of ILSVRC, year by year", width, base + 46, shapes)


# The comparison: MACs to the right on a logarithmic scale, accuracy upwards, parameters as area.
PLOT = Frame(60, 16, 1000, 590)
MACS, TOP1 = (0.5e9, 28e9), (54, 82)
# Where a disc's label may be, in sixteenths of a turn: right, left, above, below, then between.
TURNS = (0, 8, 12, 4, 14, 10, 2, 6, 15, 1, 9, 7, 13, 11, 3, 5)


def comparison(networks: Sequence[Network]) -> Scene:
    """Return a disc for each network whose accuracy is known; labels do not overlap discs or each other."""
    shapes = grid()
    largest_first = sorted(networks, key=lambda network: -network.trainable)
    discs = {
        network: (*at(network.macs, network.top1), radius(network.trainable))
        for network in largest_first
        if network.top1 is not None
    }
    for network, disc in discs.items():
        tooltip = f"{network.title}: {network.trainable / 1e6:.1f} M parameters, {network.top1} %"
        shapes.append(Circle(*disc, colour_of(network), tooltip, css="disc"))
    key_shapes, key_frame = key()
    taken = [key_frame]
    for network, (x, y, r) in sorted(discs.items(), key=lambda item: item[1][2]):
        place = beside(x, y, r, network.title, list(discs.values()), taken)
        frame = label_frame(*place, [network.title])
        taken.append(frame)
        nearest = (min(max(x, frame.left), frame.right), min(max(y, frame.top), frame.bottom))
        distance = sqrt((nearest[0] - x) ** 2 + (nearest[1] - y) ** 2)
        if distance > r + 9:
            edge = (x + (nearest[0] - x) * r / distance, y + (nearest[1] - y) * r / distance)
            shapes.append(line(*edge, *nearest, "stem"))
        shapes.append(label(*place, network.title))
    return chart("Accuracy, multiply-adds and parameters", 1010, 650, shapes + key_shapes)


def at(macs: float, top1: float) -> tuple[float, float]:
    """Return the place in the plot."""
    across = log10(macs / MACS[0]) / log10(MACS[1] / MACS[0])
    up = (top1 - TOP1[0]) / (TOP1[1] - TOP1[0])
    return PLOT.left + across * (PLOT.right - PLOT.left), PLOT.bottom - up * (PLOT.bottom - PLOT.top)


def radius(parameters: int) -> float:
    """Return the radius at which equal areas are equal numbers of parameters."""
    return 36 * sqrt(parameters / 144e6)


def grid() -> list[Shape]:
    """Return the lines, numbers and titles of the axes."""
    shapes: list[Shape] = []
    for top1 in range(55, 85, 5):
        _, y = at(MACS[0], top1)
        if y >= PLOT.top:
            shapes.append(line(PLOT.left, y, PLOT.right, y, "grid"))
            shapes.append(label(PLOT.left - 8, y + 5, f"{top1} %", "muted", "end"))
    for macs in (0.5, 1, 2, 5, 10, 20):
        x, _ = at(macs * 1e9, TOP1[0])
        shapes.append(line(x, PLOT.bottom, x, PLOT.bottom + 5, "axis"))
        shapes.append(label(x, PLOT.bottom + 21, f"{macs:g} G", "muted"))
    shapes.append(line(PLOT.left, PLOT.bottom, PLOT.right, PLOT.bottom, "axis"))
    title = "multiply-adds for one image (logarithmic)"
    shapes.append(label(PLOT.right, PLOT.bottom + 46, title, "muted", "end"))
    shapes.append(label(PLOT.left + 8, PLOT.top + 4, "top-1 accuracy", "muted", "start"))
    return shapes


def key() -> tuple[list[Shape], Frame]:
    """Return what colours and sizes mean, in the corner that no network is in, and the room it takes up."""
    left, top = 560, 400
    shapes: list[Shape] = []
    for i, (words, _, colour) in enumerate(FAMILIES.values()):
        shapes.append(Circle(left, top + 26 * i, 8, colour, css="disc"))
        shapes.append(label(left + 18, top + 5 + 26 * i, words, anchor="start"))
    x = left + 300
    for millions in (140, 60, 10):
        r = radius(millions * 1_000_000)
        shapes.append(Circle(x, top + 66 - r, r, "none", css="ring"))
        shapes.append(line(x, top + 66 - 2 * r, x + 52, top + 66 - 2 * r, "stem"))
        shapes.append(label(x + 56, top + 71 - 2 * r, f"{millions} M", anchor="start"))
    shapes.append(label(x, top + 92, "parameters, as area", "muted"))
    return shapes, Frame(left - 16, top - 20, PLOT.right, PLOT.bottom)


def beside(
    x: float, y: float, r: float, string: str, discs: list[tuple[float, float, float]], taken: list[Frame]
) -> tuple[float, float]:
    """Return the nearest free place for a disc's label: the middle of its baseline."""
    frame = label_frame(0, 0, [string])
    half = (frame.right - frame.left) / 2
    for distance, turn in product(range(4, 160, 6), TURNS):
        angle = turn * pi / 8
        middle = x + cos(angle) * (r + distance + half)
        base = y + sin(angle) * (r + distance + HEIGHT / 2) + 5
        frame = label_frame(middle, base, [string])
        is_clear = all(gap(frame, disc) > 2 for disc in discs) and not any(map(frame.meets, taken))
        if is_clear and frame.within(PLOT):
            return middle, base
    return x, y


def gap(frame: Frame, disc: tuple[float, float, float]) -> float:
    """Return how far a label is from a disc; negative if they overlap."""
    x, y, r = disc
    across = max(frame.left - x, 0, x - frame.right)
    down = max(frame.top - y, 0, y - frame.bottom)
    return sqrt(across**2 + down**2) - r
