"""A slide as python-pptx reads it: shapes with their text and place, and what connectors are glued to."""

from dataclasses import dataclass

from pptx import Presentation
from pptx.oxml.ns import qn

PIXEL = 9525


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
    assert len(ids) == len(set(ids))
    look(slide.shapes, seen)
    return seen


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
