"""Mutants: plausible wrong variants of a network, and the answers, for exercises and tests."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from typing import NamedTuple

from keras import Model

from keras_cnns.mutation.change import Change, Mutation, Planted
from keras_cnns.mutation.editable_model import EditableModel, duplicate
from keras_cnns.mutation.neutral_names import answer, rename
from keras_cnns.mutation.table import TABLE

TRIES = 200
MUTATIONS: tuple[tuple[Mutation, int], ...] = tuple((row.mutation, row.weight) for row in TABLE)
ONE_IN = 4  # of the mistakes that are to be rare


class Mutant(NamedTuple):
    """A wrong variant: its variables have shapes but no values. `change` is the answer."""

    model: Model
    change: Change


def mutant_of(original: EditableModel, seed: int) -> Mutant:
    """Plant any mistake; layers keep the original's names, which can give the change away.

    Raises:
        ValueError: if no mistake fits.
    """
    for model, planted in drawn(original, random.Random(seed)):
        names = tuple(name for name in planted.layers if name in {call.name for call in original.calls})
        try:
            return Mutant(model.build(), Change(planted.mistake, planted.layers, planted.sentence, names))
        except ValueError:  # the layers no longer fit each other
            continue
    raise no_place(original)


def mutants_of(
    original: EditableModel,
    seed: int,
    kind: str | None = None,
    rare: Collection[str] = (),
    tries: int = TRIES,
) -> Iterator[Mutant]:
    """Yield mutants, some of them perhaps equal, whose layers' names give nothing away.

    Args:
        original: the model.
        seed: of the random numbers.
        kind: the name of the only mistake; None takes any.
        rare: names of mistakes of which one in four is kept; the caller may add to it.
        tries: how many mistakes are tried.
    """
    rng = random.Random(seed if seed >= 0 else f"{seed}")  # Python's own takes -1 and 1 for the same
    keep = random.Random(f"keep {seed}")
    for model, planted in drawn(original, rng, kind, tries):
        if planted.mistake in rare and keep.randrange(ONE_IN):
            continue
        change = answer(original, planted, rename(model))
        try:
            yield Mutant(model.build(), change)
        except ValueError:  # the layers no longer fit each other
            continue


def drawn(
    original: EditableModel, rng: random.Random, kind: str | None = None, tries: int = TRIES
) -> Iterator[tuple[EditableModel, Planted]]:
    """Yield changed copies, which may no longer be models, and what was planted in each."""
    # `random.Random.choice` draws from this list; with another order a seed would give another mutant.
    rows = [row for row in TABLE if kind is None or any(one.name == kind for one in row.plants)]
    mutations = [row.mutation for row in rows if row.fits(original) for _ in range(row.weight)]
    for _ in range(tries if mutations else 0):
        model = duplicate(original)
        model.name = f"{original.name}_mutant"
        planted = rng.choice(mutations)(model, rng)
        if planted is not None and kind in (None, planted.mistake):
            yield model, planted


def no_place(original: EditableModel, what: str = "a mistake") -> ValueError:
    """The error of a model in which nothing can be planted."""
    return ValueError(f"model {original.name!r} has no place for {what} that leaves a model.")
