"""How many channels are appended to those that are read: DenseNet's growth rate.

A dense block is written in two ways. Each unit appends its channels to all there are, or each concatenates
anew what comes into the block and what the units before it gave.
"""

from collections.abc import Sequence
from itertools import combinations

from keras_cnns.diagram.fold.parts import Box, Fork, Mesh, Part
from keras_cnns.graph import Vertex


def growth(block: Sequence[Part], vertices: Sequence[Vertex]) -> list[int]:
    """Return how many channels each unit of a dense block appends, in the order of the units.

    The list is empty if the concatenation reads anything else, or one of them twice.

    Args:
        block: a fork of a shortcut and one branch, and the concatenation of the last axis that joins them.
        vertices: what the boxes' instances count.
    """
    fork, join = block
    if not isinstance(fork, Fork) or not isinstance(join, Box):
        return []
    (branch,) = (branch for branch in fork.branches if branch)
    cells = branch[0].cells if isinstance(branch[0], Mesh) else [branch]
    ends = [_end(cell) for cell in cells]
    read = vertices[join.instances[0].anchor].sources
    others = [v for v in read if v not in ends]
    known = [vertices[v].shapes[0][-1] or 0 for v in ends]
    return known if len(others) == 1 and len(read) == len(ends) + 1 == len({*read}) else []


def is_dense(branch: Sequence[Part]) -> bool:
    """Whether a series is of units of convolutions each of which concatenates what all before it gave."""
    mesh = branch[0]
    if len(branch) > 1 or not isinstance(mesh, Mesh):
        return False
    n = len(mesh.cells)
    everything = [*range(n)]
    wired = sorted(mesh.edges) == [*combinations(everything, 2)]
    read = [*mesh.entries] == [*mesh.exits] == everything
    plain = not (mesh.taps or mesh.second_edges or mesh.second_entries)
    return n > 1 and wired and read and plain and all(map(_is_unit, mesh.cells, everything))


def _is_unit(cell: Sequence[Part], place: int) -> bool:
    labels = [part.label if isinstance(part, Box) else "" for part in cell]
    convolutions = cell[1:] if place else cell
    made = all(isinstance(part, Box) and part.kind == "conv" for part in convolutions)
    return made and bool(convolutions) and labels[0] == ("concat" if place else labels[0])


def _end(cell: Sequence[Part]) -> int:
    last = cell[-1]
    return last.instances[0].vertices[-1] if isinstance(last, Box) else -1
