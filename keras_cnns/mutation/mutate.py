"""`mutate`: a plausible wrong variant of a network, and the answer, for exercises and tests."""

from __future__ import annotations

import random
from typing import NamedTuple

from keras import Model

from keras_cnns.mutation import block_mistakes, layer_mistakes, window_mistakes, wiring_mistakes
from keras_cnns.mutation.editable_model import Plan, duplicate, taken_apart
from keras_cnns.mutation.layer_mistakes import Change

TRIES = 200
# Frequent mistakes stand there twice.
MUTATIONS = (
    window_mistakes.filters,
    window_mistakes.filters,
    layer_mistakes.classes,
    window_mistakes.kernel,
    window_mistakes.kernel,
    window_mistakes.strides,
    window_mistakes.strides,
    window_mistakes.groups,
    window_mistakes.padding,
    window_mistakes.lopsided,
    window_mistakes.pooling_kind,
    window_mistakes.pooling_window,
    layer_mistakes.activation_missing,
    layer_mistakes.activation_missing,
    layer_mistakes.other_activation,
    layer_mistakes.normalization_missing,
    layer_mistakes.normalization_constant,
    layer_mistakes.normalization_constant,
    layer_mistakes.bias,
    window_mistakes.separable,
    wiring_mistakes.shortcut_missing,
    wiring_mistakes.shortcut_elsewhere,
    wiring_mistakes.activation_before_addition,
    wiring_mistakes.normalization_swapped,
    wiring_mistakes.projection_before_pooling,
    wiring_mistakes.towers_swapped,
    wiring_mistakes.tower_missing,
    block_mistakes.block_missing,
    block_mistakes.block_repeated,
    block_mistakes.layer_missing,
    block_mistakes.layer_missing,
    block_mistakes.layer_added,
    block_mistakes.layer_added,
    block_mistakes.head,
    wiring_mistakes.stride_moved,
)


class Mutant(NamedTuple):
    """A wrong variant: its variables have shapes but no values. `change` is the answer."""

    model: Model
    change: Change


def mutate(model: Model, seed: int) -> Mutant:
    """Make a wrong variant of a network with one plausible mistake.

    Args:
        model: a functional or built Sequential model; it stays as it is.
        seed: start of the random numbers; the same gives the same mutant.

    Returns:
        The model, without weights and named NAME_mutant, and the change: the mistake's name, the layers
        concerned, a sentence.

    Raises:
        ValueError: if `model` is no graph of layers that give one tensor each, or if no mistake fits it.
    """
    if not isinstance(seed, int):
        raise ValueError(f"seed must be an int; got {seed!r}.")
    return mutant_of(taken_apart(model), seed)


def mutant_of(original: Plan, seed: int) -> Mutant:
    """The same from a plan, for who makes many."""
    rng = random.Random(seed)
    for _ in range(TRIES):
        plan = duplicate(original)
        plan.name = f"{original.name}_mutant"
        change = rng.choice(MUTATIONS)(plan, rng)
        if change is None:
            continue
        try:
            return Mutant(plan.build(), change)
        except ValueError:  # the layers do not fit each other any more
            continue
    raise ValueError(f"model {original.name!r} has no place for a mistake that leaves a model.")
