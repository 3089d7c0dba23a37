"""From all that differs to its root causes: what is one finding, and what only follows from it."""

from __future__ import annotations

from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import BIAS_IDLE, CanonicalNode
from keras_cnns.comparison.findings.finding import Finding
from keras_cnns.comparison.findings.merging_widths import COMPRESSION, EXPANSION, GROWTH_RATE

# How many layers may be between two whose strides are swapped.
FARTHEST_STRIDE = 8
# What may come between the two steps of a separable convolution.
AFTER_DEPTHWISE: tuple[list[str], ...] = (
    [],
    ["batch normalization"],
    ["activation"],
    ["batch normalization", "activation"],
)
# What changes the size of a map, the likeliest first.
RESIZING = ("stem", "strides", "place of the stride", "padding", "window", "kernel", "dilation")

# What changes no number of weights of the layer itself.
WITHOUT_WEIGHTS = ("epsilon", "padding", "strides", "place of the stride", "dilation", "function")


def merge_separable(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """Merge what is found where one convolution does at once what the reference does in two steps.

    The reference's separable convolution is a depthwise one, which is missing, perhaps with a normalization
    and an activation, and a 1x1, whose kernel differs.
    """
    to_drop = set()
    for one in found:
        if one.kind != "missing" or not _is_depthwise(pairing, one.reference):
            continue
        depthwise = pairing.reference.nodes[one.reference[0]]
        for other in found:
            full = other.attribute == "kernel" and other.values[0] == depthwise.attributes["kernel"]
            if full and one.reference[-1] in pairing.reference.nodes[other.reference[0]].sources:
                one.kind, one.attribute, one.student = "changed", "separable", other.student
                one.values, one.places = (False, True), [(other.student[0], one.reference[0])]
                one.reference = one.reference + other.reference
                to_drop |= {id(f) for f in found if f is not one and f.reference == other.reference}
    return [one for one in found if id(one) not in to_drop]


def _is_depthwise(pairing: Pairing, group: list[int]) -> bool:
    """Whether nodes are a depthwise convolution, and at most what normalizes and activates it."""
    first, *rest = (pairing.reference.nodes[j].kind for j in group)
    return first == "depthwise convolution" and rest in AFTER_DEPTHWISE


def merge_moved_strides(pairing: Pairing, found: list[Finding]) -> list[Finding]:
    """Merge what is found where one layer has the stride that belongs to another near it."""
    strides = sorted(
        (one for one in found if one.attribute == "strides" and isinstance(one.values[0], tuple)),
        key=lambda one: one.position,
    )
    to_drop = set()
    for one, other in zip(strides, strides[1:]):
        first, second = one.reference[0], other.reference[0]
        swapped = one.values == other.values[::-1] and id(one) not in to_drop
        if swapped and second - first <= FARTHEST_STRIDE and _follows(pairing, first, second):
            one.attribute, one.kind = "place of the stride", "changed"
            one.student, one.reference = one.student + other.student, one.reference + other.reference
            to_drop.add(id(other))
    return [one for one in found if id(one) not in to_drop]


def _follows(pairing: Pairing, first: int, second: int) -> bool:
    """Whether `second` comes after `first` in a straight line of a few layers."""
    for _ in range(FARTHEST_STRIDE):
        sources = pairing.reference.nodes[second].sources
        if len(sources) != 1:
            return False
        second = sources[0]
        if second == first:
            return True
    return False


def charge_consequences(pairing: Pairing, found: list[Finding]) -> None:
    """Charge all that differs in shapes and parameters to the finding it follows from.

    That is the first finding upstream from which on all shapes differ, or else the first finding upstream.
    """
    own, missing = _findings_of_nodes(pairing, found)
    resizing = _resizing(pairing, found, own)
    charged = {i: number for number, one in enumerate(found) for i in one.charged}
    nearest: list[int | None] = []  # for each node the finding from which on all shapes differ
    first: list[int | None] = []  # for each node the first finding upstream
    for i, node in enumerate(pairing.student.nodes):
        j = pairing.pairs.get(i)
        other = None if j is None else pairing.reference.nodes[j]
        here = [resizing.get(i, own[i])] if i in own else []
        here += [missing[source] for source in other.sources if source in missing] if other else []
        above = here + [cause for source in node.sources if (cause := nearest[source]) is not None]
        firsts = [cause for source in node.sources if (cause := first[source]) is not None]
        first.append(min(here + firsts, default=None))
        cause = own[i] if i in own else min(above, default=first[i])
        other_shape = other is None or node.size != other.size
        if other is None and all(node.size == pairing.student.nodes[source].size for source in node.sources):
            # What is extra and keeps the size of the map is no cause of sizes after it.
            above = [near for source in node.sources if (near := nearest[source]) is not None]
        nearest.append(min(above, default=None) if other_shape else None)
        more = _more_parameters(node, other)
        if cause is None and more and j is not None and i not in charged:
            # Whether a bias counts depends on whether batch normalization follows.
            cause = next((number for number, one in enumerate(found) if one.position >= j), None)
        if i in charged:
            bias = node.shape[-1] or 0
            found[charged[i]].parameters += bias
            found[charged[i]].of_biases += bias
            more -= bias
        if cause is None:
            continue
        payer = cause
        if more and found[cause].attribute in WITHOUT_WEIGHTS:
            # It reads more maps, or fewer.
            before = [near for source in node.sources if (near := nearest[source]) is not None] or firsts
            payer = min(before, default=cause)
        found[payer].parameters += more
        if other and i not in own and other_shape:
            found[cause].follow += 1
    for j, number in missing.items():
        found[number].parameters -= pairing.reference.nodes[j].parameters


def _more_parameters(node: CanonicalNode, other: CanonicalNode | None) -> int:
    """How many parameters a node has more than its partner.

    If both have a bias, and batch normalization subtracts that of one, these have equally many weights.
    """
    if other is None:
        return node.parameters
    more = node.parameters - other.parameters
    if node.has_own_bias and other.has_own_bias:
        more += (node.shape[-1] or 0) if BIAS_IDLE in node.equivalent_forms else 0
        more -= (other.shape[-1] or 0) if BIAS_IDLE in other.equivalent_forms else 0
    return more


def _resizing(pairing: Pairing, found: list[Finding], own: dict[int, int]) -> dict[int, int]:
    """For each node with several findings, the number of the one that changes the size of its map.

    Steps and paddings do; a wider window, which only changes the map's border, does if nothing else can.
    """
    chosen: dict[int, int] = {}
    for attribute in RESIZING:
        for number, one in enumerate(found):
            i, j = (one.student or [-1])[0], (one.reference or [-1])[0]
            if one.attribute != attribute or i not in own or pairing.pairs.get(i) != j:
                continue
            if pairing.student.nodes[i].shape[1:-1] != pairing.reference.nodes[j].shape[1:-1]:
                chosen.setdefault(i, number)
    return chosen


def _findings_of_nodes(pairing: Pairing, found: list[Finding]) -> tuple[dict[int, int], dict[int, int]]:
    """The number of the first finding at each node of the student's graph, and at each missing node."""
    own: dict[int, int] = {}
    missing: dict[int, int] = {}
    for number, one in reversed(list(enumerate(found))):
        own.update(dict.fromkeys(one.student, number))
        missing.update((j, number) for j in one.reference if j not in pairing.back)
    for number, one in enumerate(found):
        if one.attribute in (GROWTH_RATE, COMPRESSION, EXPANSION):
            own.update(dict.fromkeys(one.student, number))  # a padding there decides no width
    return own, missing
