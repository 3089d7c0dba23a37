"""The chart of when the papers appeared."""

from collections.abc import Sequence
from itertools import product

from keras_cnns.catalog.facts import Network
from keras_cnns.catalog.papers import Paper
from keras_cnns.diagram.draw.scene import Circle, Scene, Shape
from keras_cnns.gallery.chart_labels import HEIGHT, SIZE, Frame, label, label_frame
from keras_cnns.gallery.charts import NARROW, Drawn, chart, colour_of, line, link_of

TITLE = "When the papers appeared"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# On a screen: 1998 stands alone, then the scale has a gap.
GAP, FIRST, PER_YEAR, LEVEL = 110, 2012, 155, 50
# On a phone, downwards: where the axis is, where flags begin, and the pixels to a year.
AXIS, FLAGS, YEAR_DOWN = 62, 104, 120


def timeline(networks: Sequence[Network]) -> Drawn:
    """Return the papers at their months, each with a flag that names the networks it introduced."""
    papers: dict[Paper, list[Network]] = {}
    for network in networks:
        papers.setdefault(network.paper, []).append(network)
    last = max([FIRST, *(paper.year for paper in papers)])
    return Drawn(_wide(papers, last), _narrow(papers, last))


def _wide(papers: dict[Paper, list[Network]], last: int) -> Scene:
    years = (1998, *range(FIRST, last + 1))
    centres = {year: month_at(f"{year}-01") + (PER_YEAR / 2 if year >= FIRST else 18) for year in years}
    numbers = [label_frame(x, 20, [str(year)]) for year, x in centres.items()]
    taken: list[Frame] = []
    flags = []
    for paper, introduced in reversed(papers.items()):
        x, lines = month_at(paper.published), names_of(introduced)
        flags.append((x, lines, introduced[0], *free_place(x, lines, taken, numbers)))
    above, below = (pick(edge for frame in taken for edge in frame[1::2]) for pick in (min, max))
    axis, width = 4 - above, month_at(f"{last + 1}-01") + 130
    shapes: list[Shape] = [line(10, axis, GAP, axis, "axis"), line(GAP + 14, axis, width, axis, "axis")]
    shapes += [line(x - 4, axis + 8, x + 4, axis - 8, "axis") for x in (GAP, GAP + 14)]
    for year, centre in centres.items():
        x = month_at(f"{year}-01")
        shapes += [line(x, axis - 4, x, axis + 4, "axis"), label(centre, axis + 20, str(year), "muted")]
    for x, lines, first, top, end in flags:
        shapes.append(line(x, axis, x, axis + end, "stem"))
        shapes += _flag(x + 6, axis + top, lines, first)
    # The last was put first; the keyboard goes with the years.
    shapes += [_dot(x, axis, lines, first) for x, lines, first, _, _ in reversed(flags)]
    return chart(TITLE, width, below - above + 8, shapes)


def _narrow(papers: dict[Paper, list[Network]], last: int) -> Scene:
    """The axis downwards, flags at the right of it, each as near its month as the one before allows."""
    shapes: list[Shape] = []
    free = 0.0
    for paper, introduced in papers.items():
        y, lines = month_down(paper.published), names_of(introduced)
        top = max(free, y - HEIGHT * len(lines) / 2)
        middle = top + HEIGHT * len(lines) / 2
        free = top + HEIGHT * len(lines) + 8
        shapes += [line(AXIS, y, AXIS + 14, y, "stem"), line(AXIS + 14, y, FLAGS - 8, middle, "stem")]
        shapes += _flag(FLAGS, top + SIZE, lines, introduced[0])
    end = max(free, month_down(f"{last + 1}-01"))
    shapes += [line(AXIS, 4, AXIS, 42, "axis"), line(AXIS, 52, AXIS, end, "axis")]
    shapes += [line(AXIS - 8, y + 4, AXIS + 8, y - 4, "axis") for y in (42, 52)]
    for year in (1998, *range(FIRST, last + 1)):
        y = month_down(f"{year}-01")
        shapes += [line(AXIS - 4, y, AXIS + 4, y, "axis")]
        middle = y + (YEAR_DOWN / 2 if year >= FIRST else 14)
        shapes.append(label(AXIS - 14, middle + 5, str(year), "muted", "end"))
    months = [paper.published for paper in papers]
    for i, (paper, introduced) in enumerate(papers.items()):
        x = AXIS + 14 * months[:i].count(paper.published)  # those of one month stand side by side
        shapes.append(_dot(x, month_down(paper.published), names_of(introduced), introduced[0]))
    return chart(TITLE, NARROW, end + 6, shapes, narrow=True)


def _flag(x: float, y: float, lines: list[str], first: Network) -> list[Shape]:
    """Lines of text from the baseline y on: networks in bold, which lead to the first, and the month."""
    *names, month = lines
    shapes: list[Shape] = [
        label(x, y + i * HEIGHT, words, "", "start", bold=True, link=link_of(first))
        for i, words in enumerate(names)
    ]
    return [*shapes, label(x, y + len(names) * HEIGHT, month, "muted", "start")]


def _dot(x: float, y: float, lines: list[str], first: Network) -> Circle:
    return Circle(x, y, 7, colour_of(first), ", ".join(lines), link=link_of(first))


def month_at(published: str) -> float:
    """Return the place on the axis of a month such as "2015-12"."""
    year, month = map(int, published.split("-"))
    if year < FIRST:
        return 46 + (month - 1) * 3
    return GAP + 54 + PER_YEAR * (year - FIRST + (month - 1) / 12)


def month_down(published: str) -> float:
    """Return the place of a month on the axis that goes down."""
    year, month = map(int, published.split("-"))
    return 8 + (month - 1) * 2 if year < FIRST else 64 + YEAR_DOWN * (year - FIRST + (month - 1) / 12)


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
