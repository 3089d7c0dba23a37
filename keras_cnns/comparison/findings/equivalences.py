"""What is written differently and computes the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import BIAS_IDLE, CanonicalNode, Step
from keras_cnns.comparison.canonical.canonicalize import IDLE


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Two ways of writing one function.

    Attributes:
        form: "bias before batch normalization", "after max-pooling", "order of towers", "kind" or "padding".
        student: how the student writes it, a step; whether the student uses the form, for the first two.
        reference: the same of the reference.
        layer: the student's layer.
    """

    form: str
    student: Step | bool
    reference: Step | bool
    layer: str = field(compare=False)


def find_equivalences(pairing: Pairing) -> list[Equivalence]:
    """Return what is written differently and computes the same, in the order of the pairs."""
    found = []
    for i, j in pairing.pairs.items():
        one, other = pairing.student.nodes[i], pairing.reference.nodes[j]
        found += [form for form in _between(one, other) if not _is_in_both(pairing, form, i, j)]
        if one.any_order and other.any_order and _other_order(pairing, one, other):
            found.append(Equivalence("order of towers", True, True, one.layer))
    return found


def _is_in_both(pairing: Pairing, form: Equivalence, i: int, j: int) -> bool:
    """Whether the ReLU that changes nothing in one network is there in the other, too, where it does."""
    if form.form != IDLE:
        return False
    graph, at = (pairing.reference, j) if form.student else (pairing.student, i)
    return any(graph.nodes[reader].attributes == {"function": "relu"} for reader in graph.readers()[at])


def _other_order(pairing: Pairing, one: CanonicalNode, other: CanonicalNode) -> bool:
    """Whether two concatenations join the same towers in different orders."""
    mine, theirs = [pairing.pairs.get(i, -1) for i in one.sources_as_written], other.sources_as_written
    return mine != theirs and sorted(mine) == sorted(theirs)


def _between(one: CanonicalNode, other: CanonicalNode) -> list[Equivalence]:
    found = []
    for form in sorted({*one.equivalent_forms} ^ {*other.equivalent_forms}):
        if form == BIAS_IDLE and one.has_own_bias and other.has_own_bias:
            continue  # both are written with one
        mine = form in one.equivalent_forms
        found.append(Equivalence(form, mine, not mine, one.layer))
    (kind, attributes), (other_kind, other_attributes) = one.original, other.original
    same = (one.kind, one.attributes) == (other.kind, other.attributes)
    if (
        kind != other_kind
        or attributes.keys() != other_attributes.keys()
        or attributes.get("window") != other_attributes.get("window")
    ):
        if same:
            found.append(Equivalence("kind", one.original, other.original, one.layer))
    elif attributes.get("padding") != other_attributes.get("padding") and (
        same or one.attributes.get("padding") == other.attributes.get("padding")
    ):
        found.append(Equivalence("padding", one.original, other.original, one.layer))
    return found
