"""Which finding is which of the mistakes that have a name.

Rules look at what differs, never at which network it is. The first that fits names the finding, so special
cases stand before general ones.
"""

from __future__ import annotations

from collections.abc import Callable

from keras_cnns import mistakes
from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.canonical.canonical_graph import MERGES
from keras_cnns.comparison.canonical.layer_configs import UNSEEN
from keras_cnns.comparison.findings.context import FindingContext
from keras_cnns.comparison.findings.finding import Finding
from keras_cnns.mistakes import Mistake

Rule = Callable[[FindingContext], bool]


def known_mistake(pairing: Pairing, finding: Finding) -> Mistake | None:
    """Return the mistake that a finding is, if it has a name."""
    context = FindingContext(pairing, finding)
    return next((mistake for mistake, rule in RULES if rule(context)), None)


def _is_shortcut(context: FindingContext) -> bool:
    return context.only("missing", "add") or (
        context.finding.attribute == "inputs" and context.kinds[0] in MERGES - {"concatenate"}
    )


def _is_seen(context: FindingContext) -> bool:
    """Whether both are activations, of which a file has more than the name."""
    functions = str(context.finding.values)
    return context.kinds[0] == "activation" and UNSEEN not in functions


def _is_moved(context: FindingContext, kind: str, across: set[str]) -> bool:
    """Whether nodes of a kind are on the other side of a node of another kind."""
    finding = context.finding
    if not context.is_rewired("place") or context.kinds[0] != kind:
        return False
    nodes = context.pairing.student.nodes
    readers = {node.kind for node in nodes if finding.student[-1] in node.sources}
    sources = {nodes[source].kind for i in finding.student for source in nodes[i].sources}
    return bool(context.pairing.pairs) and bool((readers | sources) & across)


def _is_swapped(context: FindingContext) -> bool:
    return _is_moved(context, "activation", {"batch normalization"}) or _is_moved(
        context, "batch normalization", {"activation"}
    )


def _is_before_addition(context: FindingContext) -> bool:
    return _is_moved(context, "activation", {"add"}) and "add" in context.before()


def _has_other_constants(context: FindingContext) -> bool:
    normalizes = context.kinds[0] == "local response normalization"
    return context.finding.kind == "changed" and normalizes and not context.changed("kind")


def _is_global_head(context: FindingContext) -> bool:
    if not context.only("extra", "pooling") or context.mine[0].attributes["window"] != "whole map":
        return False
    return "dense" in context.after()


def _is_flattened_head(context: FindingContext) -> bool:
    return context.only("missing", "pooling") and context.theirs[0].attributes["window"] == "whole map"


def _is_softmax_missing(context: FindingContext) -> bool:
    return context.only("missing", "activation") and _is_softmax(context.theirs[0])


def _is_extra_softmax(context: FindingContext) -> bool:
    return context.only("extra", "activation") and _is_softmax(context.mine[0])


def _is_softmax(node) -> bool:
    return node.attributes.get("function") == "softmax"


def _is_separable(context: FindingContext) -> bool:
    return context.changed("separable") or context.changed("kind", "convolution", "depthwise convolution")


def _is_plain_pooling(context: FindingContext) -> bool:
    return context.changed("kind", "pooling") and "sampling" in str(context.finding.values[1]).lower()


# What differs in a layer that both networks have.
CHANGED: tuple[tuple[Mistake, Rule], ...] = (
    (mistakes.STRIDE_IN_THE_3X3, lambda c: c.changed("place of the stride")),
    (mistakes.WRONG_NUMBER_OF_CLASSES, lambda c: c.changed("filters") and c.is_output()),
    (mistakes.DIFFERENT_INPUT_SHAPE, lambda c: c.changed("in_shape")),
    (mistakes.ONE_TOWER, lambda c: c.changed("groups", 1)),
    (mistakes.DIFFERENT_NUMBER_OF_GROUPS, lambda c: c.changed("groups")),
    (mistakes.FULL_CONVOLUTION, _is_separable),
    (mistakes.THREE_FOR_FIVE, lambda c: c.changed("kernel", (3, 3), (5, 5))),
    (mistakes.DIFFERENT_KERNEL, lambda c: c.changed("kernel")),
    (mistakes.DIFFERENT_NUMBER_OF_FILTERS, lambda c: c.changed("filters") or c.changed("multiplier")),
    (mistakes.DIFFERENT_STRIDE, lambda c: c.changed("strides")),
    (mistakes.DIFFERENT_PADDING, lambda c: c.changed("padding")),
    (mistakes.DIFFERENT_DILATION, lambda c: c.changed("dilation")),
    (mistakes.GAMMA, lambda c: c.changed("scale") and c.kinds[0] == "batch normalization"),
    (mistakes.BETA, lambda c: c.changed("center")),
    (mistakes.DIFFERENT_EPSILON, lambda c: c.changed("epsilon")),
    (
        mistakes.BATCH_FOR_RESPONSE_NORMALIZATION,
        lambda c: c.changed("kind", "batch normalization", "local response normalization"),
    ),
    (mistakes.DIFFERENT_RESPONSE_CONSTANTS, _has_other_constants),
    (mistakes.BIAS, lambda c: c.changed("bias")),
    (mistakes.AVERAGE_FOR_MAX, lambda c: c.changed("statistic", "average", "max")),
    (mistakes.MAX_FOR_AVERAGE, lambda c: c.changed("statistic", "max", "average")),
    (mistakes.DIFFERENT_POOLING_WINDOW, lambda c: c.changed("window")),
    (mistakes.POOLING_FOR_SUBSAMPLING, _is_plain_pooling),
    (mistakes.DIFFERENT_ACTIVATION, lambda c: c.changed("function") and _is_seen(c)),
)

# What both networks have, in different places.
REWIRED: tuple[tuple[Mistake, Rule], ...] = (
    (mistakes.RELU_BEFORE_ADDITION, _is_before_addition),
    (
        mistakes.PROJECTION_BEFORE_POOLING,
        lambda c: _is_moved(c, "pooling", {"convolution", "activation", "batch normalization"}),
    ),
    (mistakes.ACTIVATION_AND_NORMALIZATION_SWAPPED, _is_swapped),
    (mistakes.DIFFERENT_ORDER, lambda c: c.is_rewired("place")),
    (mistakes.TOWERS_IN_DIFFERENT_ORDER, lambda c: c.is_rewired("order of inputs")),
    (mistakes.SHORTCUT, _is_shortcut),
    (mistakes.DIFFERENT_INPUTS, lambda c: c.is_rewired("inputs")),
    (mistakes.DIFFERENT_OUTPUTS, lambda c: c.is_rewired("outputs")),
)

# One layer that is missing or extra.
ONE_LAYER: tuple[tuple[Mistake, Rule], ...] = (
    (mistakes.SOFTMAX_MISSING, _is_softmax_missing),
    (mistakes.EXTRA_SOFTMAX, _is_extra_softmax),
    (
        mistakes.ACTIVATION_MISSING_AFTER_ADDITION,
        lambda c: c.only("missing", "activation") and "add" in c.before(),
    ),
    (mistakes.ACTIVATION_MISSING, lambda c: c.only("missing", "activation")),
    (mistakes.ACTIVATION_BEFORE_ADDITION, lambda c: c.only("extra", "activation") and "add" in c.after()),
    (mistakes.EXTRA_ACTIVATION, lambda c: c.only("extra", "activation")),
    (mistakes.BATCH_NORMALIZATION_MISSING, lambda c: c.only("missing", "batch normalization")),
    (mistakes.EXTRA_BATCH_NORMALIZATION, lambda c: c.only("extra", "batch normalization")),
    (mistakes.RESPONSE_NORMALIZATION_MISSING, lambda c: c.only("missing", "local response normalization")),
    (mistakes.GLOBAL_POOLING_HEAD, _is_global_head),
    (mistakes.FLATTENED_HEAD, _is_flattened_head),
    (mistakes.POOLING_MISSING, lambda c: c.only("missing", "pooling")),
    (mistakes.EXTRA_POOLING, lambda c: c.only("extra", "pooling")),
    (mistakes.RESIDUAL_SCALING, lambda c: c.kinds == ["rescaling"]),
    (mistakes.DROPOUT, lambda c: c.kinds[:1] == ["dropout"]),
)

# Several layers that are missing or extra, and what no rule before has named.
SEVERAL_LAYERS: tuple[tuple[Mistake, Rule], ...] = (
    (mistakes.AUXILIARY_CLASSIFIER, lambda c: len(c.kinds) > 2 and c.has_own_output()),
    (mistakes.TOO_FEW_BLOCKS, lambda c: c.finding.kind == "missing" and c.is_repeated()),
    (mistakes.TOO_MANY_BLOCKS, lambda c: c.finding.kind == "extra" and c.is_repeated()),
    (mistakes.TOWER_MISSING, lambda c: c.finding.kind == "missing" and c.joins_fewer()),
    (mistakes.LAYER_MISSING, lambda c: c.finding.kind == "missing"),
    (mistakes.EXTRA_LAYER, lambda c: c.finding.kind == "extra"),
    (mistakes.DIFFERENT_KIND, lambda c: c.changed("kind")),
)

RULES = (*CHANGED, *REWIRED, *ONE_LAYER, *SEVERAL_LAYERS)
