"""What activations compute, whatever they are written with."""

from __future__ import annotations

from typing import Any

from keras import Layer, Operation

from keras_cnns.differences.nodes import Facts, Part


def activation_facts(function: Any) -> Facts | None:
    """What an `activation=` argument computes; None if nothing."""
    if function is None:
        return None
    if isinstance(function, Layer):
        found = activation_layer(function)
        return found[0][1] if found else {"function": type(function).__name__}
    name = getattr(function, "__name__", type(function).__name__)
    name = {"swish": "silu", "hard_swish": "hard_silu"}.get(name, name)
    return None if name == "linear" else {"function": name}


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
