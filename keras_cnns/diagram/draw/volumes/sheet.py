"""Folded diagram → scene with volumes: the rows below one another, then the legend."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.captions import CaptionOptions
from keras_cnns.diagram.draw.fragments import moved
from keras_cnns.diagram.draw.geometry import extent, in_ink
from keras_cnns.diagram.draw.legend import closed_sentence, common_sentence, entries, in_lines
from keras_cnns.diagram.draw.palettes import ARTICLE, Palette
from keras_cnns.diagram.draw.print_width import MARGIN, SCALE, Length, check_fits, to_scale
from keras_cnns.diagram.draw.scene import Scene, Shape
from keras_cnns.diagram.draw.volumes.breaks import Breaker
from keras_cnns.diagram.draw.volumes.chain import Element, NoChain, Solid, chain, counted, solids
from keras_cnns.diagram.draw.volumes.items import SIGNS, Maker
from keras_cnns.diagram.draw.volumes.measures import (
    LEAST_WIDEST,
    TALLEST,
    USUAL_SIDE,
    Extents,
    key_of,
    scale_for,
)
from keras_cnns.diagram.fold.drawn_layer import Badge
from keras_cnns.diagram.fold.parts import Box, Folded
from keras_cnns.safe_text import shortened

# A chain of so many is drawn with room between all of them, and the windows of layers; then the widest is
# this wide at least.
MOST_SPREAD, WIDEST_SPREAD = 14, 60.0
# More than this are not drawn.
MOST = 64
# How many convolutions may have other badges than the legend says, as a share.
MOST_EXCEPTIONS = 0.1
# Of the room on paper, the highest map takes this share at most.
SHARE_OF_ROOM = 0.3
SCALE_SENTENCE = "Sides, channels and units are drawn as their square roots."
OPEN_SENTENCE = f"Sides that are not known (?) are drawn as if the input had {USUAL_SIDE}."


def volumes(
    folded: Folded,
    options: CaptionOptions,
    show_legend: bool = True,
    palette: Palette = ARTICLE,
    width: Length | None = None,
) -> Scene:
    """Return the picture of a folded model as volumes.

    Raises:
        NoChain: if it cannot be drawn so, with the reason as the end of a sentence.
        ValueError: if a part is wider than `width`.
    """
    extents = Extents(folded.vertices)
    elements, is_spread = _elements(folded, extents)
    drawn = list(solids(elements))
    common = _common([solid.box for solid in drawn])
    tallest = min(TALLEST, SHARE_OF_ROOM * width.room) if width else TALLEST
    least = WIDEST_SPREAD if is_spread else LEAST_WIDEST
    scale = scale_for((extents.of(solid) for solid in drawn), tallest, least)
    pooling = "" if is_spread else _pooling(drawn, extents)
    maker = Maker(folded.vertices, extents, scale, palette, options, common, pooling, is_spread)
    shapes = Breaker(palette, is_spread).shapes(maker.items(elements), width.room if width else None)
    if show_legend:
        left, _, right, bottom = extent(shapes)
        seen = replace(folded, lane=[solid.box for solid in drawn], side_outputs=[], modules=[])
        across = width.room if width else max(right - left, 480.0)
        below = _legend(seen, common, pooling, extents.open_sides, across, palette)
        shapes += [moved(shape, left, bottom + style.LEGEND_GAP) for shape in below]
    return _scene(folded.title, shapes, palette, width)


def _elements(folded: Folded, extents: Extents) -> tuple[list[Element], bool]:
    """The chain with as much detail as there is room for, and whether it is short enough to be spread."""
    whole = chain(folded, opened=True)
    least = sum(1 for _ in solids(whole))
    if least <= MOST_SPREAD and all(isinstance(one, Solid) for one in whole):
        return whole, True
    for opened in (True, False):
        for with_channels in (True, False):
            key = key_of(extents, with_channels)
            found = counted(chain(folded, opened), key)
            least = sum(1 for _ in solids(found))
            if least <= MOST:
                return found, False
    raise NoChain(f"has {least} parts in a row that differ")


def _common(boxes: list[Box]) -> tuple[Badge, ...]:
    """The badges that all convolutions have but for a few."""
    seen = Counter(box.typical.badges for box in boxes if box.kind == "conv")
    ((badges, count),) = seen.most_common(1) or [((), 0)]
    return badges if count > 1 and count >= (1 - MOST_EXCEPTIONS) * sum(seen.values()) else ()


def _pooling(drawn: list[Solid], extents: Extents) -> str:
    """What all poolings are that leave maps, if that is one thing."""
    labels = {
        one.box.text
        for one in drawn
        if one.box.kind == "pool" and not one.box.module and not extents.of(one).is_vector
    }
    return labels.pop() if len(labels) == 1 else ""


def _legend(
    seen: Folded,
    common: tuple[Badge, ...],
    pooling: str,
    open_sides: bool,
    across: float,
    palette: Palette,
) -> list[Shape]:
    """What occurs, what most convolutions have in common, and what a length means."""
    merges = sorted({box.text for box in seen.boxes() if box.kind == "merge"})
    words = {
        "merge": ", ".join(f"{SIGNS.get(name, name[:1].upper())} {name}" for name in merges),
        "pool": f"pooling, {pooling}" if pooling else "pooling",
    }
    said = [
        (key, words.get(key, said) if isinstance(key, str) else said) for key, said in entries(seen, common)
    ]
    sentences = [common_sentence(seen, common), closed_sentence(seen), SCALE_SENTENCE]
    sentences += [OPEN_SENTENCE] * open_sides
    return in_lines(said, [one for one in sentences if one], across, palette)


def _scene(title: str, shapes: list[Shape], palette: Palette, width: Length | None) -> Scene:
    """The shapes within margins, at their size."""
    left, top, right, bottom = extent(shapes)
    if width:
        check_fits(shapes, width)
    x, y = (((width.room - right + left) / 2 + MARGIN), MARGIN) if width else (style.MARGIN, style.MARGIN)
    size = right - left + 2 * x, bottom - top + 2 * y
    shapes = [in_ink(moved(shape, x - left + 0.5, y - top + 0.5), palette.ink) for shape in shapes]
    title = shortened(title, 200)
    if not width:
        return Scene(title, *size, tuple(shapes), palette.ground)
    printed = tuple(to_scale(shapes))
    return Scene(title, width.pixels, size[1] * SCALE, printed, palette.ground, unit=width.unit)
