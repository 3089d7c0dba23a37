"""All mutations: how often each is drawn, and which mistakes it plants."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from keras_cnns import mistakes
from keras_cnns.mistakes import Mistake
from keras_cnns.mutation import (
    block_mistakes,
    gate_mistakes,
    layer_mistakes,
    width_mistakes,
    window_mistakes,
    wiring_mistakes,
)
from keras_cnns.mutation.change import Mutation
from keras_cnns.mutation.editable_model import EditableModel


class Row(NamedTuple):
    """A mutation, its weight (frequent mistakes are drawn more often), and what it can plant.

    `fits` says whether a network has a place for it; in a network without one a seed gives what it would if
    there were no such row.
    """

    mutation: Mutation
    weight: int
    plants: tuple[Mistake, ...]
    fits: Callable[[EditableModel], bool] = lambda model: True


TABLE = (
    Row(window_mistakes.filters, 2, (mistakes.DIFFERENT_NUMBER_OF_FILTERS,)),
    Row(layer_mistakes.classes, 1, (mistakes.WRONG_NUMBER_OF_CLASSES,)),
    Row(window_mistakes.kernel, 2, (mistakes.DIFFERENT_KERNEL, mistakes.THREE_FOR_FIVE)),
    Row(window_mistakes.strides, 2, (mistakes.DIFFERENT_STRIDE,)),
    Row(window_mistakes.groups, 1, (mistakes.ONE_TOWER, mistakes.DIFFERENT_NUMBER_OF_GROUPS)),
    Row(window_mistakes.padding, 1, (mistakes.DIFFERENT_PADDING,)),
    Row(window_mistakes.uneven_padding, 1, (mistakes.UNEVEN_PADDING,)),
    Row(window_mistakes.pooling_kind, 1, (mistakes.AVERAGE_FOR_MAX, mistakes.MAX_FOR_AVERAGE)),
    Row(window_mistakes.pooling_window, 1, (mistakes.DIFFERENT_POOLING_WINDOW,)),
    Row(
        layer_mistakes.activation_missing,
        2,
        (
            mistakes.ACTIVATION_MISSING,
            mistakes.ACTIVATION_MISSING_AFTER_ADDITION,
            mistakes.SOFTMAX_MISSING,
        ),
    ),
    Row(layer_mistakes.other_activation, 1, (mistakes.DIFFERENT_ACTIVATION,)),
    Row(
        layer_mistakes.normalization_missing,
        1,
        (
            mistakes.BATCH_NORMALIZATION_MISSING,
            mistakes.RESPONSE_NORMALIZATION_MISSING,
            mistakes.LAYER_NORMALIZATION_MISSING,
        ),
    ),
    Row(
        layer_mistakes.normalization_constant,
        2,
        (
            mistakes.GAMMA,
            mistakes.BETA,
            mistakes.DIFFERENT_EPSILON,
            mistakes.DIFFERENT_RESPONSE_CONSTANTS,
            mistakes.RESIDUAL_SCALING,
            mistakes.SCALING,
        ),
    ),
    Row(layer_mistakes.bias, 1, (mistakes.BIAS,)),
    Row(window_mistakes.separable, 1, (mistakes.FULL_CONVOLUTION,)),
    Row(wiring_mistakes.shortcut_missing, 1, (mistakes.SHORTCUT,)),
    Row(wiring_mistakes.shortcut_elsewhere, 1, (mistakes.SHORTCUT,)),
    Row(wiring_mistakes.activation_before_addition, 1, (mistakes.RELU_BEFORE_ADDITION,)),
    Row(wiring_mistakes.normalization_swapped, 1, (mistakes.ACTIVATION_AND_NORMALIZATION_SWAPPED,)),
    Row(wiring_mistakes.projection_before_pooling, 1, (mistakes.PROJECTION_BEFORE_POOLING,)),
    Row(wiring_mistakes.towers_swapped, 1, (mistakes.TOWERS_IN_DIFFERENT_ORDER,)),
    Row(wiring_mistakes.tower_missing, 1, (mistakes.TOWER_MISSING,)),
    Row(block_mistakes.block_missing, 1, (mistakes.TOO_FEW_BLOCKS,)),
    Row(block_mistakes.block_repeated, 1, (mistakes.TOO_MANY_BLOCKS,)),
    Row(block_mistakes.layer_missing, 2, (mistakes.LAYER_MISSING, mistakes.POOLING_MISSING)),
    Row(
        block_mistakes.layer_added,
        2,
        (
            mistakes.EXTRA_LAYER,
            mistakes.EXTRA_ACTIVATION,
            mistakes.EXTRA_BATCH_NORMALIZATION,
            mistakes.EXTRA_POOLING,
        ),
    ),
    Row(block_mistakes.head, 1, (mistakes.GLOBAL_POOLING_HEAD, mistakes.FLATTENED_HEAD)),
    Row(wiring_mistakes.stride_moved, 1, (mistakes.STRIDE_IN_THE_3X3, mistakes.STRIDE_ELSEWHERE)),
    # Mistakes in networks after 2016.
    Row(gate_mistakes.gate_elsewhere, 2, (mistakes.GATE_ELSEWHERE,), gate_mistakes.has_gates),
    Row(gate_mistakes.gate_missing, 1, (mistakes.GATE_MISSING,), gate_mistakes.has_gates),
    Row(gate_mistakes.extra_shortcut, 2, (mistakes.EXTRA_SHORTCUT,), gate_mistakes.has_inverted_blocks),
    Row(width_mistakes.growth_rate, 2, (mistakes.GROWTH_RATE,), width_mistakes.has_dense_blocks),
    Row(width_mistakes.compression, 2, (mistakes.COMPRESSION,), width_mistakes.has_transitions),
    Row(width_mistakes.expansion, 2, (mistakes.EXPANSION,), width_mistakes.has_expansions),
    Row(layer_mistakes.layer_epsilon, 1, (mistakes.OTHER_EPSILON,), layer_mistakes.has_layer_normalization),
    Row(window_mistakes.even_padding, 2, (mistakes.UNEVEN_PADDING,), window_mistakes.has_uneven_depthwise),
)
KINDS = tuple(dict.fromkeys(mistake.name for row in TABLE for mistake in row.plants))
# Numbers that one compares without reading the network; a course is better served by the others.
TRIVIAL = {
    mistake.name
    for mistake in (
        mistakes.WRONG_NUMBER_OF_CLASSES,
        mistakes.BIAS,
        mistakes.GAMMA,
        mistakes.BETA,
        mistakes.DIFFERENT_EPSILON,
        mistakes.OTHER_EPSILON,
        mistakes.SOFTMAX_MISSING,
    )
}
