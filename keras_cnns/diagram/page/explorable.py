"""A picture as one page in which a reader opens what is folded: HTML that works offline, alone in its file.

The picture is in it as the SVG that it is, and everything that can be opened as another, laid out beforehand.
The script only moves these apart. Without it, the page shows the picture and its outline.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from string import Template
from typing import Any

from keras_cnns.diagram.draw.geometry import z_order
from keras_cnns.diagram.draw.layout import Sheet, sheet
from keras_cnns.diagram.draw.look import Look
from keras_cnns.diagram.draw.palettes import palette
from keras_cnns.diagram.draw.scene import Scene, Shape
from keras_cnns.diagram.fold.parts import Folded
from keras_cnns.diagram.output.outline import outline
from keras_cnns.diagram.output.svg import elements, to_svg
from keras_cnns.diagram.page.blocks import NONE, Block, block
from keras_cnns.diagram.page.colours import Colours
from keras_cnns.diagram.page.columns import Call, Totals, columns
from keras_cnns.diagram.page.insides import Insides
from keras_cnns.diagram.page.structure import Structure, structure
from keras_cnns.safe_text import html_text, json_text

HERE = Path(__file__).parent
LEGEND = "legend"
# What means something to HTML is written as letters that base 85 leaves unused.
HARMLESS = str.maketrans("&<>", ",.:")
# Where the script will run, the picture without it need not be laid out.
FIRST = 'if (self.DecompressionStream) document.documentElement.className = "soon"'


@dataclass(frozen=True, eq=False, slots=True)
class Drawn:
    """The sheet, its parts as blocks, and the blocks of all that can be opened."""

    sheet: Sheet
    parts: list[Block]
    insides: Insides
    blocks: list[Block]


def page(
    folded: Folded,
    look: Look,
    calls: Sequence[Call],
    rows: Callable[[int], Sequence[int]],
    totals: Totals,
    colour: str = "kind",
) -> str:
    """Return the page.

    Args:
        folded: the model as it is drawn.
        look: how.
        calls: its layer calls.
        rows: which of these calls a vertex of the folded model is.
        totals: what all of them cost.
        colour: by what boxes are coloured at first, as the page calls it.

    Returns:
        HTML. Equal arguments give equal pages.
    """
    drawn = _drawn(folded, look, look.background)
    colours = Colours()
    scene = drawn.sheet.scene
    if look.background != "dark":
        dark = _drawn(folded, look, "dark")
        scene = replace(scene, shapes=tuple(colours.marked(scene.shapes, dark.sheet.scene.shapes)))
        for light, other in zip([*drawn.parts, *drawn.blocks], [*dark.parts, *dark.blocks]):
            light.shapes = colours.marked(light.shapes, other.shapes)
    known = structure(folded, drawn.insides, rows)
    data: dict[str, Any] = {
        "title": scene.title,
        "colour": colour,
        "vertical": drawn.sheet.painter.orientation.vertical,
        "totals": {key: getattr(totals, key) for key in Totals.__slots__},
        "calls": columns(calls),
        "boxes": known.of_boxes(),
        "modules": known.of_modules(),
        "parts": [_part(known, part) for part in drawn.parts],
        "sheet": _sheet_order(drawn, scene),
        "blocks": [],
    }
    for one in drawn.blocks:
        found = _in_order(one)
        said = [list(elements(shape)) for shape in found.shapes]
        svg = "".join(text for each in said for text in each)
        data["blocks"].append(known.of_block(found, [len(each) for each in said]) | {"svg": svg})
    return _html(scene, data, outline(folded), colours.css())


def _part(known: Structure, part: Block) -> dict[str, Any]:
    """A block whose shapes are the sheet's."""
    found = known.of_block(part, [0] * len(part.shapes))
    module = known.modules.get(id(part.of), NONE)
    return {"places": found["places"], "size": found["size"], "module": module}


def _drawn(folded: Folded, look: Look, background: str) -> Drawn:
    laid_out = sheet(
        folded,
        look.options,
        look.rankdir,
        look.legend,
        look.marks,
        palette(look.palette, background),
    )
    vertical = laid_out.painter.orientation.vertical
    parts = [block(fragment, laid_out.placed, vertical, (x, y)) for x, y, fragment in laid_out.whole.inside]
    insides = Insides(laid_out, folded)
    for part in parts:
        for place in part.places:
            insides.opened(place)
    return Drawn(laid_out, parts, insides, insides.blocks())


def _in_order(one: Block) -> Block:
    """The block with its shapes in the order of painting."""
    order = sorted(range(len(one.shapes)), key=lambda i: z_order(one.shapes[i]))
    ties = {new: one.ties[old] for new, old in enumerate(order) if old in one.ties}
    shapes, owners = [one.shapes[i] for i in order], [one.owners[i] for i in order]
    return Block(shapes, owners, one.places, one.low, one.high, one.axis, one.of, ties)


def _sheet_order(drawn: Drawn, scene: Scene) -> dict[str, list[int]]:
    """For each element of the picture which part it is of, and which place there owns it; ties likewise."""
    shapes: list[Shape] = []
    said: list[tuple[int, int, tuple[int, int]]] = []
    for number, part in enumerate(drawn.parts):
        for i, shape in enumerate(part.shapes):
            shapes.append(shape)
            said.append((number, part.owners[i], part.ties.get(i, (NONE, NONE))))
    for shape in drawn.sheet.legend:
        shapes.append(shape)
        said.append((len(drawn.parts), NONE, (NONE, NONE)))
    order = sorted(range(len(shapes)), key=lambda i: z_order(shapes[i]))
    found: dict[str, list[int]] = {"parts": [], "owners": [], "ties": []}
    for shape, i in zip(scene.shapes, order, strict=True):
        number, owner, ties = said[i]
        if ties != (NONE, NONE):
            found["ties"] += [len(found["parts"]), *ties]
        for _ in elements(shape):
            found["parts"].append(number)
            found["owners"].append(owner)
    return found


def _html(scene: Scene, data: dict[str, Any], text: str, dark: str) -> str:
    halves = [(HERE / f"{name}.js").read_text(encoding="utf-8") for name in ("picture", "maps", "page")]
    script = _without_notes("\n".join(halves))
    style = (HERE / "page.css").read_text(encoding="utf-8") + dark
    return Template((HERE / "page.html").read_text(encoding="utf-8")).substitute(
        title=html_text(scene.title),
        style=style,
        style_hash=_hash(style),
        first=FIRST,
        first_hash=_hash(FIRST),
        script=script,
        script_hash=_hash(script),
        svg=to_svg(scene),
        outline=html_text(text),
        data=_packed(data),
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _packed(data: dict[str, Any]) -> str:
    """The data as JSON, compressed, in letters that mean nothing to HTML."""
    text = json_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    return base64.b85encode(zlib.compress(text.encode(), 9)).decode().translate(HARMLESS)


def _without_notes(script: str) -> str:
    """The script without its indents and the lines that only explain it."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/**")))
