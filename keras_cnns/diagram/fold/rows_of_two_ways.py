"""Equal cells of a mesh in a row, each of which reads the two before, as NASNet's, are one with ×N.

A cell has two ways in. What the cell before gives comes by the first, what the one before that gives by the
second. The first cell reads two others, and the second by its second way what the first reads by its first.
Nothing else reads what the cells give, but for the last two.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import replace

from keras_cnns.diagram.fold.parts import BEFORE, Box, Mesh, Part, Repeat, as_box
from keras_cnns.diagram.fold.repeats import merge

FEWEST = 2
# What comes by the second way into the module that a mesh explains.
SECOND = -2
NOTE = "each reads the two before"

# A cell, and whether it is its last but one copy that is read.
Source = tuple[int, bool]


class _Wires:
    """What each cell reads by its `first` way and by its `second`, and which cells read it by these."""

    def __init__(self, mesh: Mesh):
        self.first: dict[int, list[Source]] = defaultdict(list)
        self.second: dict[int, list[Source]] = defaultdict(list)
        self.readers: dict[Source, list[tuple[int, bool]]] = defaultdict(list)
        second_entries = [(SECOND, j) for j in mesh.second_entries]
        for edges, late, by_second in (
            ([*mesh.edges, *((BEFORE, j) for j in mesh.entries), *second_entries], False, False),
            (mesh.second_edges, False, True),
            (mesh.late_edges, True, False),
            (mesh.late_second_edges, True, True),
        ):
            for i, j in dict.fromkeys(edges):
                (self.second if by_second else self.first)[j].append((i, late))
                self.readers[i, late].append((j, by_second))


def with_rows(mesh: Mesh, signatures: Sequence[Hashable], heads: Sequence[Hashable]) -> Mesh:
    """Return a mesh with each such row as one cell.

    Args:
        mesh: cells that are folded.
        signatures: equal for cells that compute the same but for width.
        heads: the same of the first part of each.
    """
    row = _first_row(mesh, signatures, heads)
    if not row:
        return mesh
    kept = _kept(mesh, row)
    return with_rows(_with_row(mesh, row), [signatures[i] for i in kept], [heads[i] for i in kept])


def _kept(mesh: Mesh, row: list[int]) -> list[int]:
    """The cells that there are if a row is one: what goes on after its last stands where that stood."""
    gone = row[1:-1] if _goes_on(mesh, row) else row[1:]
    return [i for i in range(len(mesh.cells)) if i not in gone]


def _goes_on(mesh: Mesh, row: list[int]) -> bool:
    return len(mesh.cells[row[-1]]) > len(mesh.cells[row[0]])


def _first_row(mesh: Mesh, signatures: Sequence[Hashable], heads: Sequence[Hashable]) -> list[int]:
    wires = _Wires(mesh)
    for start, cell in enumerate(mesh.cells):
        first, second = wires.first[start], wires.second[start]
        if not _has_two_ways(cell) or len(first) != 1 or len(second) != 1:
            continue
        row = [start]
        while (after := _following(mesh, wires, row, first[0])) is not None:
            goes_on = len(cell) == 1 < len(mesh.cells[after])
            if (heads if goes_on else signatures)[after] != signatures[start]:
                break
            row.append(after)
            if goes_on:
                break
        if len(row) >= FEWEST:
            return row
    return []


def _has_two_ways(cell: list[Part]) -> bool:
    return isinstance(cell[0], Box) and cell[0].module is not None and cell[0].ways == 2


def _following(mesh: Mesh, wires: _Wires, row: list[int], before: Source) -> int | None:
    """The cell that reads the last of a row by its first way, and what is before that by its second."""
    last = row[-1], False
    earlier = (row[-2], False) if len(row) > 1 else before
    found = [j for j, by_second in wires.readers[last] if not by_second and wires.first[j] == [last]]
    found = [j for j in found if wires.second[j] == [earlier]]
    end = mesh.cells[row[-1]][-1]
    is_taken = not isinstance(end, Box) or end.read_outside or end.gives or row[-1] in mesh.taps
    if len(found) != 1 or is_taken:
        return None
    # What is neither the last nor the last but one is read in the row alone.
    inside = len(row) == 1 or (
        row[-2] not in mesh.exits
        and sorted(wires.readers[earlier]) == sorted([(row[-1], False), (found[0], True)])
    )
    return found[0] if inside else None


def _with_row(mesh: Mesh, row: list[int]) -> Mesh:
    """The same, with a row of cells in the place of the first of them."""
    start, last = row[0], row[-1]
    for i in row:
        as_box(mesh.cells[i][0]).instances[0].notes["row"] = NOTE
    length, goes_on = len(mesh.cells[start]), _goes_on(mesh, row)
    one = Repeat(merge([mesh.cells[i][:length] for i in row]), len(row), two_before=True)
    rest = mesh.cells[last][length:]
    cells: dict[int, list[Part]] = {start: [one], last: rest} if goes_on else {start: [one]}
    kept = _kept(mesh, row)
    place = {BEFORE: BEFORE, last: kept.index(start)} | {old: new for new, old in enumerate(kept)}
    leads_on = [(place[start], place[last])] if goes_on else []

    def of_last(edges: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Those that lead neither from one cell of the row to another nor away before its last."""
        led = [(i, j) for i, j in edges if j not in row[1:] and (i not in row or i == last)]
        return [(place[i], place[j]) for i, j in led]

    def of_last_but_one(edges: list[tuple[int, int]]) -> list[tuple[int, int]]:
        return [(place[start], place[j]) for i, j in edges if i == row[-2] and j not in row]

    late = [i for i in mesh.exits if i == row[-2]]
    by_last = [i for i in mesh.exits if i not in row or i == last]
    return replace(
        mesh,
        cells=[cells.get(i, mesh.cells[i]) for i in kept],
        edges=sorted([*of_last(mesh.edges), *leads_on]),
        second_edges=sorted(of_last(mesh.second_edges)),
        entries=sorted(place[i] for i in mesh.entries if i not in row[1:]),
        second_entries=sorted(place[i] for i in mesh.second_entries if i not in row[1:]),
        exits=sorted(place[i] for i in by_last),
        taps={place[i]: join for i, join in mesh.taps.items()},
        late_edges=sorted([*of_last(mesh.late_edges), *of_last_but_one(mesh.edges)]),
        late_second_edges=sorted([*of_last(mesh.late_second_edges), *of_last_but_one(mesh.second_edges)]),
        late_exits=sorted(place[start if i == row[-2] else i] for i in [*mesh.late_exits, *late]),
    )
