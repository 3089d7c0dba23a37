"""What a mutation did, and the helpers that all mutations share.

A mutation is a function of an editable model and a random number generator. It plants one mistake and returns
a `Planted`, or None if the model has no place for it. Mutations know layers of Keras by their configs, and
nothing of how a comparison works.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from keras_cnns.mistakes import Mistake
from keras_cnns.mutation.editable_model import Call, EditableModel
from keras_cnns.mutation.option_text import option_text


class Change(NamedTuple):
    """What is wrong with a mutant: the answer of the exercise.

    Attributes:
        mistake: the name of the mistake.
        layers: the names, in the mutant, of the layers concerned; where something is missing, of those beside
            the gap. In a run of equal layers nobody can know which is missing, so all of them are named.
        sentence: what was done.
        originals: the names that the layers concerned have in the original, those that are missing included.
    """

    mistake: str
    layers: tuple[str, ...]
    sentence: str
    originals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Planted:
    """What a mutation did.

    Attributes:
        mistake: the name of the mistake.
        layers: the names of the layers concerned: the original's for what was taken away or changed, the new
            ones for what was added.
        template: what was done, a pair of braces for each layer that it names.
        named: the names of these layers.
    """

    mistake: str
    layers: tuple[str, ...]
    template: str
    named: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return self.template.format(*self.named)


def planted(mistake: Mistake, layers: Iterable[str], template: str, *named: str) -> Planted:
    """Return what a mutation did; see `Planted`."""
    return Planted(mistake.name, tuple(layers), template, named)


Mutation = Callable[[EditableModel, random.Random], "Planted | None"]


def pick(model: EditableModel, rng: random.Random, fits: Callable[[Call], Any]) -> Call | None:
    """Return a random call that fits and whose layer is called once."""
    times = Counter(id(call.config) for call in model.calls)
    for call in rng.sample(model.calls, len(model.calls)):
        if times[id(call.config)] == 1 and fits(call):
            return call
    return None


def set_option(call: Call, mistake: Mistake, key: str, new: Any) -> Planted:
    """Change one option of a layer."""
    old, call.config[key] = call.config[key], new
    return planted(mistake, [call.name], "{}: " + option_text(key, new, old), call.name)


def function_of(call: Call) -> str | None:
    """Return the name of the activation that a layer applies, or is."""
    if call.is_a("ReLU"):
        largest = call.config.get("max_value")
        known = {None: "relu", 6: "relu6"}.get(largest)
        return None if call.config.get("negative_slope") or call.config.get("threshold") else known
    if call.is_a("Softmax"):
        return "softmax"
    name = call.config.get("activation")
    if isinstance(name, dict):
        name = name.get("config") if isinstance(name.get("config"), str) else None
    return None if name in (None, "linear") else str(name)


def smallest_side(call: Call) -> int:
    """The shorter side of the map that a call gives; 0 if a side is of any size."""
    return min(side or 0 for side in call.shape[1:3])
