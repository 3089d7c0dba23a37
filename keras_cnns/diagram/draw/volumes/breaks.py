"""Rows below one another: where the chain is broken, and the lines from the end of one row to the next."""

from __future__ import annotations

from dataclasses import dataclass

from keras_cnns.diagram.draw import style
from keras_cnns.diagram.draw.fragments import Fragment, Port, moved
from keras_cnns.diagram.draw.palettes import Palette
from keras_cnns.diagram.draw.print_width import TURN, rows_within
from keras_cnns.diagram.draw.scene import Line, Point, Shape
from keras_cnns.diagram.draw.volumes.items import Item, Placed
from keras_cnns.diagram.draw.volumes.leads import line_from, rounded
from keras_cnns.diagram.draw.volumes.rows import Row

# A row on a screen is broken if it is longer, if that makes all rows shorter than this share of it.
WIDEST, WORTH = 1500.0, 0.75
# So often rows are tried that are shorter than there is room for.
MOST_TRIES, SHORTER = 12, 0.95

Unit = list[Placed]


@dataclass(frozen=True, slots=True)
class Breaker:
    """Sets rows in these colours, spread or close together."""

    palette: Palette
    is_spread: bool

    def shapes(self, placed: list[Placed], room: float | None) -> list[Shape]:
        """Return all shapes, in as few rows as fit the room, or else a screen."""
        units = _units(placed)
        whole = self._row(units)
        if room is None:
            broken = self._rows(units, WIDEST)
            longest = max(row.right - row.left for row in broken)
            rows = broken if longest <= WORTH * (whole.right - whole.left) else [whole]
        else:
            rows = self._rows_on_paper(units, room)
        found = rows[0].shapes()
        y = 0.0
        for before, row in zip(rows, rows[1:]):
            turn = y + before.bottom + style.BUS
            down = turn + style.BUS - row.top
            found += self._lead(before, y, turn, row, down)
            found += [moved(shape, 0.0, down) for shape in row.shapes()]
            y = down
        return found

    def _rows_on_paper(self, units: list[Unit], room: float) -> list[Row]:
        limit = room
        for _ in range(MOST_TRIES):
            rows = self._rows(units, limit)
            widest = max(row.right - row.left for row in rows) + 2 * TURN * (len(rows) > 1)
            if widest <= room or len(rows) == len(units):
                break
            limit *= SHORTER
        return rows

    def _row(self, units: list[Unit]) -> Row:
        row = Row(self.palette, self.is_spread)
        for unit in units:
            for one in unit:
                row.put(one)
        return row

    def _rows(self, units: list[Unit], limit: float) -> list[Row]:
        """As few rows as there can be within the limit, of about equal length."""
        row = Row(self.palette, self.is_spread)
        ends = []
        for unit in units:
            for one in unit:
                row.put(one)
            ends.append(row.right)
        advances = [end - start for start, end in zip([row.left, *ends], ends)]
        if sum(advances) <= limit:
            return [row]
        pieces = [Fragment(advance - style.GAP, 0.0, 0.0, [Port(0, 0)], [Port(0, 0)]) for advance in advances]
        counts = [len(each) for each in rows_within(pieces, limit)]
        firsts = [sum(counts[:i]) for i in range(len(counts))]
        return [self._row(units[first : first + count]) for first, count in zip(firsts, counts)]

    def _lead(self, before: Row, y: float, turn: float, row: Row, down: float) -> list[Shape]:
        """The line from the end of one row to the next, in as many parts as there are stacks at its ends."""
        out, back = before.right + style.BUS, row.left - style.GAP
        corners: list[Point] = [(out, y), (out, turn), (back, turn), (back, down)]
        ends = [down + middle for middle in row.items[0].middles()]
        starts = [(prism.right + prism.reach / 2, y + prism.y) for prism in before.prisms]
        if len(starts) <= 1 and len(ends) == 1:
            start = starts[0] if starts else (before.end, y)
            points = rounded([start, *corners, (0.0, down)])
            if not before.prisms:
                return [Line(points, arrow=True)]
            item, prism = before.items[-1], before.prisms[0]
            return [*line_from(item, prism, [*points], self.palette, arrow=True)]
        found: list[Shape] = [Line(rounded(corners))]
        for (x, height), prism in zip(starts, before.prisms):
            found += line_from(before.items[-1], prism, [(x, height), (out, height), (out, y)], self.palette)
        found += [Line(((back, down), (back, end), (0.0, end)), arrow=True) for end in ends]
        return found


def _units(placed: list[Placed]) -> list[Unit]:
    """What is not to be parted: a thin pooling and what it lies on."""
    units: list[Unit] = []
    for one in placed:
        before = units[-1][-1] if units else None
        if isinstance(one, Item) and isinstance(before, Item) and one.is_attached_to(before):
            units[-1].append(one)
        else:
            units.append([one])
    return units
