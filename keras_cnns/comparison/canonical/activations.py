"""What activations compute, whatever they are written with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from keras import Layer, Operation, activations, ops

from keras_cnns.comparison.canonical.nodes import Facts, Part

PLACES = (-7.0, -3.0, -1.0, -0.3, 0.2, 0.7, 2.0, 9.0)


@dataclass(frozen=True)
class Written:
    """A function that is not Keras'; two are the same if they compute the same, whatever their names."""

    name: str = field(compare=False)
    values: tuple[str, ...]  # at PLACES, to the digits that two spellings of one function share

    def __str__(self) -> str:
        return self.name


def activation_facts(function: Any) -> Facts | None:
    """What an `activation=` argument computes; None if nothing."""
    if function is None:
        return None
    if isinstance(function, Layer):
        found = activation_layer(function)
        return found[0][1] if found else {"function": type(function).__name__}
    name = getattr(function, "__name__", type(function).__name__)
    name = {"swish": "silu", "hard_swish": "hard_silu"}.get(name, name)
    if name == "linear":
        return None
    keras_function = getattr(activations, name, None)
    if keras_function is function or written(function, name) == written(keras_function, name):
        return {"function": name}
    return {"function": written(function, name)}


def written(function: Callable | None, name: str) -> str | Written:
    """What somebody's own function gives at a few places; its name where it does not take numbers alone."""
    try:
        values = ops.convert_to_numpy(function(ops.convert_to_tensor(PLACES))).tolist()
        return Written(name, tuple(f"{round(value, 5) + 0.0:.4g}" for value in values))  # no -0
    except Exception:  # whatever a function raises that is made for maps, or for a model under way
        return name


def activation_layer(operation: Operation) -> list[Part] | None:
    name = type(operation).__name__
    if name == "Activation":
        facts = activation_facts(operation.activation)
        return [("activation", facts)] if facts else [("identity", {})]
    if name in ("ReLU", "Relu", "Relu6", "LeakyReLU", "LeakyRelu"):
        return [("activation", _rectifier(operation, name))]
    if name == "Softmax":
        return [("activation", {"function": "softmax"})]
    functions = {"PReLU": "prelu", "ELU": "elu", "Elu": "elu", "Sigmoid": "sigmoid", "Tanh": "tanh"}
    functions |= {"Silu": "silu", "Gelu": "gelu", "Softplus": "softplus", "Selu": "selu"}
    if name in functions:
        alpha = getattr(operation, "alpha", 1.0)
        return [("activation", {"function": functions[name], **({"alpha": alpha} if alpha != 1.0 else {})})]
    return None


def _rectifier(operation: Operation, name: str) -> Facts:
    slope = getattr(operation, "negative_slope", 0.0) or 0.0
    most = 6 if name == "Relu6" else getattr(operation, "max_value", None)
    facts: Facts = {"function": "leaky_relu" if slope else "relu6" if most == 6 else "relu"}
    if slope and round(float(slope), 6) != 0.2:
        facts["negative slope"] = float(slope)
    if most not in (None, 6):
        facts["maximum"] = most
    if getattr(operation, "threshold", 0.0):
        facts["threshold"] = operation.threshold
    return facts
