"""What a drawing program knows of a figure: boxes with words in them, wires from box to box, groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from keras_cnns.diagram.draw.geometry import bounds
from keras_cnns.diagram.draw.scene import Circle, Polygon, Rectangle, Text
from keras_cnns.diagram.output.cells import Corners
from keras_cnns.diagram.output.wires import TOUCH, Wire
from keras_cnns.safe_text import visible


@dataclass(frozen=True, eq=False, slots=True)
class Words:
    """Lines of text below each other, centred on (x, y), that look alike."""

    x: float
    y: float
    lines: tuple[Text, ...]

    @property
    def look(self) -> Text:
        return self.lines[0]

    @property
    def strings(self) -> list[str]:
        return [visible(line.string) for line in self.lines]

    @property
    def step(self) -> float:
        """How far it is from line to line."""
        ys = [line.y for line in self.lines]
        return (ys[-1] - ys[0]) / (len(ys) - 1) if len(ys) > 1 else 1.2 * self.look.size

    @property
    def corners(self) -> Corners:
        across, down = max(line.width for line in self.lines) / 2, self.step * len(self.lines) / 2
        return self.x - across, self.y - down, self.x + across, self.y + down


@dataclass(frozen=True, eq=False, slots=True)
class Box:
    """An area with the words in it.

    `behind` are the cards that peek out behind it, the hindmost first, `on_it` the badges on its border.
    """

    shape: Rectangle | Circle | Polygon
    words: Words | None = None
    behind: tuple[Box, ...] = ()
    on_it: tuple[Box, ...] = ()

    @property
    def corners(self) -> Corners:
        """Left, top, right, bottom."""
        return bounds(self.shape)


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """What moves together, in the order of painting."""

    name: str
    items: tuple[Item, ...]


Item = Box | Wire[Box] | Words | Group
Leaf = Box | Wire[Box] | Words


@dataclass(frozen=True, eq=False, slots=True)
class Figure:
    """A group for each module, and what is in none, in the order of painting."""

    groups: tuple[Group, ...]
    loose: tuple[Item, ...]

    def items(self) -> Iterator[Leaf]:
        """All but the groups, at any depth."""
        for group in self.groups:
            yield from leaves(group)
        for item in self.loose:
            yield from leaves(item)


def leaves(item: Item) -> Iterator[Leaf]:
    """Give what is in a group and in the groups in it, or the item if it is none."""
    if isinstance(item, Group):
        for inner in item.items:
            yield from leaves(inner)
    else:
        yield item


def corners_of(item: Item) -> Corners:
    """Return left, top, right and bottom of all that belongs to an item."""
    if isinstance(item, Wire):
        xs, ys = zip(*item.line.points)
        return min(xs), min(ys), max(xs), max(ys)
    if isinstance(item, Words):
        return item.corners
    if isinstance(item, Group):
        return around(map(corners_of, item.items))
    return around([item.corners, *(part.corners for part in (*item.behind, *item.on_it))])


def around(corners: Iterable[Corners]) -> Corners:
    """Return left, top, right and bottom of several together."""
    lefts, tops, rights, bottoms = zip(*corners)
    return min(lefts), min(tops), max(rights), max(bottoms)


def holds(outer: Corners, inner: Corners, reach: float = TOUCH) -> bool:
    """Return whether the inner is within the outer, or hardly beyond it."""
    left, top, right, bottom = outer
    a, b, c, d = inner
    return left - reach <= a and c <= right + reach and top - reach <= b and d <= bottom + reach
