"""A reader of draw.io's files: what its documentation asks of one, and where its cells are on the page.

The rules are those of the format's page and schema, https://www.drawio.com/docs/reference/file-format/ and
https://www.drawio.com/mxfile.xsd: two cells to begin with, ids that occur once, parents and ends of edges
that are there, a geometry each.
"""

from dataclasses import dataclass, field
from xml.etree import ElementTree

ATTRIBUTES = {
    "mxfile": "host",
    "diagram": "id name",
    "mxGraphModel": "grid guides tooltips connect arrows fold page pageScale pageWidth pageHeight math shadow"
    " background",
    "root": "",
    "mxCell": "id value style vertex edge connectable parent source target",
    "UserObject": "id label tooltip",
    "mxGeometry": "x y width height relative as",
    "Array": "as",
    "mxPoint": "x y as",
}


@dataclass
class Cell:
    """A vertex with its place on the page, or an edge with all its points."""

    id: str
    label: str
    tooltip: str
    style: dict[str, str]
    parent: str
    corners: tuple = ()
    points: list = field(default_factory=list)
    source: str | None = None
    target: str | None = None


@dataclass
class Drawing:
    name: str
    size: tuple
    ground: str | None
    cells: dict[str, Cell]

    def vertices(self):
        return [cell for cell in self.cells.values() if cell.corners]

    def edges(self):
        return [cell for cell in self.cells.values() if cell.points]


def read(text):
    """Return the only page of a file; an AssertionError says what its format does not allow."""
    file = ElementTree.fromstring(text)
    for element in file.iter():
        assert set(element.attrib) <= set(ATTRIBUTES[element.tag].split()), element.attrib
        assert not (element.text or "").strip() and not (element.tail or "").strip()
    (page,) = file
    (model,) = page
    (root,) = model
    assert (file.tag, page.tag, model.tag, root.tag) == ("mxfile", "diagram", "mxGraphModel", "root")
    first, second, *rest = root
    assert (first.tag, first.attrib) == ("mxCell", {"id": "0"})
    assert (second.tag, second.attrib) == ("mxCell", {"id": "1", "parent": "0"})
    cells = {}
    for element in rest:
        cell = element if element.tag == "mxCell" else element.find("mxCell")
        assert (cell.get("vertex") == "1") + (cell.get("edge") == "1") == 1
        (geometry,) = cell
        assert geometry.tag == "mxGeometry" and geometry.get("as") == "geometry"
        parent = cell.get("parent")
        assert parent == "1" or parent in cells  # a parent comes before what it has
        origin = cells[parent].corners[:2] if parent != "1" else (0.0, 0.0)
        name = element.get("id")
        assert name not in cells
        label = element.get("value") if element is cell else element.get("label")
        style = dict(part.partition("=")[::2] for part in cell.get("style").split(";") if part)
        ends = cell.get("source"), cell.get("target")
        new = Cell(
            name, label or "", element.get("tooltip", ""), style, parent, source=ends[0], target=ends[1]
        )
        if cell.get("vertex"):
            x, y, width, height = (float(geometry.get(side)) for side in ("x", "y", "width", "height"))
            new.corners = (origin[0] + x, origin[1] + y, origin[0] + x + width, origin[1] + y + height)
        else:
            assert geometry.get("relative") == "1"
            new.points = [place(point, origin) for point in geometry.iterfind("Array[@as='points']/mxPoint")]
            free = {point.get("as"): place(point, origin) for point in geometry.iterfind("mxPoint")}
            new.points = [free.get("sourcePoint"), *new.points, free.get("targetPoint")]
            assert set(free) == {f"{end}Point" for end, at in zip(("source", "target"), ends) if at is None}
        cells[name] = new
    for cell in cells.values():
        for i, side, end in ((0, "exit", cell.source), (-1, "entry", cell.target)):
            if end is not None:
                assert cells[end].corners and cells[end].style.get("group") is None
                left, top, right, bottom = cells[end].corners
                x, y = float(cell.style[f"{side}X"]), float(cell.style[f"{side}Y"])
                assert 0.0 <= x <= 1.0 and 0.0 <= y <= 1.0
                # On the border; of a circle there, and of a polygon anywhere in it.
                assert {x, y} & {0.0, 1.0} or "polyCoords" in cells[end].style
                cell.points[i] = (left + x * (right - left), top + y * (bottom - top))
    size = float(model.get("pageWidth")), float(model.get("pageHeight"))
    return Drawing(page.get("name"), size, model.get("background"), cells)


def place(point, origin):
    return float(point.get("x", 0)) + origin[0], float(point.get("y", 0)) + origin[1]
