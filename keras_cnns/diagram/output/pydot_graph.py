"""A scene as a positioned pydot graph, which Graphviz draws as it stands."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from keras_cnns.diagram.draw.scene import Circle, Line, Point, Polygon, Rectangle, Scene, Shape, Text
from keras_cnns.diagram.output.svg import HEAD_LENGTH, shaft
from keras_cnns.diagram.output.xdot import to_xdot
from keras_cnns.safe_text import visible

if TYPE_CHECKING:
    import pydot

POINTS = 0.75  # Graphviz counts in points, a scene in CSS pixels
ARROW = 10  # points, the length of Graphviz' arrow head
OUTLINE = 1.9  # thicknesses of the line by which the head's outline makes it longer


def to_dot(scene: Scene) -> "pydot.Dot":
    """Return the scene as a directed graph, 96 pixels of the scene to the inch.

    Shapes are nodes; each line is an edge between two invisible nodes. Graphviz has no node that is any
    polygon, so all shapes but text up to the last polygon are the graph's background. The graph itself asks
    for the layout engine "nop2", which leaves everything in its place. Tooltips are left out: bitmaps and
    paper have none.
    Raises ImportError if pydot is not installed.
    """
    try:
        import pydot
    except ImportError as error:
        raise ImportError('A Graphviz picture needs pydot: pip install "keras-cnns[plot]"') from error
    # Breadth first means a node, its edges, the next node: so the nodes' order is the order of painting.
    frame = {"layout": "nop2", "outputorder": "breadthfirst", "pad": "0", "margin": "0"}
    if not scene.ground:
        frame["bgcolor"] = "transparent"
    dot = pydot.Dot(_label(scene.title), **frame)
    dot.set_node_defaults(label='""', fixedsize="true", penwidth=str(POINTS))
    # Without a colour the ground still is there: it is what gives the picture its size.
    ground = Rectangle(0, 0, scene.width, scene.height, scene.ground, stroke=None)
    behind, shapes = _parted(scene.shapes)
    if behind:
        dot.set("_background", _quoted(to_xdot((ground, *behind), scene.height)))
        ground = replace(ground, fill=None)
    for number, shape in enumerate((ground, *shapes)):
        if not isinstance(shape, Line):
            dot.add_node(pydot.Node(f"shape{number}", **_node(shape, scene.height)))
        elif len(points := shaft(shape)) > 1:
            ends = f"shape{number}", f"shape{number}_end"
            for end, point in zip(ends, (points[0], points[-1])):
                place: dict[str, Any] = {"pos": _place(point, scene.height), "width": "0", "height": "0"}
                dot.add_node(pydot.Node(end, style="invis", shape="point", **place))
            dot.add_edge(pydot.Edge(*ends, **_edge(shape, points, scene.height)))
    return dot


def _parted(shapes: tuple[Shape, ...]) -> tuple[list[Shape], list[Shape]]:
    """The shapes up to the last polygon, without text, and the others."""
    last = max((i for i, shape in enumerate(shapes) if isinstance(shape, Polygon)), default=-1)
    behind: list[Shape] = [shape for shape in shapes[: last + 1] if not isinstance(shape, Text)]
    return behind, [shape for i, shape in enumerate(shapes) if i > last or isinstance(shape, Text)]


def _node(shape: Shape, height: float) -> dict[str, Any]:
    match shape:
        case Rectangle():
            centre = shape.x + shape.width / 2, shape.y + shape.height / 2
            size = shape.width, shape.height
            look = {"shape": "box", **_filled(shape.fill)}
            look |= {"color": _quoted(shape.stroke)} if shape.stroke else {"peripheries": "0"}
        case Circle():
            centre, size = (shape.x, shape.y), (2 * shape.radius, 2 * shape.radius)
            look = {"shape": "circle", **_filled(shape.fill)}
            look |= _coloured(shape.stroke)
        case Text():
            centre, size = (shape.x, shape.y), (shape.width, shape.size)
            look = _writing(shape)
    inches = {side: f"{length / 96:.5f}" for side, length in zip(("width", "height"), size)}
    return {"pos": _place(centre, height), **inches, **look}


def _filled(colour: str | None) -> dict[str, str]:
    return {"style": "filled", "fillcolor": _quoted(colour)} if colour else {}


def _coloured(stroke: str) -> dict[str, str]:
    return {"color": _quoted(stroke)} if stroke != "#000000" else {}


def _writing(text: Text) -> dict[str, str]:
    return {
        "shape": "none",
        "label": _label(text.string),
        "fontname": '"Helvetica-Bold"' if text.bold else '"Helvetica"',
        "fontsize": f"{text.size * POINTS:g}",
        "fontcolor": _quoted(text.colour),
    }


def _edge(line: Line, points: list[Point], height: float) -> dict[str, Any]:
    # Graphviz draws Bézier curves; one that has its own ends for control points is straight.
    places = [_coordinates(point, height) for point in points]
    curve = places[:1] + [place for a, b in zip(places, places[1:]) for place in (a, b, b)]
    if line.arrow:
        curve.insert(0, "e," + _coordinates(line.points[-1], height))
    return {
        "pos": _quoted(" ".join(curve)),
        "dir": "forward" if line.arrow else "none",
        "arrowsize": f"{(HEAD_LENGTH - OUTLINE) * line.thickness * POINTS / ARROW:.3f}",
        "penwidth": f"{line.thickness * POINTS:g}",
        **_coloured(line.colour),
    }


def _place(point: Point, height: float) -> str:
    return f'"{_coordinates(point, height)}!"'


def _coordinates(point: Point, height: float) -> str:
    x, y = point
    return f"{x * POINTS:.3f},{(height - y) * POINTS:.3f}"


def _label(string: str) -> str:
    # Graphviz decodes entities such as &lt; in any label.
    return _quoted(visible(string).replace("&", "&amp;"))


def _quoted(string: str) -> str:
    return '"' + string.replace("\\", "\\\\").replace('"', '\\"') + '"'
