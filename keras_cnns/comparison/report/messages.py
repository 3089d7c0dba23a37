"""Findings and equivalences → what a person reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from keras_cnns import mistakes
from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import CanonicalGraph
from keras_cnns.comparison.findings.equivalences import Equivalence
from keras_cnns.comparison.findings.finding import Finding
from keras_cnns.comparison.findings.known_mistakes import known_mistake
from keras_cnns.comparison.findings.merging_gates import PLACE_OF_GATE
from keras_cnns.comparison.report.explanations import explanation
from keras_cnns.comparison.report.sentences import (
    SENTENCES,
    consequences,
    description,
    named,
    same_elsewhere,
    sources_text,
)
from keras_cnns.comparison.report.wording import describe_step, join_names, value_text
from keras_cnns.safe_text import one_line


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs, and one root cause: what only follows from it is counted, not listed.

    Attributes:
        kind: "missing", "extra", "changed" or "rewired".
        attribute: what is changed, such as "filters"; None for what is missing or extra.
        yours: the student's value, or what is there; None if nothing is.
        reference: the reference's value, or what is there; None if nothing is.
        layer: the name of the student's layer; of what is missing, of the layer before it.
        reference_layer: the name of the reference's layer; None for what is extra.
        message: a sentence that says all this.
        mistake: the name of a well-known mistake, or None.
        why: what is wrong with it, and `source`, who says so; "" if there is nothing to say.
        places: all layers (the student's, the reference's) at which the same was found.
        at: the student's layers to look at, for each place; of what is missing, those before it.
        parameters: what it adds to the number of parameters, with what follows from it.
        follow: how many later outputs have a different shape because of it.
    """

    kind: str
    attribute: str | None
    yours: Any
    reference: Any
    layer: str | None
    reference_layer: str | None
    message: str
    mistake: str | None = None
    why: str = ""
    source: str = ""
    places: tuple[tuple[str | None, str | None], ...] = ()
    at: tuple[str, ...] = ()
    parameters: int = 0
    follow: int = 0


def difference(pairing: Pairing, finding: Finding) -> Difference:
    """Put a finding into words."""
    mistake = known_mistake(pairing, finding)
    why, source = explanation(pairing, finding, mistake)
    attribute = "n_classes" if mistake is mistakes.WRONG_NUMBER_OF_CLASSES else finding.attribute
    yours, reference = _values(pairing, finding)
    layer, reference_layer = _layers(pairing, finding)
    one = Difference(
        kind=finding.kind,
        attribute=attribute,
        yours=yours,
        reference=reference,
        layer=layer,
        reference_layer=reference_layer,
        message="",
        mistake=mistake.name if mistake else None,
        why=why,
        source=source,
        places=tuple((_layer(pairing.student, i), _layer(pairing.reference, j)) for i, j in finding.places),
        at=tuple(filter(None, (_layer_to_look_at(pairing, i, j) for i, j in finding.places))),
        parameters=finding.parameters,
        follow=finding.follow,
    )
    message = SENTENCES[finding.kind](pairing, finding, one)
    message += same_elsewhere(pairing, finding, one.mistake) + consequences(finding) + "."
    return replace(one, message=one_line(message))


def _layer(graph: CanonicalGraph, i: int | None) -> str | None:
    return None if i is None else graph.nodes[i].layer


def _layers(pairing: Pairing, finding: Finding) -> tuple[str | None, str | None]:
    reference = pairing.reference.nodes[finding.reference[0]].layer if finding.reference else None
    if finding.student:
        return pairing.student.nodes[finding.student[0]].layer, reference
    return _layer_before(pairing, finding.reference[0]), reference


def _layer_to_look_at(pairing: Pairing, i: int | None, j: int | None) -> str | None:
    if i is not None:
        return pairing.student.nodes[i].layer
    return None if j is None else _layer_before(pairing, j)


def _layer_before(pairing: Pairing, j: int) -> str | None:
    """The student's layer after which something is missing."""
    for source in pairing.reference.nodes[j].sources:
        near = max(pairing.near_reference[source], default=None)
        if near is not None:
            return pairing.student.nodes[pairing.back[near]].layer
    return None


def _values(pairing: Pairing, finding: Finding) -> tuple[Any, Any]:
    """What each model has: the value of an attribute, or a description of its layers."""
    mine = [pairing.student.nodes[i] for i in finding.student]
    theirs = [pairing.reference.nodes[j] for j in finding.reference]
    lists = ("inputs", "order of inputs", "outputs", "order of the model's inputs")
    if finding.kind == "rewired" and finding.attribute in lists:
        graphs = pairing.student, pairing.reference
        first, second = (
            [graph.nodes[i].layer for i in numbers] for graph, numbers in zip(graphs, finding.values)
        )
        return first, second
    if finding.attribute == "shared weights":
        return finding.values
    if finding.attribute == PLACE_OF_GATE:
        i, j = finding.values
        return f"of {named(pairing.student, i)}", f"of {named(pairing.reference, j)}"
    if finding.attribute == "place of the stride":
        return mine[0].layer, theirs[-1].layer
    if finding.attribute == "order in blocks":
        return ", ".join(finding.values[0]), ", ".join(finding.values[1])
    if finding.attribute == "place":
        return (
            f"after {sources_text(pairing.student, finding.student[0])}",
            f"after {sources_text(pairing.reference, finding.reference[0])}",
        )
    if finding.kind == "changed" and finding.attribute not in ("stem", "shortcut"):
        return finding.values
    return description(mine), description(theirs)


def hidden_layers(pairing: Pairing, hidden: Iterable[Finding]) -> tuple[str, str]:
    """Return the names of the student's layers and of the reference's where one of both is hidden."""
    mine, theirs = set(), set()
    for one in hidden:
        mine |= {*one.student, *(i for i, _ in one.places if i is not None)}
        theirs |= {*one.reference, *(j for _, j in one.places if j is not None)}
    sides = (pairing.student, mine, pairing.pairs), (pairing.reference, theirs, pairing.back)
    names = []
    for graph, numbers, partners in sides:
        numbers |= {i for i, node in enumerate(graph.nodes) if node.is_hidden and i not in partners}
        names.append(list(dict.fromkeys(graph.nodes[i].layer for i in sorted(numbers))) or ["nothing"])
    return join_names(names[0]), join_names(names[1])


def hidden_note(pairing: Pairing, hidden: Iterable[Finding]) -> str:
    """Return a sentence that says of which layers it is not known whether they compute the same."""
    yours, reference = hidden_layers(pairing, hidden)
    return one_line(f"{yours}, where the reference has {reference}: code that only a person can judge")


def hidden_equivalence(pairing: Pairing, hidden: Iterable[Finding]) -> str:
    """Return a sentence that says of which hidden layers numbers show that they compute the same."""
    yours, reference = hidden_layers(pairing, hidden)
    return one_line(f"{yours}, in the reference {reference}: by numbers, both compute the same")


def hidden_difference(pairing: Pairing, hidden: Iterable[Finding], shown: str) -> Difference:
    """Return the difference of layers of which only numbers show that they compute something else."""
    hidden = list(hidden)
    yours, reference = hidden_layers(pairing, hidden)
    one = difference(pairing, hidden[0])
    places = tuple(place for each in hidden for place in difference(pairing, each).places)
    message = one_line(f"{yours}, where the reference has {reference}: {shown}.")
    return Difference(
        "changed", "function", None, None, one.layer, one.reference_layer, message, places=places, at=one.at
    )


def equivalence_sentences(found: Iterable[Equivalence]) -> list[str]:
    """Return a sentence for each way in which something is written differently, with all its layers."""
    layers: dict[str, list[str]] = defaultdict(list)
    for one in found:
        layers[_equivalence(one)].append(one.layer)
    return [
        _towers(names)
        if sentence == _FORMS["order of towers"]
        else one_line(f"{join_names(names)}: {sentence}")
        for sentence, names in layers.items()
    ]


def _towers(joins: list[str]) -> str:
    """What is said of all modules at once whose towers come in another order."""
    modules = "1 module" if len(joins) == 1 else f"{len(joins)} modules"
    return one_line(
        f"towers joined in another order in {modules} ({join_names(joins)}): {_FORMS['order of towers']}"
    )


def _equivalence(one: Equivalence) -> str:
    if isinstance(one.student, tuple) and isinstance(one.reference, tuple):
        if one.form == "kind":
            student, reference = describe_step(one.student), describe_step(one.reference)
            return f"written as {student}, in the reference as {reference}"
        mine, theirs = (value_text(step[1]["padding"]) for step in (one.student, one.reference))
        return f"padding {mine}, in the reference {theirs}: on maps of this size that is the same"
    return _FORMS[one.form].format("yours" if one.student else "the reference")


_FORMS = {
    "bias before batch normalization": "{0} has a bias, which batch normalization subtracts again",
    "order of towers": "the maps are numbered otherwise, so published weights must be permuted, too",
    "groups written out": "{0} has a layer for each group of channels, which is one grouped convolution",
    "layers side by side": "{0} has several layers that read one map, which are one with all their maps",
    "ReLU of what is not negative": "{0} has a ReLU after it, where nothing is negative already",
    "after max-pooling": "{0} has the activation after max-pooling, where it does the same",
}
