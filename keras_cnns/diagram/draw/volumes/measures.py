"""How large a solid is drawn: sides and channels of a tensor, and from these pixels.

Heights and depths grow as the square root of a map's sides, widths as the square root of its channels, the
heights of bars as the square root of their units. So the largest and the smallest of a network can be seen in
one picture, and what is twice as large in one place is so everywhere by the same factor.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import Any

from keras_cnns.diagram.draw.volumes.chain import Key, NoChain, Solid
from keras_cnns.diagram.fold.drawn_layer import DrawnLayer

# What an input is taken to have where the model leaves its sides open.
USUAL_SIDE = 224
# The height of the largest map, and what the widest map is wide at least and at most, and of one channel.
TALLEST = 190.0
WIDEST, LEAST_WIDEST, OF_CHANNEL = 76.0, 38.0, 1.7
# The height of the bar of most units at most and at least, the height of one unit, and of any bar.
HIGHEST_BAR, LEAST_HIGHEST, OF_UNIT, LOWEST_BAR = 176.0, 110.0, 2.8, 8.0
# The thickness of what changes no channels, of a bar, of a plate.
SLAB, BAR, PLATE = 7.0, 11.0, 26.0
LEAST = 3.0


@dataclass(frozen=True, slots=True)
class Extent:
    """What one output has: the sides of its maps, their number, or of a vector its units.

    `height` and `depth` stand for the sides that are drawn; a side that is not known is estimated there.
    """

    words: str
    channels: int | None
    height: float = 0.0
    depth: float = 0.0
    is_vector: bool = False
    is_sequence: bool = False


class Extents:
    """The extents of a model's outputs.

    Raises NoChain if layers disagree where channels are, or a tensor has too many sides.
    """

    def __init__(self, vertices: Sequence[DrawnLayer]):
        self.vertices = vertices
        formats = {found for vertex in vertices if (found := _data_format(vertex)) is not None}
        if len(formats) > 1:
            raise NoChain("has its channels first in some layers and last in others")
        self.channels_axis = 1 if formats == {"channels_first"} else -1
        self.estimated: dict[int, tuple[float, ...]] = {}
        self.open_sides = False

    def of(self, solid: Solid) -> Extent:
        """The extent of a solid; of one that stands for several, that of the one with most channels."""
        found = [self.of_vertex(one.anchor) for one in solid.box.instances]
        return max(found, key=lambda extent: extent.channels or 0)

    def of_vertex(self, v: int) -> Extent:
        shape = self.vertices[v].shapes[0]
        if len(shape) < 3:
            units = shape[1] if len(shape) == 2 else 1
            return Extent("", units, is_vector=True)
        if len(shape) > 5:
            raise NoChain("has tensors with more than three sides")
        sides, channels = self._split(shape)
        self.open_sides |= None in sides
        words = "×".join("?" if side is None else str(side) for side in sides)
        known = self.sides(v)
        if len(known) == 1:
            return Extent(words, channels, known[0], 0.0, is_sequence=True)
        return Extent(words, channels, known[-2], known[-1])

    def _split(self, shape: tuple[Any, ...]) -> tuple[tuple[Any, ...], Any]:
        if self.channels_axis == 1:
            return shape[2:], shape[1]
        return shape[1:-1], shape[-1]

    def sides(self, v: int) -> tuple[float, ...]:
        """The sides of an output, unknown ones as they would be if the input's were `USUAL_SIDE`."""
        if v not in self.estimated:
            vertex = self.vertices[v]
            sides, _ = self._split(vertex.shapes[0])
            before = self._sides_before(vertex, len(sides)) if None in sides else ()
            factors = vertex.side_factors(len(sides))
            self.estimated[v] = tuple(
                float(side) if side is not None else max(1.0, ceil(known * factor))
                for side, known, factor in zip(sides, before or (1.0,) * len(sides), factors)
            )
        return self.estimated[v]

    def _sides_before(self, vertex: DrawnLayer, rank: int) -> tuple[float, ...]:
        source = vertex.sources[0] if vertex.sources else None
        if source is None or len(self.vertices[source].shapes[0]) != rank + 2:
            return (float(USUAL_SIDE),) * rank
        return self.sides(source)


def key_of(extents: Extents, with_channels: bool) -> Key:
    """Return what tells solids apart: all that is written on them, and their sizes.

    Without the channels, layers are alike that have the maps' sides in common, as in a dense block.
    """

    def key(solid: Solid) -> Hashable:
        box = solid.box
        (instance,) = box.instances
        extent = extents.of_vertex(instance.anchor)
        if not with_channels and not extent.is_vector:
            extent = replace(extent, channels=None)
        return box.kind, box.text, instance.before, instance.badges, tuple(box.notes), extent

    return key


def _data_format(vertex: DrawnLayer) -> str | None:
    found = vertex.data_format
    return found if len(vertex.shapes[0]) > 2 and found in ("channels_first", "channels_last") else None


@dataclass(frozen=True, slots=True)
class Scale:
    """From sides, channels and units to pixels."""

    of_side: float
    of_channels: float
    of_units: float

    def side(self, length: float) -> float:
        return max(LEAST, self.of_side * sqrt(length))

    def width(self, channels: int | None) -> float:
        return max(LEAST, self.of_channels * sqrt(channels or 64))

    def bar(self, units: int | None) -> float:
        return max(LOWEST_BAR, self.of_units * sqrt(units or 64))


def scale_for(extents: Iterable[Extent], tallest: float = TALLEST, least: float = LEAST_WIDEST) -> Scale:
    """Return the scale at which the highest of these is `tallest`, and the widest is `least` or wider."""
    found = list(extents)
    maps = [extent for extent in found if not extent.is_vector]
    side = max((max(extent.height, extent.depth) for extent in maps), default=1.0)
    channels = max((extent.channels or 64 for extent in maps), default=1)
    units = max((extent.channels or 64 for extent in found if extent.is_vector), default=1)
    widest = min(WIDEST, max(least, OF_CHANNEL * sqrt(channels)))
    highest = min(HIGHEST_BAR, max(LEAST_HIGHEST, OF_UNIT * sqrt(units)))
    return Scale(tallest / sqrt(side), widest / sqrt(channels), highest / sqrt(units))
