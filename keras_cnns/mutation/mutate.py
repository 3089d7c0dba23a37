"""`mutate`: a plausible wrong variant of a network, and the answer, for exercises and tests."""

from __future__ import annotations

import random
from typing import NamedTuple

from keras import Model

from keras_cnns.arguments import checked_int
from keras_cnns.graph import check_functional
from keras_cnns.mutation import block_mistakes, layer_mistakes, window_mistakes, wiring_mistakes
from keras_cnns.mutation.change import Change, Mutation
from keras_cnns.mutation.editable_model import EditableModel, duplicate, to_editable

TRIES = 200
# Each mutation with its weight: how often it is drawn, frequent mistakes more often.
MUTATIONS: tuple[tuple[Mutation, int], ...] = (
    (window_mistakes.filters, 2),
    (layer_mistakes.classes, 1),
    (window_mistakes.kernel, 2),
    (window_mistakes.strides, 2),
    (window_mistakes.groups, 1),
    (window_mistakes.padding, 1),
    (window_mistakes.uneven_padding, 1),
    (window_mistakes.pooling_kind, 1),
    (window_mistakes.pooling_window, 1),
    (layer_mistakes.activation_missing, 2),
    (layer_mistakes.other_activation, 1),
    (layer_mistakes.normalization_missing, 1),
    (layer_mistakes.normalization_constant, 2),
    (layer_mistakes.bias, 1),
    (window_mistakes.separable, 1),
    (wiring_mistakes.shortcut_missing, 1),
    (wiring_mistakes.shortcut_elsewhere, 1),
    (wiring_mistakes.activation_before_addition, 1),
    (wiring_mistakes.normalization_swapped, 1),
    (wiring_mistakes.projection_before_pooling, 1),
    (wiring_mistakes.towers_swapped, 1),
    (wiring_mistakes.tower_missing, 1),
    (block_mistakes.block_missing, 1),
    (block_mistakes.block_repeated, 1),
    (block_mistakes.layer_missing, 2),
    (block_mistakes.layer_added, 2),
    (block_mistakes.head, 1),
    (wiring_mistakes.stride_moved, 1),
)
# `random.Random.choice` draws from this list; with another order a seed would give another mutant.
_DRAWN = [mutation for mutation, weight in MUTATIONS for _ in range(weight)]


class Mutant(NamedTuple):
    """A wrong variant: its variables have shapes but no values. `change` is the answer."""

    model: Model
    change: Change


def mutate(model: Model, seed: int) -> Mutant:
    """Make a wrong variant of a network with one plausible mistake.

    Args:
        model: a functional or built Sequential model; it stays as it is.
        seed: of the random numbers; the same seed gives the same mutant.

    Returns:
        The model, without weights and named NAME_mutant, and the change: the mistake's name, the layers
        concerned, a sentence.

    Raises:
        ValueError: if `model` is no graph of layers that give one tensor each, or if no mistake fits it.
    """
    check_functional(model)
    return mutant_of(to_editable(model), checked_int("seed", seed, least=None))


def mutant_of(original: EditableModel, seed: int) -> Mutant:
    """As `mutate`, from an editable model: faster when making many."""
    rng = random.Random(seed)
    for _ in range(TRIES):
        model = duplicate(original)
        model.name = f"{original.name}_mutant"
        change = rng.choice(_DRAWN)(model, rng)
        if change is None:
            continue
        try:
            return Mutant(model.build(), change)
        except ValueError:  # the layers no longer fit each other
            continue
    raise ValueError(f"model {original.name!r} has no place for a mistake that leaves a model.")
