"""What Graphviz has laid out as a scene, read from its JSON, for a format that it does not write."""

import json
from collections.abc import Callable, Iterator
from math import cos, sin, tau
from typing import Any

from keras_cnns.diagram.draw.scene import Line, Point, Polygon, Scene, Shape, Text
from keras_cnns.diagram.output.svg import BASELINE

POINTS = 0.75  # Graphviz counts in points, a scene in CSS pixels
PAD = 4.0  # points that Graphviz leaves free on each side
LAYERS = ("_draw_", "_ldraw_", "_hdraw_", "_tdraw_", "_hldraw_", "_tldraw_")
STEPS = 12  # straight pieces in the place of one of Bézier's curves
FLAT = 0.01
BOLD = 1  # in the font flags of the xdot format
OPAQUE = len("#rrggbb")
Place = Callable[[list[float]], Point]


def to_scene(layout: bytes) -> Scene:
    """Return the scene of a graph that Graphviz has written in the format "json".

    Polygons, lines, curves and text are read, which is what graphs of boxes have; a curve becomes straight
    pieces, an ellipse a polygon.
    """
    graph = json.loads(layout)
    left, low, right, high = map(float, graph["bb"].split(","))

    def place(point: list[float]) -> Point:
        return (point[0] - left + PAD) / POINTS, (high - point[1] + PAD) / POINTS

    parts = [graph, *graph.get("objects", ()), *graph.get("edges", ())]
    shapes = tuple(
        shape for part in parts for layer in LAYERS for shape in _shapes(part.get(layer, ()), place)
    )
    return Scene(graph["name"], (right - left + 2 * PAD) / POINTS, (high - low + 2 * PAD) / POINTS, shapes)


def _shapes(operations: list[dict[str, Any]], place: Place) -> Iterator[Shape]:
    """Draw operations have the state of a pen: see "xdot" in Graphviz' documentation of output formats."""
    pen: str | None = "#000000"
    fill: str | None = None
    size, flags, thickness = 14.0, 0, 1.0
    for each in operations:
        match each["op"]:
            case "c":
                pen = _colour(each.get("color"))
            case "C":
                fill = _colour(each.get("color"))
            case "S":
                if each["style"].startswith("setlinewidth("):
                    thickness = float(each["style"][len("setlinewidth(") : -1])
            case "F":
                size = each["size"]
            case "t":
                flags = each["fontchar"]
            case "T":
                yield _text(each, place, size / POINTS, bool(flags & BOLD), pen or "#000000")
            case "P" | "p" as kind:
                yield Polygon(tuple(map(place, each["points"])), fill if kind == "P" else None, pen)
            case "E" | "e" as kind:
                yield Polygon(tuple(map(place, _ellipse(each["rect"]))), fill if kind == "E" else None, pen)
            case "L" | "b" | "B" as kind:
                points = each["points"] if kind == "L" else _curve(each["points"])
                if pen:
                    yield Line(tuple(map(place, points)), thickness=thickness / POINTS, colour=pen)


def _text(operation: dict[str, Any], place: Place, size: float, bold: bool, colour: str) -> Text:
    x, baseline = place(operation["pt"])
    width = max(operation["width"] / POINTS, 1.0)
    x += {"l": width / 2, "r": -width / 2}.get(operation["align"], 0.0)
    return Text(x, baseline - BASELINE * size, operation["text"], size, width, bold, colour)


def _colour(colour: str | None) -> str | None:
    """The colour as a scene has it; None for one that is transparent, or a gradient."""
    if not colour or len(colour) > OPAQUE and colour[OPAQUE:] == "00":
        return None
    return colour[:OPAQUE]


def _curve(controls: list[list[float]]) -> list[list[float]]:
    """Points of cubic curves in a row, each of which begins where the one before ends."""
    points = controls[:1]
    for i in range(0, len(controls) - 3, 3):
        a, b, c, d = controls[i : i + 4]
        steps = 1 if _is_straight(a, b, c, d) else STEPS
        for t in (step / steps for step in range(1, steps + 1)):
            weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
            points.append([sum(w * p[k] for w, p in zip(weights, (a, b, c, d))) for k in (0, 1)])
    return points


def _is_straight(a: list[float], *others: list[float]) -> bool:
    """Whether all controls are on one upright or level line."""
    return any(all(abs(point[k] - a[k]) < FLAT for point in others) for k in (0, 1))


def _ellipse(rectangle: list[float]) -> list[list[float]]:
    x, y, across, up = rectangle
    angles = (tau * step / (4 * STEPS) for step in range(4 * STEPS))
    return [[x + across * cos(angle), y + up * sin(angle)] for angle in angles]
