"""`mutate`: a plausible wrong variant of a network, and the answer, for exercises and tests."""

from __future__ import annotations

import random
from typing import NamedTuple

from keras import Model

from keras_cnns.differences import blocks, mutations, rewirings, windows_changed
from keras_cnns.differences.mutations import Change
from keras_cnns.differences.plan import Plan, duplicate, taken_apart

TRIES = 200
# Frequent mistakes stand there twice.
MUTATIONS = (
    windows_changed.filters,
    windows_changed.filters,
    mutations.classes,
    windows_changed.kernel,
    windows_changed.kernel,
    windows_changed.strides,
    windows_changed.strides,
    windows_changed.groups,
    windows_changed.padding,
    windows_changed.lopsided,
    windows_changed.pooling_kind,
    windows_changed.pooling_window,
    mutations.activation_missing,
    mutations.activation_missing,
    mutations.other_activation,
    mutations.normalization_missing,
    mutations.normalization_constant,
    mutations.normalization_constant,
    mutations.bias,
    windows_changed.separable,
    rewirings.shortcut_missing,
    rewirings.shortcut_elsewhere,
    rewirings.activation_before_addition,
    rewirings.normalization_swapped,
    rewirings.projection_before_pooling,
    rewirings.towers_swapped,
    rewirings.tower_missing,
    blocks.block_missing,
    blocks.block_repeated,
    blocks.layer_missing,
    blocks.layer_missing,
    blocks.layer_added,
    blocks.layer_added,
    blocks.head,
    rewirings.stride_moved,
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
