"""Conditions of the mistakes that have a name: what a finding must look like."""

from __future__ import annotations

from keras_cnns.comparison.canonical.canonical_graph import MERGES, Attributes
from keras_cnns.comparison.canonical.layer_configs import UNSEEN
from keras_cnns.comparison.findings.context import FindingContext
from keras_cnns.comparison.findings.lenet_layers import is_by_table, is_stretched_tanh, is_trained_pooling
from keras_cnns.comparison.findings.merging_shortcuts import (
    all_before,
    is_beside_branch,
    is_projection,
    is_projection_step,
    sums_after,
)


def is_shortcut(context: FindingContext) -> bool:
    return context.only("missing", "add") or (
        context.finding.attribute == "inputs" and context.kinds[0] in MERGES - {"concatenate"}
    )


def is_seen(context: FindingContext) -> bool:
    """Whether both are activations, of which a file has more than the name."""
    functions = str(context.finding.values)
    return context.kinds[0] == "activation" and UNSEEN not in functions


def is_moved(context: FindingContext, kind: str, across: set[str]) -> bool:
    """Whether nodes of a kind are on the other side of a node of another kind."""
    finding = context.finding
    if not context.is_rewired("place") or context.kinds[0] != kind:
        return False
    nodes = context.pairing.student.nodes
    readers = {node.kind for node in nodes if finding.student[-1] in node.sources}
    sources = {nodes[source].kind for i in finding.student for source in nodes[i].sources}
    return bool(context.pairing.pairs) and bool((readers | sources) & across)


def is_swapped(context: FindingContext) -> bool:
    return is_exchanged(context, "activation", "batch normalization") or is_exchanged(
        context, "batch normalization", "activation"
    )


def is_exchanged(context: FindingContext, kind: str, other: str) -> bool:
    """Whether a node of a kind and one of another kind, next to each other, have changed places."""
    finding, pairing = context.finding, context.pairing
    if not context.is_rewired("place") or context.kinds != [kind]:
        return False
    student, reference = pairing.student, pairing.reference
    (mine,), (theirs,) = finding.student, finding.reference
    after = [i for i in student.readers()[mine] if student.nodes[i].kind == other]
    before = [i for i in student.nodes[mine].sources if student.nodes[i].kind == other]
    return any(pairing.pairs.get(i) in reference.nodes[theirs].sources for i in after) or any(
        pairing.pairs.get(i) in reference.readers()[theirs] for i in before
    )


def is_before_addition(context: FindingContext) -> bool:
    """Whether an activation stands before a sum, and in the reference after it and before all else."""
    if not is_moved(context, "activation", {"add"}) or "add" not in context.before():
        return False
    reference = context.pairing.reference
    return all(
        len(reference.readers()[j]) == 1 for j in reference.nodes[context.finding.reference[0]].sources
    )


def is_response_before(context: FindingContext) -> bool:
    """Whether a response normalization and the activation it belongs behind have changed places."""
    return is_moved(context, "local response normalization", {"activation"}) or is_moved(
        context, "activation", {"local response normalization"}
    )


def is_into_3x3(context: FindingContext) -> bool:
    """Whether the stride of a 1x1 convolution is on a 3x3."""
    if not context.changed("place of the stride"):
        return False
    first_has_it = max(context.finding.values[0]) > 1
    mine, theirs = (context.mine, context.theirs) if first_has_it else (context.mine[::-1], context.theirs)
    there = theirs[1] if first_has_it else theirs[0]
    return mine[0].attributes.get("kernel") == (3, 3) and there.attributes.get("kernel") == (1, 1)


def is_one_unit_softmax(context: FindingContext) -> bool:
    if not (context.changed("filters", 1) and context.is_output()):
        return False
    readers = context.pairing.student.readers()[context.finding.student[0]]
    return any(is_softmax(context.pairing.student.nodes[i]) for i in readers)


def is_joined_along(context: FindingContext) -> bool:
    """Whether towers are joined over another axis than the channels."""
    if context.changed("joined along", theirs=None):
        return True
    return context.changed("axis", theirs=-1) and context.kinds[0] == "concatenate"


def has_stride(attributes: Attributes) -> bool:
    """Whether windows move by more than one; a function's own `strides` may be a number."""
    strides = attributes.get("strides")
    return isinstance(strides, tuple) and any(isinstance(n, int) and n > 1 for n in strides)


def is_uneven(context: FindingContext) -> bool:
    """Whether one pads by "same", with a stride, and the other alike on every side."""
    if not context.changed("padding") or not has_stride(context.mine[0].original[1]):
        return False
    words = [value for value in context.finding.values if value == "same"]
    pads = [value for value in context.finding.values if isinstance(value, tuple)]
    return len(words) == len(pads) == 1 and all(before == after > 0 for before, after in pads[0])


def is_unneeded_projection(context: FindingContext) -> bool:
    """Whether a sum reads a projection of what the reference's sum reads itself."""
    student, reference = context.pairing.student, context.pairing.reference
    if context.finding.kind != "extra" or not is_projection(student, context.finding.student):
        return False
    start = {
        context.pairing.pairs.get(source) for source in student.nodes[context.finding.student[0]].sources
    }
    sums = [i for i in sums_after(student, context.finding.student) if i in context.pairing.pairs]
    return any(
        start & {*reference.nodes[context.pairing.pairs[i]].sources}
        and is_beside_branch(student, context.finding.student, i)
        for i in sums
    )


def is_missing_projection(context: FindingContext) -> bool:
    reference, group = context.pairing.reference, context.finding.reference
    if context.finding.kind != "missing" or not is_projection(reference, group):
        return False
    return any(is_beside_branch(reference, group, j) for j in sums_after(reference, group))


def scales_a_residue(context: FindingContext) -> bool:
    """Whether a scaling ends a residual branch: it is added to what that starts from, or its projection."""
    if context.kinds != ["rescaling"]:
        return False
    graph, members = context.graph, context.members
    before = all_before(graph, members[0])
    for total in sums_after(graph, members):
        for other in graph.nodes[total].sources:
            while other not in before and is_projection_step(graph.nodes[other]):
                (other,) = graph.nodes[other].sources
            if other in before and other not in graph.nodes[members[0]].sources:
                return True
    return False


def is_added_to_itself(context: FindingContext) -> bool:
    if not context.is_rewired("inputs") or context.kinds[0] != "add":
        return False
    mine, theirs = context.finding.values
    return len({*mine}) < len(mine) and len({*theirs}) == len(theirs)


def is_from_inside(context: FindingContext) -> bool:
    """Whether a sum reads, in place of the block's input, what is on the way from it to the block's end."""
    if not context.is_rewired("inputs") or context.kinds[0] != "add":
        return False
    pairing = context.pairing
    mine, theirs = (set(values) for values in context.finding.values)
    kept = {i for i in mine if pairing.pairs.get(i) in theirs}
    other = mine - kept
    starts = {pairing.back.get(j) for j in theirs if pairing.back.get(j) not in kept}
    if len(other) != 1 or len(starts) != 1 or None in starts:
        return False
    (inner,), (start,) = other, starts
    return any(inner in all_before(pairing.student, end) for end in kept) and start in all_before(
        pairing.student, inner
    )


def has_other_constants(context: FindingContext) -> bool:
    normalizes = context.kinds[0] == "local response normalization"
    return context.finding.kind == "changed" and normalizes and not context.changed("kind")


def is_global_head(context: FindingContext) -> bool:
    if not context.only("extra", "pooling") or context.mine[0].attributes["window"] != "whole map":
        return False
    return "dense" in context.after()


def is_flattened_head(context: FindingContext) -> bool:
    """Whether a global pooling is missing that ends the network's trunk, and not one in a branch."""
    if not context.only("missing", "pooling") or context.theirs[0].attributes["window"] != "whole map":
        return False
    return not context.is_before_merge()


def is_run_over_map(context: FindingContext) -> bool:
    """Whether a missing global pooling leaves a dense layer to work at each position of the map."""
    nodes = context.pairing.student.nodes
    return is_flattened_head(context) and any("at each position" in node.original[1] for node in nodes)


def is_softmax_missing(context: FindingContext) -> bool:
    return context.only("missing", "activation") and is_softmax(context.theirs[0])


def is_extra_softmax(context: FindingContext) -> bool:
    return context.only("extra", "activation") and is_softmax(context.mine[0])


def is_beside_softmax(context: FindingContext) -> bool:
    """Whether an extra activation of the student reads a softmax, or a softmax reads it."""
    if not context.only("extra", "activation"):
        return False
    student, i = context.pairing.student, context.finding.student[0]
    return any(is_softmax(student.nodes[k]) for k in (*student.nodes[i].sources, *student.readers()[i]))


def is_softmax(node) -> bool:
    return node.attributes.get("function") == "softmax"


def is_unscaled_tanh(context: FindingContext) -> bool:
    """Whether a plain tanh stands where the reference has LeNet-5's, with its constants."""
    if not (context.changed("scale") or context.changed("slope")) or context.kinds[0] != "activation":
        return False
    mine = context.mine[0].attributes
    is_plain = mine.get("function") == "tanh" and not {"scale", "slope"} & {*mine}
    return is_plain and is_stretched_tanh(context.theirs[0])


def is_other_activation(context: FindingContext) -> bool:
    """Whether another function is applied, or the same one with other constants that stretch it."""
    is_stretched = context.changed("scale") or context.changed("slope")
    if is_stretched and context.kinds[0] == "activation":
        return True
    return context.changed("function") and is_seen(context)


def is_separable(context: FindingContext) -> bool:
    return context.changed("separable") or context.changed("kind", "convolution", "depthwise convolution")


def is_full_c3(context: FindingContext) -> bool:
    return context.changed("kind", "convolution") and is_by_table(context.theirs[0])


def is_plain_pooling(context: FindingContext) -> bool:
    return context.changed("kind", "pooling") and is_trained_pooling(context.theirs[0])
