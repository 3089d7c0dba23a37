"""A scene as a drawing of draw.io (diagrams.net): boxes, connectors between them, a group for each module.

The format is draw.io's own, XML that is not compressed. See https://www.drawio.com/doc/faq/ and the schema
mxfile.xsd that is published there.
"""

import json
from collections.abc import Iterable
from math import ceil
from xml.etree import ElementTree

from keras_cnns.diagram.draw.scene import Circle, Line, Point, Polygon, Rectangle, Scene
from keras_cnns.diagram.output.bends import cornered
from keras_cnns.diagram.output.cells import Corners
from keras_cnns.diagram.output.figure import figure
from keras_cnns.diagram.output.figure_items import Box, Figure, Group, Item, Words, around, corners_of
from keras_cnns.diagram.output.svg import HEAD_LENGTH
from keras_cnns.diagram.output.wires import Wire
from keras_cnns.safe_text import html_text, visible

FONT = "Helvetica"
PAGE = {"grid": "0", "guides": "1", "tooltips": "1", "connect": "1", "arrows": "1", "fold": "1", "page": "1"}
# Formulas are not set: a label is what it is.
PAGE |= {"pageScale": "1", "math": "0", "shadow": "0"}


def to_drawio(scene: Scene) -> str:
    """Return the scene as a file of draw.io with one page of its size; equal scenes give equal strings.

    Labels are plain text in which draw.io reads no HTML. What cannot be seen in them is written out.
    """
    file = ElementTree.Element("mxfile", host="keras_cnns")
    page = ElementTree.SubElement(file, "diagram", id="picture", name=visible(scene.title))
    size = {"pageWidth": str(ceil(scene.width)), "pageHeight": str(ceil(scene.height))}
    ground = {"background": scene.ground} if scene.ground else {}
    model = ElementTree.SubElement(page, "mxGraphModel", {**PAGE, **size, **ground})
    _Page(ElementTree.SubElement(model, "root")).draw(figure(scene))
    ElementTree.indent(file)
    return ElementTree.tostring(file, encoding="unicode") + "\n"


class _Page:
    def __init__(self, root: ElementTree.Element):
        self.root = root
        self.ids: dict[Box, str] = {}
        ElementTree.SubElement(root, "mxCell", {"id": "0"})
        ElementTree.SubElement(root, "mxCell", {"id": "1", "parent": "0"})

    def draw(self, drawn: Figure) -> None:
        # A wire may come before the boxes that it names.
        boxes = [item for item in drawn.items() if isinstance(item, Box)]
        self.ids = {box: f"box{number}" for number, box in enumerate(boxes, 1)}
        for item in (*drawn.groups, *drawn.loose):
            self.item(item, "1", (0.0, 0.0))

    def group(self, group: Group, parent: str, origin: Point) -> None:
        corners = corners_of(group)
        number = self.vertex("group;", corners, parent, origin, connectable=False)
        for item in group.items:
            self.item(item, number, corners[:2])

    def item(self, item: Item, parent: str, origin: Point) -> None:
        match item:
            case Box():
                self.box(item, parent, origin)
            case Wire():
                self.wire(item, parent, origin)
            case Group():
                self.group(item, parent, origin)
            case Words():
                style = f"text;fillColor=none;strokeColor=none;{_font(item)}"
                self.vertex(style, item.corners, parent, origin, item.strings)

    def box(self, box: Box, parent: str, origin: Point) -> None:
        if box.behind:
            corners = around([box.corners, *(card.corners for card in box.behind)])
            parent, origin = self.vertex("group;", corners, parent, origin, connectable=False), corners[:2]
        for card in box.behind:
            self.vertex(_area(card), card.corners, parent, origin)
        words = box.words.strings if box.words else ()
        name = self.ids.get(box)
        number = self.vertex(_area(box), box.corners, parent, origin, words, box.shape.tooltip, name)
        for badge in box.on_it:  # what has a parent moves with it
            self.box(badge, number, box.corners[:2])

    def vertex(
        self,
        style: str,
        corners: Corners,
        parent: str,
        origin: Point,
        words: Iterable[str] = (),
        tooltip: str = "",
        name: str | None = None,
        connectable: bool = True,
    ) -> str:
        """Add a cell at its place in its parent, whose upper left corner is `origin`; return its id."""
        left, top, right, bottom = corners
        place = {"x": left - origin[0], "y": top - origin[1], "width": right - left, "height": bottom - top}
        number, above = name or f"cell{len(self.root)}", self.root
        attributes = {"id": number, "value": "\n".join(words)}
        if tooltip:  # draw.io shows it as HTML
            labelled = {"id": number, "label": attributes["value"], "tooltip": html_text(tooltip)}
            above, attributes = ElementTree.SubElement(self.root, "UserObject", labelled), {}
        attributes |= {"style": style, "vertex": "1", "parent": parent}
        cell = ElementTree.SubElement(
            above, "mxCell", attributes | ({} if connectable else {"connectable": "0"})
        )
        texts = {key: _number(value) for key, value in place.items()}
        ElementTree.SubElement(cell, "mxGeometry", {**texts, "as": "geometry"})
        return number

    def wire(self, wire: Wire[Box], parent: str, origin: Point) -> None:
        line, (way_of, radius) = wire.line, cornered(wire.line.points)
        points = [(x - origin[0], y - origin[1]) for x, y in way_of]
        bends = f"rounded=1;arcSize={_number(2 * radius)};" if radius else "rounded=0;"
        style = f"edgeStyle=none;{bends}html=0;strokeColor={line.colour};{_thickness(line)}{_head(line)}"
        ends = {}
        for end, box, side, at in (
            ("source", wire.start, "exit", line.points[0]),
            ("target", wire.end, "entry", line.points[-1]),
        ):
            if box:
                ends[end] = self.ids[box]
                style += _port(side, box.corners, at)
        attributes = {"id": f"wire{len(self.root)}", "style": style, "edge": "1", "parent": parent, **ends}
        cell = ElementTree.SubElement(self.root, "mxCell", attributes)
        way = ElementTree.SubElement(cell, "mxGeometry", {"relative": "1", "as": "geometry"})
        for end, point in (("source", points[0]), ("target", points[-1])):
            if end not in ends:
                ElementTree.SubElement(way, "mxPoint", {**_place(point), "as": f"{end}Point"})
        if len(points) > 2:
            turns = ElementTree.SubElement(way, "Array", {"as": "points"})
            for point in points[1:-1]:
                ElementTree.SubElement(turns, "mxPoint", _place(point))


def _area(box: Box) -> str:
    shape = box.shape
    kind = {Rectangle: "rounded=0", Circle: "ellipse", Polygon: "shape=mxgraph.basic.polygon;polyline=0"}
    look = (
        f"{kind[type(shape)]};html=0;fillColor={shape.fill or 'none'};strokeColor={shape.stroke or 'none'};"
    )
    if isinstance(shape, Polygon):
        left, top, right, bottom = box.corners
        shares = [
            [round((x - left) / (right - left or 1), 4), round((y - top) / (bottom - top or 1), 4)]
            for x, y in shape.points
        ]
        look += f"polyCoords={json.dumps(shares, separators=(',', ':'))};"
    return look + (_font(box.words) if box.words else "")


def _font(words: Words) -> str:
    look = words.look
    bold = "fontStyle=1;" if look.bold else ""
    # Without white space of its own, text is where the words of the scene are.
    return (
        f"html=0;align=center;verticalAlign=middle;spacing=0;fontFamily={FONT};"
        f"fontSize={_number(look.size)};fontColor={look.colour};{bold}"
    )


def _thickness(line: Line) -> str:
    # Of whole pixels, so that stretches which several connectors share look as others do.
    return f"strokeWidth={max(1, round(line.thickness))};"


def _head(line: Line) -> str:
    if not line.arrow:
        return "endArrow=none;"
    # draw.io adds the outline of a head to its length.
    return f"endArrow=blockThin;endFill=1;endSize={_number((HEAD_LENGTH - 2) * line.thickness)};"


def _port(side: str, corners: Corners, at: Point) -> str:
    """Where on the border of a box a connector stays, as shares of its width and height."""
    left, top, right, bottom = corners
    x, y = (at[0] - left) / (right - left), (at[1] - top) / (bottom - top)
    x, y = (min(max(share, 0.0), 1.0) for share in (x, y))
    place = f"{side}X={round(x, 4):g};{side}Y={round(y, 4):g};"
    return f"{place}{side}Dx=0;{side}Dy=0;{side}Perimeter=0;"


def _place(point: Point) -> dict[str, str]:
    return {"x": _number(point[0]), "y": _number(point[1])}


def _number(value: float) -> str:
    return f"{round(value, 2) + 0:.2f}".rstrip("0").rstrip(".")
