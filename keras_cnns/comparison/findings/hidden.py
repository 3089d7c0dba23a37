"""Which findings are only about layers of which it cannot be seen what they compute."""

from __future__ import annotations

from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.layer_configs import HELD
from keras_cnns.comparison.findings.finding import Finding

Near = frozenset[int]


def without_hidden(pairing: Pairing, found: list[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Return the findings that can be seen, and those that are no more than that a layer is hidden.

    A hidden layer may compute all that the reference has between the layers before it and after it. Where
    later shapes differ, or the shapes of the outputs, that is seen.
    """
    mine = [i for i, node in enumerate(pairing.student.nodes) if node.is_hidden]
    theirs = [j for j, node in enumerate(pairing.reference.nodes) if node.is_hidden]
    if not (mine or theirs) or _ends_otherwise(pairing):
        return found, []
    places = _places(pairing, mine, theirs)
    hidden = [one for one in found if not one.follow and _is_hidden(pairing, one, places)]
    seen = {*map(id, hidden)}
    return [one for one in found if id(one) not in seen], hidden


def _ends_otherwise(pairing: Pairing) -> bool:
    """Whether outputs have other shapes, and that is not because of a layer that can be seen."""
    student, reference = pairing.student, pairing.reference
    if len(student.outputs) != len(reference.outputs):
        return True
    ends = zip(student.outputs, reference.outputs, student.output_shapes, reference.output_shapes)
    return any(
        mine != theirs
        and (student.nodes[i].is_hidden or reference.nodes[j].is_hidden or i not in pairing.pairs)
        for i, j, mine, theirs in ends
    )


def _places(pairing: Pairing, mine: list[int], theirs: list[int]) -> set[Near]:
    """Where hidden layers are: the reference's paired layers next before them, or they themselves."""
    places = {pairing.near_student[i] for i in mine} | {pairing.near_reference[j] for j in theirs}
    for i in mine:
        places.add(_before(pairing.student.nodes[i].sources, pairing.near_student))
    for j in theirs:
        places.add(_before(pairing.reference.nodes[j].sources, pairing.near_reference))
    return places - {frozenset()}


def _before(sources: list[int], near: list[Near]) -> Near:
    return frozenset().union(*(near[source] for source in sources))


def _is_hidden(pairing: Pairing, one: Finding, places: set[Near]) -> bool:
    """Whether each place at which something was found is one of a hidden layer."""
    student, reference = pairing.student.nodes, pairing.reference.nodes

    def is_at(i: int | None, j: int | None) -> bool:
        if i is None and j is None:
            return any(student[k].is_hidden for k in one.student) or any(
                reference[k].is_hidden for k in one.reference
            )
        if i is not None and j is not None and one.kind == "changed":
            mine, theirs = student[i], reference[j]
            # Of one class with one code it is seen which setting differs.
            has_one_code = mine.kind == theirs.kind and mine.attributes.get("code") == theirs.attributes.get(
                "code"
            )
            return (mine.is_hidden or theirs.is_hidden) and not (has_one_code and one.attribute != HELD)
        if (i is not None and student[i].is_hidden) or (j is not None and reference[j].is_hidden):
            return True
        if one.kind in ("missing", "extra"):
            graph, near = (
                (student, pairing.near_student) if j is None else (reference, pairing.near_reference)
            )
            return _before(graph[i if j is None else j].sources, near) in places  # type: ignore[index]
        if i is None or j is None:
            return False
        return any(student[k].is_hidden for k in student[i].sources) or any(
            reference[k].is_hidden for k in reference[j].sources
        )

    return bool(one.places) and all(is_at(*place) for place in one.places)
