"""Activation functions written as products and scalings, such as x * sigmoid(x), known by their values."""

from __future__ import annotations

import numpy as np

from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph, CanonicalNode
from keras_cnns.comparison.canonical.known_functions import FORMULAS, GRID, known_function

Array = np.ndarray
# The most steps that one function is written in.
MOST_STEPS = 8


def join_composites(canonical: CanonicalGraph) -> None:
    """Write steps from one tensor to one product or scaling as the activation function that they compute."""
    nodes = canonical.nodes
    ends = [i for i, node in enumerate(nodes) if node.kind in ("multiply", "rescaling")]
    uses = canonical.uses() if ends else []
    to_drop: set[int] = set()
    for end in reversed(ends):
        if end in to_drop:
            continue
        for start, inside in reversed(_regions(nodes, end, uses)):
            values = _values(nodes, end, start, inside)
            attributes = None if values is None else known_function(values)
            if attributes and attributes["function"] != "linear":
                nodes[end].kind, nodes[end].attributes, nodes[end].sources = "activation", attributes, [start]
                to_drop |= inside
                break
    canonical.drop(to_drop)


def _regions(nodes: list[CanonicalNode], end: int, uses: list[int]) -> list[tuple[int, set[int]]]:
    """Tensors that a node is computed from alone, the nearest first, and the steps between."""
    found = []
    inside: set[int] = set()
    border = {*nodes[end].sources}
    while len(inside) < MOST_STEPS:
        if len(border) == 1:
            found.append((min(border), set(inside)))
        last = max(border, default=-1)  # the last of them may depend on the others
        if last < 0 or not _is_step(nodes[last]) or uses[last] != _read_inside(nodes, last, inside | {end}):
            break
        inside.add(last)
        border = border - {last} | {*nodes[last].sources}
    return found


def _read_inside(nodes: list[CanonicalNode], i: int, readers: set[int]) -> int:
    return sum(nodes[reader].sources.count(i) for reader in readers)


def _is_step(node: CanonicalNode) -> bool:
    """Whether a node computes each value from the values at the same place, by a formula that is known."""
    if node.kind == "activation":
        return node.attributes.keys() == {"function"} and node.attributes["function"] in FORMULAS
    if node.kind == "rescaling":
        return all(isinstance(node.attributes[name], (int, float)) for name in ("scale", "offset"))
    return node.kind in ("multiply", "add") and not node.attributes


def _values(nodes: list[CanonicalNode], end: int, start: int, inside: set[int]) -> Array | None:
    """What the steps make of the numbers of `GRID`."""
    if not _is_step(nodes[end]) or not inside | {start} >= {*nodes[end].sources}:
        return None
    values = {start: GRID}
    with np.errstate(all="ignore"):
        for i in [*sorted(inside), end]:
            node = nodes[i]
            given = [values[source] for source in node.sources]
            if node.kind == "activation":
                values[i] = FORMULAS[str(node.attributes["function"])](given[0])
            elif node.kind == "rescaling":
                values[i] = node.attributes["scale"] * given[0] + node.attributes["offset"]
            else:
                values[i] = np.prod(given, 0) if node.kind == "multiply" else np.sum(given, 0)
        return values[end].astype(np.float32)
