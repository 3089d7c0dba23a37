"""A grid in which what lies at a point is found without looking through all there is."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Generic, TypeVar

from keras_cnns.diagram.draw.scene import Point

SIDE = 64.0

Thing = TypeVar("Thing")
Corners = tuple[float, float, float, float]


class Cells(Generic[Thing]):
    """Things by the cells that the rectangle from their left upper to their right lower corner touches."""

    def __init__(self, things: Iterable[tuple[Corners, Thing]], reach: float):
        self.things: dict[tuple[int, int], list[Thing]] = defaultdict(list)
        for (left, top, right, bottom), thing in things:
            for column in range(_cell(left - reach), _cell(right + reach) + 1):
                for row in range(_cell(top - reach), _cell(bottom + reach) + 1):
                    self.things[column, row].append(thing)

    def near(self, point: Point) -> list[Thing]:
        """What may be within reach of a point, in the order in which it was given."""
        return self.things.get((_cell(point[0]), _cell(point[1])), [])


def _cell(length: float) -> int:
    return int(length // SIDE)
