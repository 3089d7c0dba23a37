"""A figure as the shapes of a slide; elements and attributes are those of ECMA-376, part 1."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from keras_cnns.diagram.draw.scene import Circle, Line, Point, Rectangle
from keras_cnns.diagram.output.cells import Corners
from keras_cnns.diagram.output.connectors import QUARTER, preset
from keras_cnns.diagram.output.figure_items import Box, Figure, Group, Item, Words, corners_of
from keras_cnns.diagram.output.sites import own_sites, site_at
from keras_cnns.diagram.output.wires import Wire
from keras_cnns.safe_text import visible

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

FONT = "Arial"
PIXEL = 9525  # EMU, of which an inch has 914,400
POINTS = 75  # hundredths of a point in a pixel


class Slide:
    """Draws into the tree of shapes of a slide; `scale` is what a pixel of the scene is on it."""

    def __init__(self, tree: Element, scale: float):
        self.tree, self.scale = tree, scale
        self.ids: dict[Box, int] = {}
        self.sites: dict[Box, list[Point]] = defaultdict(list)
        self.last = 1  # the tree itself has this id

    def draw(self, drawn: Figure) -> None:
        for item in drawn.items():
            if isinstance(item, Box):
                self.ids[item] = self.next_id()
                self.sites[item] = own_sites(item)
        for item in drawn.items():
            if isinstance(item, Wire):
                for box, at in ((item.start, item.line.points[0]), (item.end, item.line.points[-1])):
                    if (
                        box
                        and not isinstance(box.shape, Circle)
                        and site_at(box, self.sites[box], at) is None
                    ):
                        self.sites[box].append(at)
        for group in drawn.groups:
            self.group(self.tree, group)
        for part in drawn.loose:
            self.item(self.tree, part)

    def next_id(self) -> int:
        self.last += 1
        return self.last

    def group(self, tree: Element, group: Group) -> None:
        inner = self.grouped(tree, group.name, corners_of(group))
        for item in group.items:
            self.item(inner, item)

    def grouped(self, tree: Element, name: str, corners: Corners) -> Element:
        group = _add(tree, "p:grpSp")
        self.named(group, "p:nvGrpSpPr", "p:cNvGrpSpPr", name)
        frame = _add(_add(group, "p:grpSpPr"), "a:xfrm")
        corner, size = self.frame(corners)
        for kind, what in (("off", corner), ("ext", size), ("chOff", corner), ("chExt", size)):
            _add(frame, f"a:{kind}", **dict(zip(("x", "y") if kind.endswith("ff") else ("cx", "cy"), what)))
        return group

    def item(self, tree: Element, item: Item) -> None:
        match item:
            case Box():
                self.box(tree, item)
            case Wire():
                self.wire(tree, item)
            case Group():
                self.group(tree, item)
            case Words():
                self.words(tree, item)

    def box(self, tree: Element, box: Box) -> None:
        if box.behind or box.on_it:
            tree = self.grouped(tree, _name(box), corners_of(box))
        for part in (*box.behind, box, *box.on_it):
            shape = _add(tree, "p:sp")
            self.named(shape, "p:nvSpPr", "p:cNvSpPr", _name(part), part.shape.tooltip, self.ids.get(part))
            look = _add(shape, "p:spPr")
            self.area(look, part)
            _filled(look, part.shape.fill)
            self.outline(look, part.shape.stroke, 1.0)
            if part.words:
                self.text(shape, part.words)

    def area(self, look: Element, box: Box) -> None:
        """Where a shape is and which it is; one with more places for connectors has a list of these."""
        self.place(look, box.corners)
        shape, sites = box.shape, self.sites[box]
        left, top, right, bottom = box.corners
        if isinstance(shape, Circle) or isinstance(shape, Rectangle) and len(sites) <= len(own_sites(box)):
            kind = "rect" if isinstance(shape, Rectangle) else "ellipse"
            _add(_add(look, "a:prstGeom", prst=kind), "a:avLst")
        elif isinstance(shape, Rectangle):
            points = [(left, top), (right, top), (right, bottom), (left, bottom)]
            self.path(look, box.corners, points, True, sites)
        else:
            self.path(look, box.corners, list(shape.points), True, sites)

    def path(
        self,
        look: Element,
        corners: Corners,
        points: list[Point],
        closed: bool,
        sites: list[Point] | None = None,
    ) -> None:
        left, top = corners[:2]
        _, (width, height) = self.frame(corners)
        geometry = _add(look, "a:custGeom")
        _add(geometry, "a:avLst")
        guides = _add(geometry, "a:gdLst")
        _add(geometry, "a:ahLst")
        listed = _add(geometry, "a:cxnLst")
        for number, (x, y) in enumerate(sites or ()):
            for name, share, side in (("x", x - left, "w"), ("y", y - top, "h")):
                whole = width if side == "w" else height
                formula = f"*/ {side} {self.emu(share)} {whole}"
                _add(guides, "a:gd", name=f"{name}{number}", fmla=formula)
            _add(_add(listed, "a:cxn", ang="0"), "a:pos", x=f"x{number}", y=f"y{number}")
        _add(geometry, "a:rect", l="l", t="t", r="r", b="b")
        fill = {} if closed else {"fill": "none"}
        path = _add(_add(geometry, "a:pathLst"), "a:path", w=width, h=height, **fill)
        for number, (x, y) in enumerate(points):
            step = _add(path, "a:lnTo" if number else "a:moveTo")
            _add(step, "a:pt", x=self.emu(x - left), y=self.emu(y - top))
        if closed:
            _add(path, "a:close")

    def words(self, tree: Element, words: Words) -> None:
        shape = _add(tree, "p:sp")
        self.named(shape, "p:nvSpPr", "p:cNvSpPr", " ".join(words.strings), inner={"txBox": "1"})
        look = _add(shape, "p:spPr")
        self.place(look, words.corners)
        _add(_add(look, "a:prstGeom", prst="rect"), "a:avLst")
        _add(look, "a:noFill")
        self.text(shape, words)

    def text(self, shape: Element, words: Words) -> None:
        body = _add(shape, "p:txBody")
        margins = dict.fromkeys(("lIns", "tIns", "rIns", "bIns"), 0)
        _add(_add(body, "a:bodyPr", wrap="none", **margins, anchor="ctr"), "a:noAutofit")
        _add(body, "a:lstStyle")
        size = max(100, round(words.look.size * POINTS * self.scale))
        for string in words.strings:
            paragraph = _add(body, "a:p")
            line = _add(paragraph, "a:pPr", algn="ctr")
            _add(_add(line, "a:lnSpc"), "a:spcPts", val=round(words.step * POINTS * self.scale))
            run = _add(paragraph, "a:r")
            look = _add(run, "a:rPr", lang="en-US", sz=size, b=int(words.look.bold))
            _filled(look, words.look.colour)
            _add(look, "a:latin", typeface=FONT)
            _add(run, "a:t").text = string

    def wire(self, tree: Element, wire: Wire[Box]) -> None:
        line = wire.line
        drawn = preset([(self.emu(x), self.emu(y)) for x, y in line.points])
        held = (wire.start and wire.end) or len(line.points) == 2
        if drawn is None or not held:
            self.freeform(tree, line)
            return
        shape = _add(tree, "p:cxnSp")
        ends = self.named(shape, "p:nvCxnSpPr", "p:cNvCxnSpPr", "connector")
        for tag, box, at in (("stCxn", wire.start, line.points[0]), ("endCxn", wire.end, line.points[-1])):
            site = site_at(box, self.sites[box], at) if box else None
            if box and site is not None:
                _add(ends, f"a:{tag}", id=self.ids[box], idx=site)
        look = _add(shape, "p:spPr")
        marks = {"rot": QUARTER * drawn.turned, "flipH": int(drawn.flip_h), "flipV": int(drawn.flip_v)}
        frame = _add(look, "a:xfrm", **{mark: value for mark, value in marks.items() if value})
        _add(frame, "a:off", x=drawn.corner[0], y=drawn.corner[1])
        _add(frame, "a:ext", cx=drawn.size[0], cy=drawn.size[1])
        _add(_add(look, "a:prstGeom", prst=drawn.name), "a:avLst")
        self.outline(look, line.colour, line.thickness, line.arrow)

    def freeform(self, tree: Element, line: Line) -> None:
        shape = _add(tree, "p:sp")
        self.named(shape, "p:nvSpPr", "p:cNvSpPr", "line")
        look = _add(shape, "p:spPr")
        xs, ys = zip(*line.points)
        corners = min(xs), min(ys), max(xs), max(ys)
        self.place(look, corners)
        self.path(look, corners, list(line.points), closed=False)
        _add(look, "a:noFill")
        self.outline(look, line.colour, line.thickness, line.arrow)

    def outline(self, look: Element, colour: str | None, thickness: float, arrow: bool = False) -> None:
        line = _add(look, "a:ln", w=round(thickness * PIXEL * self.scale))
        _filled(line, colour)
        if colour:
            _add(line, "a:miter", lim=800_000)
        if arrow:
            _add(line, "a:tailEnd", type="triangle", w="med", len="med")

    def named(
        self,
        shape: Element,
        tag: str,
        inner_tag: str,
        name: str,
        about: str = "",
        number: int | None = None,
        inner: dict[str, str] | None = None,
    ) -> Element:
        """Add what says who a shape is; return the part of it that says what may be done with it."""
        properties = _add(shape, tag)
        said = {"descr": visible(about)} if about else {}
        _add(properties, "p:cNvPr", id=number or self.next_id(), name=visible(name), **said)
        kind = _add(properties, inner_tag, **(inner or {}))
        _add(properties, "p:nvPr")
        return kind

    def place(self, look: Element, corners: Corners) -> None:
        (x, y), (width, height) = self.frame(corners)
        frame = _add(look, "a:xfrm")
        _add(frame, "a:off", x=x, y=y)
        _add(frame, "a:ext", cx=width, cy=height)

    def frame(self, corners: Corners) -> tuple[tuple[int, int], tuple[int, int]]:
        left, top, right, bottom = map(self.emu, corners)
        return (left, top), (right - left, bottom - top)

    def emu(self, pixels: float) -> int:
        return round(pixels * PIXEL * self.scale)


def _add(parent: Element, tag: str, **attributes: Any) -> Element:
    from pptx.oxml.ns import qn

    element = parent.makeelement(qn(tag), {name: str(value) for name, value in attributes.items()})
    parent.append(element)
    return element


def _filled(parent: Element, colour: str | None) -> None:
    if colour:
        _add(_add(parent, "a:solidFill"), "a:srgbClr", val=colour[1:].upper())
    else:
        _add(parent, "a:noFill")


def _name(box: Box) -> str:
    return " ".join(box.words.strings) if box.words else "shape"
