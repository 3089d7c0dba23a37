"""What a mutation did, and the helpers that all mutations share.

A mutation is a function of an editable model and a random number generator. It plants one mistake and returns
a `Change`, or None if the model has no place for it. Mutations know layers of Keras by their configs, and
nothing of how a comparison works.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from keras_cnns.mistakes import Mistake
from keras_cnns.mutation.editable_model import Call, EditableModel


class Change(NamedTuple):
    """What was changed.

    Attributes:
        mistake: the name of the mistake.
        layers: the names of the layers concerned: the original's for what was taken away or changed, the new
            ones for what was added. In a run of equal layers nobody can know which is missing, so all of them
            are named.
        sentence: what was done.
    """

    mistake: str
    layers: tuple[str, ...]
    sentence: str


Mutation = Callable[[EditableModel, random.Random], "Change | None"]


def pick(model: EditableModel, rng: random.Random, fits: Callable[[Call], Any]) -> Call | None:
    """Return a random call that fits and whose layer is called once."""
    times = Counter(id(call.config) for call in model.calls)
    for call in rng.sample(model.calls, len(model.calls)):
        if times[id(call.config)] == 1 and fits(call):
            return call
    return None


def set_option(call: Call, mistake: Mistake, key: str, new: Any) -> Change:
    """Change one option of a layer."""
    old, call.config[key] = call.config[key], new
    return Change(mistake.name, (call.name,), f"{call.name}: {key} {new} instead of {old}")


def function_of(call: Call) -> str | None:
    """Return the name of the activation that a layer applies, or is."""
    if call.is_a("ReLU"):
        plain = call.config.get("max_value") is None and not call.config.get("negative_slope")
        return "relu" if plain else None
    if call.is_a("Softmax"):
        return "softmax"
    name = call.config.get("activation")
    if isinstance(name, dict):
        name = name.get("config") if isinstance(name.get("config"), str) else None
    return None if name in (None, "linear") else str(name)


def smallest_side(call: Call) -> int:
    """The shorter side of the map that a call gives; 0 if a side is of any size."""
    return min(side or 0 for side in call.shape[1:3])
