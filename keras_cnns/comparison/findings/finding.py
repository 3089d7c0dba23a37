"""One thing that differs, before it is put into words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph


@dataclass(eq=False, slots=True)
class Finding:
    """One root cause, at nodes of the student's graph, of the reference's, or of both.

    Attributes:
        kind: "missing", "extra", "changed" or "rewired".
        student: the nodes of the student's graph.
        reference: the nodes of the reference.
        position: where in the reference it is; findings are sorted by it.
        attribute: what is changed or rewired.
        values: the attribute's values, the student's and the reference's.
        places: all pairs of nodes (student, reference) at which the same was found.
        parameters: what it adds to the number of parameters, with all that follows from it.
        follow: how many later outputs have a different shape because of it.
        charged: nodes of the student's graph that are as they are because of it: their parameters are its.
        of_biases: how many of its parameters are those of such biases, which without it would count nothing.
        more: what else differs for the same reason: (attribute, values).
        others: where the same was found with other values, those of each place but the first.
    """

    kind: str
    student: list[int]
    reference: list[int]
    position: float
    attribute: str | None = None
    values: tuple[Any, Any] = (None, None)
    places: list[tuple[int | None, int | None]] = field(default_factory=list)
    parameters: int = 0
    follow: int = 0
    charged: list[int] = field(default_factory=list)
    of_biases: int = 0
    more: list[tuple[str, tuple[Any, Any]]] = field(default_factory=list)
    others: list[tuple[Any, Any]] = field(default_factory=list)


def content(graph: CanonicalGraph, group: list[int]) -> list[tuple]:
    """What nodes compute; groups with equal contents compute the same."""
    return [(graph.nodes[i].kind, sorted(graph.nodes[i].attributes.items())) for i in group]


def extent(found: list[Finding]) -> int:
    """Return at how many places something was found; of what is missing or extra, each node is one."""
    return sum(
        len(one.places) * (len(one.student or one.reference) if one.kind in ("missing", "extra") else 1)
        for one in found
    )
