"""Which finding is which of the mistakes that have a name.

Rules look at what differs, never at which network it is. The first that fits names the finding, so special
cases stand before general ones.
"""

from __future__ import annotations

from collections.abc import Callable

from keras_cnns import mistakes
from keras_cnns.comparison.alignment.pairing import Pairing
from keras_cnns.comparison.findings import conditions, gates
from keras_cnns.comparison.findings.context import FindingContext
from keras_cnns.comparison.findings.finding import Finding
from keras_cnns.comparison.findings.merging_blocks import EARLIER
from keras_cnns.comparison.findings.merging_gates import PLACE_OF_GATE
from keras_cnns.comparison.findings.merging_widths import COMPRESSION, EXPANSION, GROWTH_RATE
from keras_cnns.mistakes import Mistake

Rule = Callable[[FindingContext], bool]


def known_mistake(pairing: Pairing, finding: Finding) -> Mistake | None:
    """Return the mistake that a finding is, if it has a name."""
    context = FindingContext(pairing, finding)
    return next((mistake for mistake, rule in RULES if rule(context)), None)


# What differs in a layer that both networks have.
CHANGED: tuple[tuple[Mistake, Rule], ...] = (
    (mistakes.STEM, lambda c: c.changed("stem")),
    (mistakes.OPTION_A, lambda c: c.changed("shortcut")),
    (mistakes.STRIDE_IN_THE_3X3, conditions.is_into_3x3),
    (mistakes.STRIDE_ELSEWHERE, lambda c: c.changed("place of the stride")),
    (mistakes.FLATTEN_MISSING, lambda c: c.changed("at each position", True)),
    (mistakes.ONE_UNIT_SOFTMAX, conditions.is_one_unit_softmax),
    (mistakes.WRONG_NUMBER_OF_CLASSES, lambda c: c.changed("filters") and c.is_output()),
    (mistakes.DIFFERENT_INPUT_SHAPE, lambda c: c.changed("in_shape")),
    (mistakes.GROUPS_READ_THE_SAME, lambda c: c.changed("maps read from", theirs=None)),
    (mistakes.JOINED_ALONG, conditions.is_joined_along),
    (mistakes.ONE_TOWER, lambda c: c.changed("groups", 1)),
    (mistakes.DIFFERENT_NUMBER_OF_GROUPS, lambda c: c.changed("groups")),
    (mistakes.FULL_CONVOLUTION, conditions.is_separable),
    (mistakes.FULL_C3, conditions.is_full_c3),
    (mistakes.CONCATENATED_FOR_ADDED, lambda c: c.changed("kind", "concatenate", "add")),
    (mistakes.ADDED_FOR_CONCATENATED, lambda c: c.changed("kind", "add", "concatenate")),
    (mistakes.THREE_FOR_FIVE, lambda c: c.changed("kernel", (3, 3), (5, 5))),
    (mistakes.DIFFERENT_KERNEL, lambda c: c.changed("kernel")),
    (mistakes.GROWTH_RATE, lambda c: c.changed(GROWTH_RATE)),
    (mistakes.COMPRESSION, lambda c: c.changed(COMPRESSION)),
    (mistakes.EXPANSION, lambda c: c.changed(EXPANSION)),
    (mistakes.DIFFERENT_NUMBER_OF_FILTERS, lambda c: c.changed("filters") or c.changed("multiplier")),
    (mistakes.DIFFERENT_STRIDE, lambda c: c.changed("strides")),
    (mistakes.PADDING_AFTER_CONVOLUTION, lambda c: c.changed("place of the padding")),
    (mistakes.UNEVEN_PADDING, conditions.is_uneven),
    (mistakes.DIFFERENT_PADDING, lambda c: c.changed("padding")),
    (mistakes.DIFFERENT_DILATION, lambda c: c.changed("dilation")),
    (mistakes.NORMALIZATION_AXIS, lambda c: c.changed("axis") and c.kinds[0] == "batch normalization"),
    (mistakes.GAMMA, lambda c: c.changed("scale") and c.kinds[0] == "batch normalization"),
    (mistakes.BETA, lambda c: c.changed("center")),
    (mistakes.DIFFERENT_EPSILON, lambda c: c.changed("epsilon") and c.kinds[0] == "batch normalization"),
    (mistakes.OTHER_EPSILON, lambda c: c.changed("epsilon")),
    (
        mistakes.BATCH_FOR_RESPONSE_NORMALIZATION,
        lambda c: c.changed("kind", "batch normalization", "local response normalization"),
    ),
    (mistakes.DIFFERENT_RESPONSE_CONSTANTS, conditions.has_other_constants),
    (mistakes.BIAS, lambda c: c.changed("bias")),
    (mistakes.AVERAGE_FOR_MAX, lambda c: c.changed("statistic", "average", "max")),
    (mistakes.MAX_FOR_AVERAGE, lambda c: c.changed("statistic", "max", "average")),
    (mistakes.DIFFERENT_POOLING_WINDOW, lambda c: c.changed("window")),
    (mistakes.POOLING_FOR_SUBSAMPLING, conditions.is_plain_pooling),
    (mistakes.SOFTMAX_AXIS, lambda c: c.changed("axes")),
    (mistakes.UNSCALED_TANH, conditions.is_unscaled_tanh),
    (mistakes.SIGMOID_FOR_SOFTMAX, lambda c: c.changed("function", "sigmoid", "softmax")),
    (mistakes.DIFFERENT_ACTIVATION, conditions.is_other_activation),
)

# What both networks have, in different places.
REWIRED: tuple[tuple[Mistake, Rule], ...] = (
    (
        mistakes.PRE_ACTIVATION_MISSING,
        lambda c: c.is_rewired("order in blocks") and c.finding.values[1] == EARLIER,
    ),
    (mistakes.PRE_ACTIVATION, lambda c: c.is_rewired("order in blocks")),
    (mistakes.GATE_ELSEWHERE, lambda c: c.is_rewired(PLACE_OF_GATE)),
    (mistakes.RELU_BEFORE_ADDITION, conditions.is_before_addition),
    (
        mistakes.PROJECTION_BEFORE_POOLING,
        lambda c: (
            conditions.is_moved(c, "pooling", {"convolution", "activation", "batch normalization"})
            and c.is_in_tower()
        ),
    ),
    (mistakes.RESPONSE_NORMALIZATION_BEFORE, conditions.is_response_before),
    (mistakes.ACTIVATION_AND_NORMALIZATION_SWAPPED, conditions.is_swapped),
    (mistakes.DIFFERENT_ORDER, lambda c: c.is_rewired("place")),
    (mistakes.TOWERS_IN_DIFFERENT_ORDER, lambda c: c.is_rewired("order of inputs")),
    (mistakes.ADDED_TO_ITSELF, conditions.is_added_to_itself),
    (mistakes.SHORTCUT_INSIDE, conditions.is_from_inside),
    (mistakes.SHORTCUT, conditions.is_shortcut),
    (mistakes.DIFFERENT_INPUTS, lambda c: c.is_rewired("inputs")),
    (mistakes.DIFFERENT_OUTPUTS, lambda c: c.is_rewired("outputs")),
)

# One layer that is missing or extra.
ONE_LAYER: tuple[tuple[Mistake, Rule], ...] = (
    (mistakes.SOFTMAX_MISSING, conditions.is_softmax_missing),
    (mistakes.SOFTMAX_TWICE, lambda c: conditions.is_extra_softmax(c) and conditions.is_beside_softmax(c)),
    (mistakes.EXTRA_SOFTMAX, conditions.is_extra_softmax),
    (mistakes.ACTIVATION_BEFORE_SOFTMAX, conditions.is_beside_softmax),
    (
        mistakes.ACTIVATION_MISSING_AFTER_ADDITION,
        lambda c: c.only("missing", "activation") and "add" in c.before(),
    ),
    (mistakes.ACTIVATION_MISSING, lambda c: c.only("missing", "activation")),
    (
        mistakes.ACTIVATION_BEFORE_ADDITION,
        lambda c: c.only("extra", "activation") and "add" in c.after() and "add" not in c.before(),
    ),
    (mistakes.EXTRA_ACTIVATION, lambda c: c.only("extra", "activation")),
    (mistakes.BATCH_NORMALIZATION_MISSING, lambda c: c.only("missing", "batch normalization")),
    (mistakes.EXTRA_BATCH_NORMALIZATION, lambda c: c.only("extra", "batch normalization")),
    (mistakes.LAYER_NORMALIZATION_MISSING, lambda c: c.only("missing", "LayerNormalization")),
    (mistakes.RESPONSE_NORMALIZATION_MISSING, lambda c: c.only("missing", "local response normalization")),
    (mistakes.GLOBAL_POOLING_HEAD, conditions.is_global_head),
    (mistakes.GLOBAL_POOLING_MISSING, conditions.is_run_over_map),
    (mistakes.FLATTENED_HEAD, conditions.is_flattened_head),
    (mistakes.POOLING_MISSING, lambda c: c.only("missing", "pooling")),
    (mistakes.EXTRA_POOLING, lambda c: c.only("extra", "pooling")),
    (mistakes.RESIDUAL_SCALING, conditions.scales_a_residue),
    (mistakes.SCALING, lambda c: c.kinds == ["rescaling"]),
    (mistakes.DROPOUT, lambda c: c.kinds[:1] == ["dropout"]),
)

# Several layers that are missing or extra, and what no rule before has named.
SEVERAL_LAYERS: tuple[tuple[Mistake, Rule], ...] = (
    (mistakes.AUXILIARY_CLASSIFIER, lambda c: len(c.kinds) > 2 and c.has_own_output()),
    (mistakes.PROJECTION_FOR_IDENTITY, conditions.is_unneeded_projection),
    (mistakes.PROJECTION_MISSING, conditions.is_missing_projection),
    (mistakes.GATE_MISSING, lambda c: gates.is_lone_gate(c, "missing")),
    (mistakes.EXTRA_GATE, lambda c: gates.is_lone_gate(c, "extra")),
    (mistakes.EXTRA_SHORTCUT, gates.is_extra_shortcut),
    (mistakes.TOO_FEW_BLOCKS, lambda c: c.finding.kind == "missing" and c.is_repeated()),
    (mistakes.TOO_MANY_BLOCKS, lambda c: c.finding.kind == "extra" and c.is_repeated()),
    (mistakes.TOWER_MISSING, lambda c: c.finding.kind == "missing" and c.joins_fewer()),
    (mistakes.LAYER_MISSING, lambda c: c.finding.kind == "missing"),
    (mistakes.EXTRA_LAYER, lambda c: c.finding.kind == "extra"),
    (mistakes.DIFFERENT_KIND, lambda c: c.changed("kind")),
)

RULES = (*CHANGED, *REWIRED, *ONE_LAYER, *SEVERAL_LAYERS)
