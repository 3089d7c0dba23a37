"""Plausible mistakes in one layer: each function plants one in a plan and says what it did.

They know layers of Keras by their configs and nothing of how a comparison works. Each takes a plan and a
random number generator, and returns None if the plan has no place for it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from keras import layers

from keras_cnns.mutation.editable_model import Call, Plan


class Change(NamedTuple):
    """What was changed: the mistake's name, the names of the layers concerned, a sentence.

    `layers` are those of the original for what was taken away or changed, the new ones for what was added. In
    a run of equal layers nobody can tell which is missing, so all of them are named.
    """

    mistake: str
    layers: tuple[str, ...]
    sentence: str


OTHER_FUNCTIONS = ("sigmoid", "tanh", "elu", "leaky_relu")


def chosen(plan: Plan, rng: random.Random, fits: Callable[[Call], Any]) -> Call | None:
    """A random call that fits, and whose layer is applied once."""
    times = Counter(id(call.config) for call in plan.calls)
    for call in rng.sample(plan.calls, len(plan.calls)):
        if times[id(call.config)] == 1 and fits(call):
            return call
    return None


def put(call: Call, mistake: str, key: str, new: Any, said: str | None = None) -> Change:
    """Change one setting of a layer."""
    old, call.config[key] = call.config[key], new
    return Change(mistake, (call.name,), f"{call.name}: {said or key} {new} in place of {old}")


def classes(plan: Plan, rng: random.Random) -> Change | None:
    call = chosen(plan, rng, lambda c: c.is_a("Dense") and any(is_output(plan, c)))
    if call is None:
        return None
    return put(call, "wrong number of classes", "units", call.config["units"] + rng.choice([-1, 1, 10]))


def is_output(plan: Plan, call: Call) -> list[bool]:
    return [output is call for output in plan.outputs if output is call]


def function_of(call: Call) -> str | None:
    """The name of the activation that a layer applies, or is."""
    if call.is_a("ReLU"):
        return (
            "relu" if call.config.get("max_value") is None and not call.config.get("negative_slope") else None
        )
    if call.is_a("Softmax"):
        return "softmax"
    name = call.config.get("activation")
    if isinstance(name, dict):
        name = name.get("config") if isinstance(name.get("config"), str) else None
    return None if name in (None, "linear") else str(name)


def activation_missing(plan: Plan, rng: random.Random) -> Change | None:
    call = chosen(plan, rng, lambda c: function_of(c) and not c.is_a("LSTM", "GRU"))
    if call is None:
        return None
    function, name = function_of(call), call.name
    after_sum = bool(call.sources) and call.sources[0].is_a("Add")
    if call.is_a("ReLU", "Softmax", "Activation"):
        plan.remove(call)
    else:
        call.config["activation"] = "linear"
    mistake = "activation missing after the addition" if after_sum else "activation missing"
    mistake = "softmax missing" if function == "softmax" else mistake
    return Change(mistake, (name,), f"{name}: {function} is missing")


def other_activation(plan: Plan, rng: random.Random) -> Change | None:
    call = chosen(plan, rng, lambda c: function_of(c) not in (None, "softmax"))
    if call is None:
        return None
    old = function_of(call)
    new = rng.choice([function for function in OTHER_FUNCTIONS if function != old])
    if call.is_a("ReLU"):
        call.kind, call.config = layers.Activation, {"name": call.name, "activation": new}
    else:
        call.config["activation"] = new
    return Change("other activation", (call.name,), f"{call.name}: {new} in place of {old}")


def normalization_missing(plan: Plan, rng: random.Random) -> Change | None:
    call = chosen(plan, rng, lambda c: "Normalization" in c.kind.__name__)
    if call is None:
        return None
    plan.remove(call)
    response = "Response" in call.kind.__name__
    mistake = "response normalization missing" if response else "batch normalization missing"
    return Change(mistake, (call.name,), f"{call.name} is missing")


def normalization_constant(plan: Plan, rng: random.Random) -> Change | None:
    """Gamma, beta or epsilon of batch normalization; any number of another normalization or a scaling."""
    call = chosen(
        plan, rng, lambda c: c.is_a("BatchNormalization", "Rescaling") or "Response" in c.kind.__name__
    )
    if call is None:
        return None
    if not call.is_a("BatchNormalization"):
        numbers = [key for key, value in call.config.items() if isinstance(value, float) and value]
        key = rng.choice(numbers)
        mistake = (
            "residual scaling" if call.is_a("Rescaling") else "other constants of response normalization"
        )
        return put(call, mistake, key, call.config[key] * rng.choice([0.2, 0.5, 2.0, 5.0]))
    if rng.random() < 0.4:
        return put(call, "gamma in batch normalization", "scale", not call.config["scale"])
    if rng.random() < 0.2:
        return put(call, "beta in batch normalization", "center", not call.config["center"])
    new = rng.choice([value for value in (1e-3, 1e-5, 2e-5, 1e-2) if value != call.config["epsilon"]])
    return put(call, "other epsilon", "epsilon", new)


def bias(plan: Plan, rng: random.Random) -> Change | None:
    """A bias more or less, where no batch normalization takes it away again."""

    def fits(call: Call) -> bool:
        readers = plan.readers(call)
        return "use_bias" in call.config and not any(other.is_a("BatchNormalization") for other in readers)

    call = chosen(plan, rng, fits)
    return call and put(call, "bias", "use_bias", not call.config["use_bias"])
