"""A folded model as text: the lane, what leaves it, and the modules, one line each."""

from itertools import zip_longest

from keras_cnns.diagram.fold.parts import (
    BEFORE,
    Box,
    Folded,
    Fork,
    Mesh,
    ParallelCopies,
    Part,
    Repeat,
    Tapped,
)
from keras_cnns.safe_text import outline_name

NONE: tuple[str, ...] = ()


def outline(folded: Folded) -> str:
    """Return the text of a diagram; `keras_cnns.visualize.outline` says how it reads.

    Where branches do not nest, each series of layers is a branch; ↑1 marks what ↓1 reads in another. What the
    next join in the lane reads, too, is "tapped": of a repeat in each copy. If there are several such joins,
    they have numbers.
    """
    lines = [outline_name(folded.title), "lane: " + series(folded.lane)]
    lines += ["aux: " + series(side.body) for side in folded.side_outputs]
    lines += [f"{outline_name(module.name)}: {series(module.body)}" for module in folded.modules]
    return "\n".join(lines)


def series(parts: list[Part], first: tuple[str, ...] = NONE, last: tuple[str, ...] = NONE) -> str:
    """Return a series as text, with further notes on its first and on its last box."""
    ends = [(first if i == 0 else NONE, last if i == len(parts) - 1 else NONE) for i in range(len(parts))]
    return " → ".join(_part(part, *notes) for part, notes in zip(parts, ends))


def _part(part: Part, first: tuple[str, ...], last: tuple[str, ...]) -> str:
    if isinstance(part, Box):
        return _box(part, first + last)
    if isinstance(part, Repeat):
        return f"[{series(part.body, first, last)}]×{part.count}"
    if isinstance(part, ParallelCopies):
        return f"[{series(part.body, (f'{part.count} towers', *first), last)}]×{part.count}"
    if isinstance(part, Fork):
        return "( " + " | ".join(_branches(part, first, last)) + " )"
    if isinstance(part, Tapped):
        return _tapped(part, first, last)
    return _mesh(part)


def _tapped(part: Tapped, first: tuple[str, ...], last: tuple[str, ...]) -> str:
    if not part.joins:
        return series(part.body, first, last)
    joins = [series(join, (f"join {number}",), last) for number, join in enumerate(part.joins, 1)]
    return f"{series(part.body, first)} → ( {' | '.join(joins)} )"


def _branches(fork: Fork, first: tuple[str, ...], last: tuple[str, ...]) -> list[str]:
    """The branches; one that enters what follows by its second way says so."""
    return [
        series(branch, first, (*last, "second") if way else last) or ("– second" if way else "–")
        for branch, way in zip_longest(fork.branches, fork.ways)
    ]


def _mesh(mesh: Mesh) -> str:
    edges = [*mesh.edges, *mesh.second_edges, *mesh.late_edges, *mesh.late_second_edges]
    inside = dict.fromkeys(edge for edge in edges if edge[0] != BEFORE)
    numbers = {i: n for n, i in enumerate(dict.fromkeys(i for i, _ in inside), 1)}
    read: dict[int, list[str]] = {}
    for i, j in dict.fromkeys(mesh.edges):
        read.setdefault(j, []).append(f"↓{numbers[i]}")
    for i, j in dict.fromkeys(mesh.second_edges):
        read.setdefault(j, []).append("second" if i == BEFORE else f"↓{numbers[i]} second")
    for i, j in dict.fromkeys(mesh.late_edges):
        read.setdefault(j, []).append(f"last but one of ↓{numbers[i]}")
    for i, j in dict.fromkeys(mesh.late_second_edges):
        read.setdefault(j, []).append(f"last but one of ↓{numbers[i]} second")
    for j in dict.fromkeys(mesh.second_entries):
        read.setdefault(j, []).append("from second")
    cells = []
    for i, cell in enumerate(mesh.cells):
        given = (f"↑{numbers[i]}",) if i in numbers else NONE
        if i in mesh.taps and not _gives_output(cell):
            given += (f"tapped by join {mesh.taps[i]}" if mesh.taps[i] else "tapped",)
        cells.append(series(cell, tuple(read.get(i, ())), given))
    return "( " + " | ".join(cells) + " )" if len(cells) > 1 else cells[0]


def _gives_output(cell: list[Part]) -> bool:
    last = cell[-1]
    return isinstance(last, Box) and "output" in last.typical.notes


def _box(box: Box, notes: tuple[str, ...]) -> str:
    before, after = (
        "".join(b.letters for b in badges) for badges in (box.typical.before, box.typical.badges)
    )
    letters = f"{before}-{after}" if before else after
    said = " ".join([letters, ", ".join([*notes, *map(outline_name, box.notes)])]).strip()
    return f"{outline_name(box.text)} ·{said}" if said else outline_name(box.text)
