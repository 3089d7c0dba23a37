"""The page's three charts: when the networks were published, who won the challenge, what accuracy costs.

Colours are classes, which the page's style sheet gives for light and dark.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from math import cos, log10, pi, sin, sqrt

from keras_cnns.catalog.facts import Network
from keras_cnns.catalog.papers import Paper
from keras_cnns.gallery.ilsvrc import PERSON, WINNERS
from keras_cnns.gallery.shapes import HEIGHT, SIZE, Frame, circle, label_frame, line, rectangle, svg, text

# What a file's networks are made of; each has a colour.
FAMILIES = {
    "plain": ("stacked convolutions", ("lenet", "alexnet", "nin", "vgg")),
    "inception": ("Inception modules", ("inception_v1", "inception_v2", "inception_v3", "inception_v4")),
    "residual": ("residual blocks", ("resnet",)),
    "both": ("residual Inception modules", ("inception_resnet",)),
    "separable": ("separable convolutions", ("xception",)),
    "grouped": ("grouped residual blocks", ("resnext",)),
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def family(network: Network) -> str:
    """Return the class of the network's colour."""
    return next((name for name, (_, files) in FAMILIES.items() if network.module in files), "plain")


# The timeline, around y = 0: 1998 stands alone, then the scale has a gap.
GAP, FIRST, PER_YEAR, LEVEL = 110, 2012, 155, 50


def timeline(networks: Sequence[Network]) -> str:
    """Return the papers at their months, each with a flag that names the networks it brought."""
    papers: dict[Paper, list[Network]] = {}
    for network in networks:
        papers.setdefault(network.paper, []).append(network)
    years = (1998, *range(FIRST, max([FIRST, *(paper.year for paper in papers)]) + 1))
    width = month_at(f"{years[-1] + 1}-01") + 130
    shapes = [line(10, 0, GAP, 0, "axis"), line(GAP + 14, 0, width, 0, "axis")]
    shapes += [line(x - 4, 8, x + 4, -8, "axis") for x in (GAP, GAP + 14)]
    dots, taken, numbers = [], [], []
    for year in years:
        x = month_at(f"{year}-01")
        middle = x + PER_YEAR / 2 if year >= FIRST else x + 18
        shapes += [line(x, -4, x, 4, "axis"), text(middle, 20, str(year), "muted")]
        numbers.append(label_frame(middle, 20, [str(year)]))
    for paper, brought in reversed(papers.items()):
        x, lines = month_at(paper.published), names_of(brought)
        top, stem = free_place(x, lines, taken, numbers)
        shapes.append(line(x, 0, x, stem, "stem"))
        for i, words in enumerate(lines):
            shapes.append(
                text(x + 6, top + i * HEIGHT, words, "muted" if words == lines[-1] else "name", "start")
            )
        dots.append(circle(x, 0, 7, family(brought[0]), ", ".join(lines)))
    above, below = (pick(edge for frame in taken for edge in frame[1::2]) for pick in (min, max))
    moved = f'<g transform="translate(0 {4 - above:.0f})">'
    return svg(width, below - above + 8, "When the papers appeared", [moved, *shapes, *dots, "</g>"])


def month_at(published: str) -> float:
    """The place on the axis of a month such as "2015-12"."""
    year, month = map(int, published.split("-"))
    if year < FIRST:
        return 46 + (month - 1) * 3
    return GAP + 54 + PER_YEAR * (year - FIRST + (month - 1) / 12)


def names_of(networks: Sequence[Network]) -> list[str]:
    """The lines of a paper's flag: its networks, of a series the first and the last, and the month."""
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

    Flags fly to the right, and those on the right are there already: higher up there is always room.
    """
    height = HEIGHT * len(lines)
    for level, hidden in product(
        range(20), (numbers, [])
    ):  # a year's number is crossed only where it must be
        far = 28 + level // 2 * LEVEL
        end = -far - height if level % 2 == 0 else far + height
        top = end + SIZE if end < 0 else far + SIZE
        flag = label_frame(x + 6, top, lines, "start")
        pole = Frame(x - 4, *((end, x + 4, -9) if end < 0 else (9, x + 4, end)))
        if not any(flag.meets(other) or pole.meets(other) for other in taken + hidden):
            break
    taken += [flag, pole]
    return top, end


def challenge() -> str:
    """Return a bar for each year's winner of the classification task, red for networks of the catalogue."""
    step, base, scale = 118, 404, 13
    width = 20 + step * len(WINNERS)
    shapes = [line(0, base, width, base, "axis")]
    for i, winner in enumerate(WINNERS):
        x, height = 20 + step * i, winner.error * scale
        shapes.append(rectangle(x, base - height, step - 44, height, "plain" if winner.name else "other"))
        middle = x + (step - 44) / 2
        shapes.append(text(middle, base - height - 6, f"{winner.error:g} %", "name"))
        shapes.append(text(middle, base + 20, str(winner.year), "name" if winner.name else ""))
        shapes.append(text(middle, base + 38, winner.team, "name" if winner.name else "muted"))
    y = base - PERSON * scale
    shapes += [
        line(0, y, width, y, "dashed"),
        text(width, y - 7, f"a practised person: {PERSON} %", "muted", "end"),
    ]
    return svg(width, base + 46, "Top-5 error of the winner of ILSVRC, year by year", shapes)


# The comparison: MACs to the right on a logarithmic scale, accuracy upwards, parameters as area.
PLOT = Frame(60, 16, 1000, 590)
MACS, TOP1 = (0.5e9, 28e9), (54, 82)


def comparison(networks: Sequence[Network]) -> str:
    """Return a disc for each network whose accuracy is known; labels do not overlap discs or each other."""
    shapes = list(grid())
    shown = [network for network in networks if network.top1 is not None]
    shown.sort(key=lambda network: -network.trainable)
    discs = {network: (*at(network.macs, network.top1), radius(network.trainable)) for network in shown}
    for network, (x, y, r) in discs.items():
        told = f"{network.title}: {network.trainable / 1e6:.1f} M parameters, {network.top1} %"
        shapes.append(circle(x, y, r, f"disc {family(network)}", told))
    legend, room = key()
    taken = [room]
    for network, (x, y, r) in sorted(discs.items(), key=lambda item: item[1][2]):
        place = beside(x, y, r, network.title, list(discs.values()), taken)
        frame = label_frame(*place, [network.title])
        taken.append(frame)
        nearest = (min(max(x, frame.left), frame.right), min(max(y, frame.top), frame.bottom))
        away = sqrt((nearest[0] - x) ** 2 + (nearest[1] - y) ** 2)
        if away > r + 9:
            edge = (x + (nearest[0] - x) * r / away, y + (nearest[1] - y) * r / away)
            shapes.append(line(*edge, *nearest, "stem"))
        shapes.append(text(*place, network.title))
    return svg(1010, 650, "Accuracy, multiply-adds and parameters", shapes + legend)


def at(macs: float, top1: float) -> tuple[float, float]:
    """The place in the plot."""
    across = log10(macs / MACS[0]) / log10(MACS[1] / MACS[0])
    up = (top1 - TOP1[0]) / (TOP1[1] - TOP1[0])
    return PLOT.left + across * (PLOT.right - PLOT.left), PLOT.bottom - up * (PLOT.bottom - PLOT.top)


def radius(parameters: int) -> float:
    """Equal areas for equal numbers."""
    return 36 * sqrt(parameters / 144e6)


def grid() -> Iterator[str]:
    """Lines, numbers and titles of the axes."""
    for top1 in range(55, 85, 5):
        _, y = at(MACS[0], top1)
        if y >= PLOT.top:
            yield line(PLOT.left, y, PLOT.right, y, "grid")
            yield text(PLOT.left - 8, y + 5, f"{top1} %", "muted", "end")
    for macs in (0.5, 1, 2, 5, 10, 20):
        x, _ = at(macs * 1e9, TOP1[0])
        yield line(x, PLOT.bottom, x, PLOT.bottom + 5, "axis")
        yield text(x, PLOT.bottom + 21, f"{macs:g} G", "muted")
    yield line(PLOT.left, PLOT.bottom, PLOT.right, PLOT.bottom, "axis")
    yield text(PLOT.right, PLOT.bottom + 46, "multiply-adds for one image (logarithmic)", "muted", "end")
    yield text(PLOT.left + 8, PLOT.top + 4, "top-1 accuracy", "muted", "start")


def key() -> tuple[list[str], Frame]:
    """What colours and sizes mean, in the corner that no network is in, and the room this takes up."""
    left, top = 560, 400
    shapes = []
    for i, (name, (words, _)) in enumerate(FAMILIES.items()):
        shapes.append(circle(left, top + 26 * i, 8, f"disc {name}"))
        shapes.append(text(left + 18, top + 5 + 26 * i, words, "", "start"))
    x = left + 300
    for millions in (140, 60, 10):
        r = radius(millions * 1_000_000)
        shapes.append(circle(x, top + 66 - r, r, "ring"))
        shapes.append(line(x, top + 66 - 2 * r, x + 52, top + 66 - 2 * r, "stem"))
        shapes.append(text(x + 56, top + 71 - 2 * r, f"{millions} M", "", "start"))
    shapes.append(text(x, top + 92, "parameters, as area", "muted"))
    return shapes, Frame(left - 16, top - 20, PLOT.right, PLOT.bottom)


def beside(
    x: float, y: float, r: float, string: str, discs: list[tuple[float, float, float]], taken: list[Frame]
) -> tuple[float, float]:
    """Find the nearest free place for a disc's label: the middle of its baseline."""
    frame = label_frame(0, 0, [string])
    half = (frame.right - frame.left) / 2
    for distance in range(4, 160, 6):
        for turn in (
            0,
            8,
            12,
            4,
            14,
            10,
            2,
            6,
            15,
            1,
            9,
            7,
            13,
            11,
            3,
            5,
        ):  # right, left, above, below, between
            angle = turn * pi / 8
            middle = x + cos(angle) * (r + distance + half)
            base = y + sin(angle) * (r + distance + HEIGHT / 2) + 5
            frame = label_frame(middle, base, [string])
            clear = all(away(frame, disc) > 2 for disc in discs) and not any(map(frame.meets, taken))
            if clear and frame.within(PLOT):
                return middle, base
    return x, y


def away(frame: Frame, disc: tuple[float, float, float]) -> float:
    """How far a label is from a disc; negative if they overlap."""
    x, y, r = disc
    across = max(frame.left - x, 0, x - frame.right)
    down = max(frame.top - y, 0, y - frame.bottom)
    return sqrt(across**2 + down**2) - r
