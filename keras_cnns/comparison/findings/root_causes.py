"""From all that differs to its causes: what is one finding, and what only follows from it."""

from __future__ import annotations

from collections.abc import Hashable

from keras_cnns.comparison.alignment.pairing import FEW, Finding, Pairing, content


def joined(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """Where one convolution does at once what the reference does in two steps, that is one finding."""
    doomed = set()
    for one in found:
        if one.kind != "missing" or len(one.reference) != 1:
            continue
        first = pairing.reference.nodes[one.reference[0]]
        if first.kind != "depthwise convolution":
            continue
        for other in found:
            whole = other.attribute == "kernel" and other.values[0] == first.facts["kernel"]
            if whole and one.reference[0] in pairing.reference.nodes[other.reference[0]].sources:
                one.kind, one.attribute, one.yours = "changed", "separable", other.yours
                one.values, one.places = (False, True), [(other.yours[0], one.reference[0])]
                one.reference = one.reference + other.reference
                doomed |= {id(it) for it in found if it is not one and it.reference == other.reference}
    return [one for one in found if id(one) not in doomed]


def strides_moved(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """Where one layer has the stride that another near it should have, that is one finding."""
    strides = sorted((one for one in found if one.attribute == "strides"), key=lambda one: one.position)
    doomed = set()
    for one, other in zip(strides, strides[1:]):
        close = other.reference[0] - one.reference[0] <= 2 * FEW and id(one) not in doomed
        if (
            close
            and one.values == other.values[::-1]
            and _follows(pairing, one.reference[0], other.reference[0])
        ):
            one.attribute, one.kind = "place of the stride", "changed"
            one.yours, one.reference = one.yours + other.yours, one.reference + other.reference
            doomed.add(id(other))
    return [one for one in found if id(one) not in doomed]


def _follows(pairing: Pairing, first: int, second: int) -> bool:
    """Whether `second` reads what comes of `first` in a straight line of a few layers."""
    for _ in range(2 * FEW):
        sources = pairing.reference.nodes[second].sources
        if len(sources) != 1:
            return False
        second = sources[0]
        if second == first:
            return True
    return False


def blame(pairing: Pairing, found: list[Finding]) -> None:
    """Charge what differs in size and parameters to the finding that it follows from.

    That is the first one upstream from which sizes have differed all the way, or else the first upstream.
    """
    own, gone = _homes(pairing, found)
    near: list[int | None] = []
    any_: list[int | None] = []
    for i, node in enumerate(pairing.yours.nodes):
        j = pairing.pairs.get(i)
        other = None if j is None else pairing.reference.nodes[j]
        mine = [own[i]] if i in own else []
        mine += [gone[source] for source in other.sources if source in gone] if other else []
        above = [near[source] for source in node.sources if near[source] is not None]
        everything = mine + [any_[source] for source in node.sources if any_[source] is not None]
        any_.append(min(everything, default=None))
        cause = own.get(i, min(mine + above, default=any_[i]))
        other_size = other is None or node.size != other.size
        near.append(min(mine + above, default=None) if other_size else None)
        more = node.parameters - (other.parameters if other else 0)
        if cause is None and more and j is not None:
            # A bias counts or not by whether batch normalization follows.
            cause = next((number for number, one in enumerate(found) if one.position >= j), None)
        if cause is None:
            continue
        found[cause].parameters += more
        if other and i not in own and other_size:
            found[cause].follow += 1
    for j, number in gone.items():
        found[number].parameters -= pairing.reference.nodes[j].parameters


def _homes(pairing: Pairing, found: list[Finding]) -> tuple[dict[int, int], dict[int, int]]:
    """The first finding of each node of yours, and of each node that only the reference has."""
    own: dict[int, int] = {}
    gone: dict[int, int] = {}
    for number, one in reversed(list(enumerate(found))):
        own.update(dict.fromkeys(one.yours, number))
        gone.update((j, number) for j in one.reference if j not in pairing.back)
    return own, gone


def collected(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """Findings of the same become one, with all its places."""
    kept: dict[Hashable, Finding] = {}
    for one in found:
        key = _key(pairing, one)
        if key in kept:
            first = kept[key]
            first.places += one.places
            first.parameters += one.parameters
            first.follow += one.follow
        else:
            kept[key] = one
    return list(kept.values())


def _key(pairing: Pairing, one: Finding) -> Hashable:
    if one.kind in ("missing", "extra"):
        network = pairing.reference if one.kind == "missing" else pairing.yours
        members = one.reference or one.yours
        return (one.kind, str(content(network, members)))
    kinds = tuple(pairing.yours.nodes[i].kind for i in one.yours)
    if one.attribute in ("inputs", "order of inputs", "outputs", "in_shape"):
        return (one.kind, one.attribute, one.position)
    return (
        one.kind,
        one.attribute,
        kinds,
        str(one.values),
        str(content(pairing.yours, one.yours)) * (one.attribute == "place"),
    )
