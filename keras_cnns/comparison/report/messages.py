"""Findings → differences as a person reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from keras_cnns.comparison.alignment.pairing import Finding, Pairing
from keras_cnns.comparison.canonical.nodes import Network
from keras_cnns.comparison.findings import known_mistakes
from keras_cnns.comparison.report.wording import attribute as said_attribute
from keras_cnns.comparison.report.wording import describe, several, value


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs, and one cause: what only follows from it is counted, not listed.

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
        follow: how many later outputs have another shape because of it.
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
    mistake = known_mistakes.name(pairing, finding)
    name = finding.attribute
    if mistake and mistake.name == "wrong number of classes":
        name = "n_classes"
    values = _values(pairing, finding)
    layer, reference_layer = _layers(pairing, finding)
    message = _SENTENCES[finding.kind](pairing, finding, name, values, layer, reference_layer)
    message += _elsewhere(pairing, finding) + _consequences(finding)
    places = tuple((_layer(pairing.yours, i), _layer(pairing.reference, j)) for i, j in finding.places)
    return Difference(
        finding.kind,
        name,
        *values,
        layer,
        reference_layer,
        message + ".",
        mistake.name if mistake else None,
        mistake.sentence if mistake else "",
        mistake.source if mistake else "",
        places,
        tuple(filter(None, (_look_at(pairing, i, j) for i, j in finding.places))),
        finding.parameters,
        finding.follow,
    )


def _layer(network: Network, i: int | None) -> str | None:
    return None if i is None else network.nodes[i].layer


def _layers(pairing: Pairing, finding: Finding) -> tuple[str | None, str | None]:
    reference = pairing.reference.nodes[finding.reference[0]].layer if finding.reference else None
    if finding.yours:
        return pairing.yours.nodes[finding.yours[0]].layer, reference
    return _before(pairing, finding.reference[0]), reference


def _look_at(pairing: Pairing, i: int | None, j: int | None) -> str | None:
    if i is not None:
        return pairing.yours.nodes[i].layer
    return None if j is None else _before(pairing, j)


def _before(pairing: Pairing, j: int) -> str | None:
    """The student's layer after which something is missing."""
    for source in pairing.reference.nodes[j].sources:
        near = max(pairing.near_reference[source], default=None)
        if near is not None:
            return pairing.yours.nodes[pairing.back[near]].layer
    return None


def _values(pairing: Pairing, finding: Finding) -> tuple[Any, Any]:
    """What is there, in words, or the two values of an attribute."""
    mine = [pairing.yours.nodes[i] for i in finding.yours]
    theirs = [pairing.reference.nodes[j] for j in finding.reference]
    if finding.attribute in ("inputs", "order of inputs", "outputs"):
        networks = pairing.yours, pairing.reference
        first, second = (
            [network.nodes[i].layer for i in numbers] for network, numbers in zip(networks, finding.values)
        )
        return first, second
    if finding.attribute == "place of the stride":
        return mine[0].layer, theirs[-1].layer
    if finding.attribute == "place":
        return (
            f"after {_source(pairing.yours, finding.yours[0])}",
            f"after {_source(pairing.reference, finding.reference[0])}",
        )
    if finding.kind == "changed":
        return finding.values
    return _contents(mine), _contents(theirs)


def _source(network: Network, i: int) -> str:
    sources = [network.nodes[source] for source in network.nodes[i].sources]
    return several([f"{node.layer} ({describe(node)})" for node in sources]) if sources else "the input"


def _contents(nodes: list) -> str | None:
    return several([describe(node) for node in nodes], most=6) if nodes else None


def _changed(pairing, finding, name, values, layer, reference_layer) -> str:
    node = pairing.yours.nodes[finding.yours[0]]
    what = f"{layer} ({describe(node)})" if layer != describe(node) else layer
    if name == "place of the stride":
        strided, other = finding.values if max(finding.values[0]) > 1 else finding.values[::-1]
        first, second = (pairing.yours.nodes[i] for i in finding.yours[:2])
        here, there = (first, second) if max(finding.values[0]) > 1 else (second, first)
        return (
            f"{here.layer} ({describe(here)}) has the stride {value(strided)} that the reference gives to "
            f"{there.layer} ({describe(there)})"
        )
    return f"{what}: {said_attribute(name)} {value(values[0])}, the reference has {value(values[1])}"


def _missing(pairing, finding, name, values, layer, reference_layer) -> str:
    said = f"after {layer}" if layer else "at the start"
    count = f"{len(finding.reference)} layers are missing: " if len(finding.reference) > 1 else "missing: "
    return f"{said} {count}{values[1]} (the reference's {reference_layer})"


def _extra(pairing, finding, name, values, layer, reference_layer) -> str:
    count = f"and {len(finding.yours) - 1} more " if len(finding.yours) > 1 else ""
    return (
        f"{layer} {count}should not be there: {values[0]}, after {_source(pairing.yours, finding.yours[0])}"
    )


def _rewired(pairing, finding, name, values, layer, reference_layer) -> str:
    if name == "outputs":
        return f"the outputs are {several(values[0])}; the reference's are {several(values[1])}"
    node = pairing.yours.nodes[finding.yours[0]]
    if name == "place":
        what = _contents([pairing.yours.nodes[i] for i in finding.yours])
        return f"{layer} ({what}) stands {values[0]}; in the reference {values[1]}"
    networks = pairing.yours, pairing.reference
    first, second = (
        several([f"{network.nodes[i].layer} ({describe(network.nodes[i])})" for i in numbers], most=9)
        for network, numbers in zip(networks, finding.values)
    )
    order = " in this order" if name == "order of inputs" else ""
    return (
        f"{layer} ({describe(node)}) reads {first}{order}; the reference's {reference_layer} reads {second}"
    )


_SENTENCES = {"changed": _changed, "missing": _missing, "extra": _extra, "rewired": _rewired}


def _elsewhere(pairing: Pairing, finding: Finding) -> str:
    more = finding.places[1:]
    if not more:
        return ""
    names = [_layer(pairing.yours, i) or _layer(pairing.reference, j) or "" for i, j in more]
    place = "place" if len(more) == 1 else "places"
    return f"; the same in {len(more)} other {place} ({several(names)})"


def _consequences(finding: Finding) -> str:
    said = []
    if finding.parameters:
        said.append(f"{finding.parameters:+,} parameters")
    if finding.follow:
        words = "later shape follows" if finding.follow == 1 else "later shapes follow"
        said.append(f"{finding.follow} {words} from it")
    return f": {'; '.join(said)}" if said else ""
