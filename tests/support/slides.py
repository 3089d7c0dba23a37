"""A slide as python-pptx reads it: shapes with their text and place, and what connectors are glued to.

PowerPoint repairs or refuses a file that breaks what `read` asserts: ids that occur once, connectors glued to
shapes and places that are there, groups as large as what is in them, and the limits of lengths and sizes.
"""

from dataclasses import dataclass

from pptx import Presentation
from pptx.oxml.ns import qn

PIXEL = 9525
# ECMA-376, part 1: 19.7.20 (sides of a slide), 20.1.10.16 (coordinates), 20.1.10.35 (widths of lines) and
# 20.1.10.72 (sizes of letters).
SIDES = (914_400, 51_206_400)
LONGEST, WIDEST_LINE, LETTERS = 27_273_042_316_900, 20_116_800, (100, 400_000)


@dataclass(eq=False)
class Seen:
    """A shape; lengths in pixels. `sites` are where connectors can be glued to it."""

    id: int
    name: str
    text: str
    corners: tuple
    sites: list
    kind: str
    description: str
    fill: str | None


@dataclass(eq=False)
class Glued:
    """A connector, its points as it is drawn, and the shape and site that each end is glued to."""

    points: list
    start: tuple | None
    end: tuple | None
    arrow: bool


@dataclass
class Slide:
    size: tuple
    title: str
    ground: str | None
    shapes: dict
    connectors: list
    groups: list


def read(file):
    """Return the only slide of a presentation."""
    presentation = Presentation(file)
    (slide,) = presentation.slides
    size = presentation.slide_width / PIXEL, presentation.slide_height / PIXEL
    behind = slide._element.cSld.find(f"{qn('p:bg')}/{qn('p:bgPr')}/{qn('a:solidFill')}/{qn('a:srgbClr')}")
    ground = None if behind is None else "#" + behind.get("val").lower()
    seen = Slide(size, presentation.core_properties.title, ground, {}, [], [])
    ids = [element.get("id") for element in slide.shapes._spTree.iter(qn("p:cNvPr"))]
    assert len(ids) == len(set(ids)) and all(0 < int(number) < 2**31 for number in ids)
    assert all(SIDES[0] <= side <= SIDES[1] for side in (presentation.slide_width, presentation.slide_height))
    check_limits(slide.shapes._spTree)
    look(slide.shapes, seen)
    for line in seen.connectors:
        for glue in filter(None, (line.start, line.end)):
            assert 0 <= glue[1] < len(seen.shapes[glue[0]].sites)
    return seen


def check_limits(tree):
    """Lengths, widths of lines, sizes of letters and guides are what the format allows; no run is empty."""
    for frame in tree.iter(qn("a:off"), qn("a:ext"), qn("a:chOff"), qn("a:chExt"), qn("a:pt")):
        numbers = [int(value) for value in frame.attrib.values()]
        assert all(abs(number) <= LONGEST for number in numbers)
        assert frame.tag.endswith(("ff", "pt")) or min(numbers) >= 0
    assert all(0 <= int(line.get("w")) <= WIDEST_LINE for line in tree.iter(qn("a:ln")))
    for run in tree.iter(qn("a:r")):
        assert (
            run.find(qn("a:t")).text and run.find(qn("a:rPr")).find(qn("a:latin")).get("typeface") == "Arial"
        )
        assert LETTERS[0] <= int(run.find(qn("a:rPr")).get("sz")) <= LETTERS[1]
    assert all(paragraph.find(qn("a:r")) is not None for paragraph in tree.iter(qn("a:p")))
    for geometry in tree.iter(qn("a:custGeom")):
        guides = {guide.get("name"): guide.get("fmla").split() for guide in geometry.find(qn("a:gdLst"))}
        assert len(guides) == len(geometry.find(qn("a:gdLst")))
        assert all(int(whole) > 0 for *_, whole in guides.values())
        used = {value for place in geometry.iter(qn("a:pos")) for value in place.attrib.values()}
        assert used <= set(guides)
    for group in tree.iter(qn("p:grpSp")):
        check_extent(group)


def check_extent(group):
    """What is in a group is within it; what is turned has its place before it is."""
    left, top, right, bottom = place_of(group.find(f"{qn('p:grpSpPr')}/{qn('a:xfrm')}"))
    frames = [frame for shape in group if (frame := shape.find(f"*/{qn('a:xfrm')}")) is not None]
    assert frames
    for frame in [frame for frame in frames if frame.get("rot") is None]:
        a, b, c, d = place_of(frame)
        assert left - 1 <= a and top - 1 <= b and c <= right + 1 and d <= bottom + 1


def place_of(frame):
    x, y = (int(frame.find(qn("a:off")).get(name)) for name in ("x", "y"))
    return x, y, x + int(frame.find(qn("a:ext")).get("cx")), y + int(frame.find(qn("a:ext")).get("cy"))


def look(shapes, seen):
    """Read shapes, and those of groups in them."""
    for shape in shapes:
        place = [length / PIXEL for length in (shape.left, shape.top, shape.width, shape.height)]
        tag = shape._element.tag
        if tag == qn("p:grpSp"):
            frame = shape._element.grpSpPr.find(qn("a:xfrm"))
            (x, y, a, b), (cx, cy, c, d) = (
                [int(value) for name in names for value in frame.find(qn(f"a:{name}")).attrib.values()]
                for names in (("off", "chOff"), ("ext", "chExt"))
            )
            assert (x, y, cx, cy) == (a, b, c, d)  # what is in a group is where it says
            seen.groups.append(shape)
            look(shape.shapes, seen)
        elif tag == qn("p:cxnSp"):
            seen.connectors.append(connector(shape, place))
        else:
            text = shape.text_frame.text if shape._element.find(qn("p:txBody")) is not None else ""
            x, y, width, height = place
            described = shape._element._nvXxPr.cNvPr.get("descr", "")
            corners = (x, y, x + width, y + height)
            colour = shape._element.spPr.find(f"{qn('a:solidFill')}/{qn('a:srgbClr')}")
            fill = None if colour is None else "#" + colour.get("val").lower()
            seen.shapes[shape.shape_id] = Seen(
                shape.shape_id, shape.name, text, corners, sites(shape, corners), kind(shape), described, fill
            )


def kind(shape):
    preset = shape._element.spPr.find(qn("a:prstGeom"))
    if shape._element.find(f"{qn('p:nvSpPr')}/{qn('p:cNvSpPr')}").get("txBox"):
        return "text"
    return "freeform" if preset is None else preset.get("prst")


def sites(shape, corners):
    """The middles of the sides of a rectangle, an ellipse's eight; of a freeform those that it lists."""
    left, top, right, bottom = corners
    x, y = (left + right) / 2, (top + bottom) / 2
    geometry = shape._element.spPr.find(qn("a:custGeom"))
    if kind(shape) == "ellipse":
        a, b = (right - left) / 8**0.5, (bottom - top) / 8**0.5
        upper = [(x, top), (x - a, y - b), (left, y), (x - a, y + b)]
        return [*upper, (x, bottom), (x + a, y + b), (right, y), (x + a, y - b)]
    if geometry is None:
        return [(x, top), (left, y), (x, bottom), (right, y)]
    guides = {}
    for guide in geometry.find(qn("a:gdLst")):
        _, side, share, whole = guide.get("fmla").split()
        guides[guide.get("name")] = {"w": right - left, "h": bottom - top}[side] * int(share) / int(whole)
    places = [site.find(qn("a:pos")) for site in geometry.find(qn("a:cxnLst"))]
    return [(left + guides[place.get("x")], top + guides[place.get("y")]) for place in places]


def connector(shape, place):
    """Its points as the preset's rectangle, mirrored and then turned about its middle, has them."""
    x, y, width, height = place
    frame = shape._element.spPr.find(qn("a:xfrm"))
    preset = shape._element.spPr.find(qn("a:prstGeom")).get("prst")
    way = {"straightConnector1": [(0, 0), (1, 1)], "bentConnector2": [(0, 0), (1, 0), (1, 1)]}[preset]
    flip_h, flip_v = (frame.get(name) in ("1", "true") for name in ("flipH", "flipV"))
    points = []
    for u, v in way:
        across = ((1 - u if flip_h else u) - 0.5) * width
        down = ((1 - v if flip_v else v) - 0.5) * height
        if frame.get("rot"):
            assert frame.get("rot") == str(90 * 60_000)  # clockwise, where y grows downwards
            across, down = -down, across
        points.append((x + width / 2 + across, y + height / 2 + down))
    ends = []
    for name in ("stCxn", "endCxn"):
        glue = next(shape._element.iter(qn(f"a:{name}")), None)
        ends.append(None if glue is None else (int(glue.get("id")), int(glue.get("idx"))))
    return Glued(points, *ends, arrow=next(shape._element.iter(qn("a:tailEnd")), None) is not None)
