"""`mutate`, `mutants` and `mutations`: wrong variants of a network, chosen by mistake and by verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from os import PathLike
from typing import Any, NoReturn, TypeAlias

import keras

from keras_cnns import building
from keras_cnns.arguments import checked_choice, checked_int
from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.graph import check_functional
from keras_cnns.mutation.editable_model import to_editable
from keras_cnns.mutation.mutate import TRIES, Mutant, mutants_of, no_place
from keras_cnns.mutation.table import KINDS, TRIVIAL

VERDICTS = ("same shapes", "different")
# What would compute with values that are not there.
NEED_VALUES: tuple[str, ...] = (
    "predict",
    "predict_on_batch",
    "fit",
    "evaluate",
    "train_on_batch",
    "test_on_batch",
)
NEED_VALUES += ("save", "save_weights", "export")
SEEN = 5  # mutants of a kind that `mutations` looks at for the verdict

Source: TypeAlias = keras.Model | str | PathLike[str]


def mutate(model: Source, seed: int = 0, *, kind: str | None = None, verdict: str | None = None) -> Mutant:
    """Make a wrong variant of a network with one plausible mistake.

    Args:
        model: a functional or built Sequential model, which stays as it is; a file that Keras saved, or a
            network's name.
        seed: of the random numbers; the same seed gives the same mutant. Two seeds may give the same one:
            `mutants` makes several that are all different.
        kind: the name of the mistake, such as "ReLU before the addition"; `mutations` lists those that fit.
            None takes any; mistakes that one finds by comparing two numbers are rare.
        verdict: what `compare` must say of the mutant: "same shapes", which counting parameters does not
            show, or "different"; None takes any.

    Returns:
        The model, named NAME_mutant, and the change: the mistake's name, the layers concerned, a sentence.
        All layers are named anew by their kinds, so that no name gives the change away. Its variables have
        shapes but no values, and what needs values raises a RuntimeError: `predict`, `fit`, `evaluate`,
        `save`. `keras.models.clone_model(mutant.model)` is the same network with random weights.

    Raises:
        ValueError: if `model` is no graph of layers that give one tensor each, for an unknown kind or
            verdict, or if no such mistake fits it.
    """
    return next(distinct(model, 1, seed, kind, verdict))


def mutants(
    model: Source, n: int, seed: int = 0, *, kind: str | None = None, verdict: str | None = None
) -> list[Mutant]:
    """Make wrong variants of a network, all different from each other, with as many kinds of mistake as fit.

    Args:
        model: as for `mutate`.
        n: how many.
        seed: of the random numbers; the first is `mutate(model, seed)`.
        kind: as for `mutate`.
        verdict: as for `mutate`.

    Raises:
        ValueError: as `mutate` does, or if there are not so many.
    """
    return list(distinct(model, checked_int("n", n), seed, kind, verdict))


def mutations(model: Source, *, verdict: str | None = None) -> tuple[str, ...]:
    """Return the names of the mistakes that fit a network, which `mutate` takes as `kind`.

    Args:
        model: as for `mutate`.
        verdict: only those of which one with this verdict was found.

    Raises:
        ValueError: as `mutate` does.
    """
    reference = reference_of(model)
    _check(0, None, verdict)
    original = to_editable(reference)
    fitting = []
    for kind in KINDS:
        found = mutants_of(original, 0, kind)
        if any(_has(mutant, verdict, reference) for mutant, _ in zip(found, range(SEEN))):
            fitting.append(kind)
    return tuple(fitting)


def distinct(
    source: Source,
    n: int,
    seed: int,
    kind: str | None,
    verdict: str | None,
    fits: Callable[[Mutant], bool] = lambda mutant: True,
) -> Iterator[Mutant]:
    """Yield n different mutants of which each `fits`, or raise; for the rest see `mutants`."""
    reference = reference_of(source)
    _check(seed, kind, verdict)
    original = to_editable(reference)
    rare = set() if kind else set(TRIVIAL)
    tries = TRIES * (1 + n // 8)
    seen: set[str] = set()
    for mutant in mutants_of(original, checked_int("seed", seed, least=None), kind, rare, tries):
        structure = str(mutant.model.get_config())
        if structure in seen or not _has(mutant, verdict, reference) or not fits(mutant):
            continue
        seen.add(structure)
        if kind is None:
            rare.add(mutant.change.mistake)
        yield _without_values(mutant)
        if len(seen) == n:
            return
    what = f"the mistake {kind!r}" if kind else "a mistake"
    what += f' that makes it "{verdict}"' if verdict else ""
    if seen:
        found = f"only {len(seen)} different mutant{'s' * (len(seen) > 1)}"
        raise ValueError(f"model {original.name!r} has {found} with {what}; got n={n}.")
    raise no_place(original, what)


def reference_of(source: Source) -> keras.Model:
    """Return the model, read from its file or built by its name; a ValueError says what it must be."""
    model: Any = building.resolve("model", source) if isinstance(source, (str, PathLike)) else source
    check_functional(model)
    return model


def _check(seed: Any, kind: Any, verdict: Any) -> None:
    checked_int("seed", seed, least=None)
    checked_choice("kind", kind, (*KINDS, None))
    checked_choice("verdict", verdict, (*VERDICTS, None))


def _has(mutant: Mutant, verdict: str | None, reference: keras.Model) -> bool:
    """Whether `compare` says this of the mutant."""
    if verdict is None:
        return True
    shapes = [sorted(tuple(one.shape) for one in model.weights) for model in (mutant.model, reference)]
    if verdict == "same shapes" and shapes[0] != shapes[1]:
        return False  # and needs no comparison
    return compare_models(mutant.model, reference).verdict == verdict


def _without_values(mutant: Mutant) -> Mutant:
    """Let what needs values say that there are none."""

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise RuntimeError(
            "a mutant's variables have shapes but no values: it can be drawn, counted and compared. "
            "keras.models.clone_model(MUTANT) is the same network with random weights, and MUTANT.to_json() "
            "its architecture."
        )

    for name in NEED_VALUES:
        setattr(mutant.model, name, refuse)
    return mutant
