"""Ways of writing one and the same function: what differs and makes no difference."""

from __future__ import annotations

from collections import defaultdict

from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.nodes import Node
from keras_cnns.comparison.report.wording import describe, several, value


def equivalences(pairing: Pairing) -> list[str]:
    """Return what is written otherwise and computes the same, a sentence for each way."""
    said: dict[str, list[str]] = defaultdict(list)
    for i, j in pairing.pairs.items():
        one, other = pairing.yours.nodes[i], pairing.reference.nodes[j]
        for sentence in _ways(one, other):
            said[sentence].append(one.layer)
    return [f"{several(names)}: {sentence}" for sentence, names in said.items()]


def _ways(one: Node, other: Node) -> list[str]:
    ways = []
    for form in sorted({*one.forms} ^ {*other.forms}):
        ways.append(SENTENCES[form].format("yours" if form in one.forms else "the reference"))
    (kind, facts), (other_kind, other_facts) = one.plain, other.plain
    same = (one.kind, one.facts) == (other.kind, other.facts)
    if (
        kind != other_kind
        or facts.keys() != other_facts.keys()
        or facts.get("window") != other_facts.get("window")
    ):
        if same:
            ways.append(f"written as {describe(one)}, in the reference as {describe(other)}")
    elif facts.get("padding") != other_facts.get("padding") and (
        same or one.facts.get("padding") == other.facts.get("padding")
    ):
        pads = value(facts["padding"]), value(other_facts["padding"])
        ways.append(f"padding {pads[0]}, in the reference {pads[1]}: on maps of this size that is the same")
    return ways


SENTENCES = {
    "bias before batch normalization": "{0} has a bias, which batch normalization subtracts again",
    "after max-pooling": "{0} has the activation after max-pooling, where it does the same",
}
