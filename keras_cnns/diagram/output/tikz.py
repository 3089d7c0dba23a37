"""A scene as a picture in TikZ, for LaTeX: nodes with their text, lines between them, a scope a module."""

from collections.abc import Iterable, Iterator

from keras_cnns.diagram.draw.scene import Circle, Point, Polygon, Scene
from keras_cnns.diagram.output.bends import cornered
from keras_cnns.diagram.output.figure import figure
from keras_cnns.diagram.output.figure_items import Box, Group, Item, Leaf, Words, leaves
from keras_cnns.diagram.output.svg import HEAD_HALF_WIDTH, HEAD_LENGTH
from keras_cnns.diagram.output.tex_letters import FALLBACK, tex_text
from keras_cnns.diagram.output.wires import TOUCH, Wire

POINT = 0.75  # of a PostScript point, TeX's bp, in a pixel
LONGEST = 16_000.0  # what a length may be in TeX, in these points
LINE = 1.0  # pixels, the border of a box
PREAMBLE = r"""\RequirePackage{fix-cm}
\documentclass{standalone}
\usepackage{tikz}
\usetikzlibrary{arrows.meta}
\renewcommand{\familydefault}{\sfdefault}
\begin{document}
"""
# Capitals are in the middle of a node, whatever goes below the line of the last. What is beside boxes is no
# wider than it is in the scene, whatever the font is.
STYLES = r"""  every node/.style={inner sep=0pt, outer sep=0pt, align=center},
  words/.style={text depth=0pt, execute at begin node=\vrule width 0pt height 0.7em},"""
FIT = r"\def\fit#1#2{\setbox0=\hbox{#2}\ifdim\wd0>#1\resizebox{#1}{\height}{\box0}\else\box0\fi}"
BREAK = r" \\ "
INPUT = r"""% \input this where the preamble has \usepackage{tikz} and \usetikzlibrary{arrows.meta}.
"""


def to_tex(scene: Scene) -> str:
    """Return the scene as a LaTeX document that is just the picture, 96 pixels to the inch."""
    return f"{PREAMBLE}{_picture(scene)}\\end{{document}}\n"


def to_tikz(scene: Scene) -> str:
    """Return the scene as a `tikzpicture`, to be put into a document, in whose font its text is."""
    return INPUT + _picture(scene)


def _picture(scene: Scene) -> str:
    """The picture, in which equal scenes are equal strings and no text is a command."""
    scale = min(1.0, LONGEST / (max(scene.width, scene.height) * POINT)) * POINT
    return "\n".join(_Writer(scale).lines(scene)) + "\n"


class _Writer:
    """Writes places in pixels; `scale` is how many points one is."""

    def __init__(self, scale: float):
        self.scale = scale
        self.names: dict[Box, str] = {}
        # Where words begin or end that are not centred: fonts differ in their width.
        self.held_at: dict[Words, str] = {}

    def lines(self, scene: Scene) -> Iterator[str]:
        drawn = figure(scene)
        unit = f"{self.scale:.6g}bp"
        yield f"% {tex_text(scene.title)}"
        yield rf"\begin{{tikzpicture}}[x={unit}, y=-{unit},"
        yield STYLES
        yield f"  box/.style={{draw, line width={self.length(LINE)}}}]"
        yield FALLBACK
        yield FIT
        for colour in _colours(scene):
            yield rf"\definecolor{{{_colour(colour)}}}{{HTML}}{{{colour[1:].upper()}}}"
        size = f"(0,0) rectangle ({_number(scene.width)},{_number(scene.height)})"
        yield rf"\path[use as bounding box] {size};"
        if scene.ground:
            yield rf"\fill[{_colour(scene.ground)}] {size};"
        inside = [item for group in drawn.groups for item in group.items if isinstance(item, Group)]
        self.held_at = dict(_held_at([*inside, *drawn.loose]))
        for group in drawn.groups:
            yield f"% {tex_text(group.name)}"
            yield r"\begin{scope}[shift={(0,0)}]"
            yield from self.items([*leaves(group)])
            yield r"\end{scope}"
        yield from self.items([leaf for item in drawn.loose for leaf in leaves(item)])
        yield r"\end{tikzpicture}"

    def items(self, items: list[Leaf]) -> Iterator[str]:
        """First the places of boxes that lines hold, which lines name, then all in the order of painting."""
        held = {end for item in items if isinstance(item, Wire) for end in (item.start, item.end)}
        for item in items:
            if isinstance(item, Box) and item in held:
                self.names[item] = f"box{len(self.names) + 1}"
                place, size = _place(_middle(item)), self.size(item)
                yield rf"\path {place} node[{size}] ({self.names[item]}) {{}};"
        for item in items:
            match item:
                case Box():
                    yield from map(self.area, (*item.behind, item, *item.on_it))
                case Wire():
                    yield self.wire(item)
                case Words():
                    yield self.words(item)

    def words(self, words: Words) -> str:
        lines = (rf"\fit{{{self.length(one.width)}}}{{{tex_text(one.string)}}}" for one in words.lines)
        left, _, right, _ = words.corners
        at, anchor = {"west": (left, ", anchor=west"), "east": (right, ", anchor=east")}.get(
            self.held_at.get(words, ""), (words.x, "")
        )
        look = self.font(words) + anchor
        return rf"\node[{look}] at {_place((at, words.y))} {{{BREAK.join(lines)}}};"

    def area(self, box: Box) -> str:
        shape = box.shape
        look = "" if shape.fill is None else f"fill={_colour(shape.fill)}, "
        look += f"box, draw={_colour(shape.stroke)}" if shape.stroke else "draw=none"
        if isinstance(shape, Polygon):
            return rf"\path[{look}, line join=round] {' -- '.join(map(_place, shape.points))} -- cycle;"
        kind = "circle" if isinstance(shape, Circle) else "rectangle"
        font = f", {self.font(box.words)}" if box.words else ""
        place = f"({self.names[box]})" if box in self.names else _place(_middle(box))
        text = BREAK.join(map(tex_text, box.words.strings)) if box.words else ""
        return rf"\node[{kind}, {look}, {self.size(box)}{font}] at {place} {{{text}}};"

    def size(self, box: Box) -> str:
        left, top, right, bottom = box.corners
        return f"minimum width={self.length(right - left)}, minimum height={self.length(bottom - top)}"

    def font(self, words: Words) -> str:
        size, step = (f"{length * self.scale:.4g}bp" for length in (words.look.size, words.step))
        bold = r"\bfseries" if words.look.bold else ""
        colour = _colour(words.look.colour)
        return rf"words, text={colour}, font=\fontsize{{{size}}}{{{step}}}\selectfont{bold}"

    def wire(self, wire: Wire[Box]) -> str:
        line = wire.line
        look = f"{_colour(line.colour)}, line width={self.length(line.thickness)}"
        if line.arrow:
            long = HEAD_LENGTH * line.thickness
            wide = 2 * HEAD_HALF_WIDTH * long
            look += f", -{{Triangle[length={self.length(long)}, width={self.length(wide)}]}}"
        (first, *turns, last), radius = cornered(line.points)
        if radius:
            look += f", rounded corners={self.length(radius)}"
        way = [self.end(wire.start, first), *map(_place, turns), self.end(wire.end, last)]
        return rf"\draw[{look}] {' -- '.join(way)};"

    def end(self, box: Box | None, at: Point) -> str:
        """The anchor of a node, where the end is at one, or its place."""
        if box:
            left, top, right, bottom = box.corners
            x, y = _middle(box)
            anchors = {"west": (left, y), "east": (right, y), "north": (x, top), "south": (x, bottom)}
            for anchor, (a, b) in anchors.items():
                if abs(at[0] - a) <= TOUCH and abs(at[1] - b) <= TOUCH:
                    return f"({self.names[box]}.{anchor})"
        return _place(at)

    def length(self, pixels: float) -> str:
        return f"{_number(pixels * self.scale)}bp"


def _held_at(items: Iterable[Item]) -> Iterator[tuple[Words, str]]:
    """On which side a line stays that is to the right or left of a box, or a sentence, by itself."""
    for item in items:
        if isinstance(item, Words):
            yield item, "west"
        elif isinstance(item, Group) and isinstance(item.items[0], Box):
            left, _, right, _ = item.items[0].corners
            for words in (one for one in item.items if isinstance(one, Words) and len(one.lines) == 1):
                if words.corners[0] >= right:
                    yield words, "west"
                elif words.corners[2] <= left:
                    yield words, "east"


def _middle(box: Box) -> Point:
    left, top, right, bottom = box.corners
    return (left + right) / 2, (top + bottom) / 2


def _place(point: Point) -> str:
    return f"({_number(point[0])},{_number(point[1])})"


def _colours(scene: Scene) -> list[str]:
    """All colours, in an order that does not depend on anything but the scene."""
    seen = {scene.ground}
    for shape in scene.shapes:
        seen |= {getattr(shape, name, None) for name in ("fill", "stroke", "colour")}
    return sorted(colour for colour in seen if colour)


def _colour(colour: str | None) -> str:
    """The name of a colour in the picture."""
    return f"hex{colour[1:].lower()}" if colour else "none"


def _number(value: float) -> str:
    return f"{round(value, 2) + 0:.2f}".rstrip("0").rstrip(".")
