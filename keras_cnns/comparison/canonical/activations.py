"""What activations compute, however they are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from keras import Layer, Operation, activations, ops

from keras_cnns.comparison.canonical.canonical_graph import Attributes, Step
from keras_cnns.comparison.canonical.known_functions import GRID, known_function
from keras_cnns.comparison.canonical.layer_configs import config_of, freeze, unseen
from keras_cnns.comparison.symbolic_run import check_kernels
from keras_cnns.graph.own_code import code_of
from keras_cnns.keras_files.opaque_layer import OpaqueFunction

NEAR = (-7.0, -3.0, -1.0, -0.3, 0.2, 0.7, 2.0, 9.0)
FAR = (-300.0, -60.0, -20.0, 20.0, 60.0, 300.0)  # where many functions are cut off
SAMPLES = NEAR + FAR
SYNONYMS = {"swish": "silu", "hard_swish": "hard_silu"}
BY_CLASS = {"PReLU": "prelu", "ELU": "elu", "Elu": "elu", "Sigmoid": "sigmoid", "Tanh": "tanh"}
BY_CLASS |= {"Silu": "silu", "Gelu": "gelu", "Softplus": "softplus", "Selu": "selu"}


@dataclass(frozen=True)
class SampledFunction:
    """A function that is not Keras'. Two are equal if they compute the same, whatever their names."""

    name: str = field(compare=False)
    values: tuple[str, ...]  # at SAMPLES, to the digits in which two spellings of one function agree

    def __str__(self) -> str:
        return self.name


def activation_attributes(function: Any) -> Attributes | None:
    """Return what an `activation=` argument computes; None if it changes nothing."""
    if function is None:
        return None
    if isinstance(function, Layer):
        found = activation_layer(function)
        if found:
            return found[0][1] if found[0][0] == "activation" else None
        return {
            "function": type(function).__name__,
            "settings": freeze(config_of(function)),
            **code_of(function),
        }
    name = getattr(function, "__name__", type(function).__name__)
    if isinstance(function, OpaqueFunction):
        return {"function": unseen(name)}
    name = SYNONYMS.get(name, name)
    if getattr(activations, name, None) is function:
        return None if name == "linear" else {"function": name}
    values = _sample(function)
    return {"function": name, **code_of(function)} if values is None else _known(name, function, values)


def function_of_numbers(function: Callable, name: str) -> Attributes | None:
    """Return what a function that takes and gives arrays computes; None if it changes nothing."""
    values = _sample(function, of_tensors=False)
    return (
        {"function": name, **code_of(function)} if values is None else _known(name, function, values, False)
    )


def _known(
    name: str, function: Callable, values: tuple[str, ...], of_tensors: bool = True
) -> Attributes | None:
    """Which function one of a person's own is, though its name may not say so."""
    keras_function = getattr(activations, name, None)
    if keras_function is not None and values == _sample(keras_function):
        return None if name == "linear" else {"function": name}
    try:
        known = known_function(np.asarray(_values_of(function, GRID, of_tensors), np.float32))
    except Exception:  # code of another may raise anything
        known = None
    if known == {"function": "linear"}:
        return None
    return known or {"function": SampledFunction(name, values)}


def _values_of(function: Callable, numbers: Any, of_tensors: bool) -> np.ndarray:
    points = ops.convert_to_tensor(np.array(numbers, np.float32))
    if of_tensors:
        check_kernels(function, [points])
    return ops.convert_to_numpy(function(points))


def _sample(function: Callable, of_tensors: bool = True) -> tuple[str, ...] | None:
    """What a function returns at a few numbers; None unless each value comes from one number alone."""
    try:
        values, *others = (
            _values_of(function, samples, of_tensors).tolist()
            for samples in (SAMPLES, SAMPLES[::-1], [[number] for number in SAMPLES])
        )
        # No -0; far from zero two spellings of one function agree in fewer digits.
        texts = [f"{round(x, 5) + 0.0:{'.4g' if i < len(NEAR) else '.2g'}}" for i, x in enumerate(values)]
        turned, alone = others[0][::-1], [value for (value,) in others[1]]
        if not np.allclose(values, turned, equal_nan=True) or not np.allclose(values, alone, equal_nan=True):
            return None
        return tuple(texts)
    except Exception:  # a function made for maps, or for a model being trained, may raise anything
        return None


def activation_layer(operation: Operation, rank: int = 0) -> list[Step] | None:
    """Return what an activation layer computes on a tensor of `rank` axes; None for other layers."""
    name = type(operation).__name__
    if name == "Activation":
        attributes = activation_attributes(operation.activation)
        return [("activation", attributes)] if attributes else [("identity", {})]
    if name in ("ReLU", "Relu", "Relu6", "LeakyReLU", "LeakyRelu"):
        return [("activation", _rectifier(operation, name))]
    if name in ("Softmax", "LogSoftmax"):
        return [("activation", _over_axis(operation, name, rank))]
    if name == "Gelu" and not operation.approximate:
        return [("activation", {"function": "gelu"})]
    if name in BY_CLASS:
        return [("activation", {"function": BY_CLASS[name], **_setting(operation)})]
    return None


def _setting(operation: Any) -> Attributes:
    """What an activation has to choose; a slope that is learned is a weight, and none of its settings."""
    if type(operation).__name__ == "Gelu":
        return {"approximate": True}
    alpha = getattr(operation, "alpha", 1.0)
    if isinstance(alpha, (int, float)):
        return {} if alpha == 1.0 else {"alpha": alpha}
    shared = getattr(operation, "shared_axes", None)
    return {"shared axes": tuple(sorted(shared))} if shared else {}


def _over_axis(operation: Any, name: str, rank: int) -> Attributes:
    """A softmax, and the axes that it is taken over unless that is the last one."""
    axes = operation.axis if isinstance(operation.axis, (list, tuple)) else [operation.axis]
    over = tuple(sorted(axis - rank if axis >= 0 else axis for axis in axes if axis is not None))
    function = {"Softmax": "softmax", "LogSoftmax": "log_softmax"}[name]
    return {"function": function, **({} if over == (-1,) else {"axes": over})}


def _rectifier(operation: Operation, name: str) -> Attributes:
    slope = getattr(operation, "negative_slope", 0.0) or 0.0
    most = 6 if name == "Relu6" else getattr(operation, "max_value", None)
    attributes: Attributes = {"function": "leaky_relu" if slope else "relu6" if most == 6 else "relu"}
    if slope and round(float(slope), 6) != 0.2:
        attributes["negative slope"] = float(slope)
    if most is not None and attributes["function"] != "relu6":
        attributes["maximum"] = float(most)
    if getattr(operation, "threshold", 0.0):
        attributes["threshold"] = operation.threshold
    return attributes
