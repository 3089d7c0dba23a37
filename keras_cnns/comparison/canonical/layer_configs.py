"""Configs of layers as attributes that can be compared."""

from __future__ import annotations

import functools
import hashlib
import inspect
import re
from collections.abc import Callable, Hashable, Iterable
from types import FunctionType, MethodType
from typing import Any

import numpy as np
from keras import KerasTensor, Layer, Operation, Variable, ops, tree

from keras_cnns.backends import no_tensorflow
from keras_cnns.graph import Vertex
from keras_cnns.graph.own_code import code_of, content_of
from keras_cnns.keras_files.opaque_layer import OpaqueFunction, OpaqueLayer

# Arguments that say how a layer starts or trains, or how its data is stored, and not what it computes.
NO_FUNCTION = re.compile(
    r"name|trainable|dtype|autocast|seed|.*_initializer|.*_regularizer|.*_constraint|synchroni.*"
)
# Of more numbers than these only a digest is kept.
MOST_NUMBERS = 64

# The attribute of all that a person's own layer holds, of which its config need not tell.
HELD = "held"
UNSEEN = "whose code is not in the file"


def unseen(name: str) -> str:
    """Return what stands for a function of which a file has only the name."""
    return f"{name}, {UNSEEN}"


def names_of_unseen(operations: Iterable[Operation]) -> list[str]:
    """Return the names of layers and activations of which a file has only the name and the settings."""
    names = []
    for operation in operations:
        function = getattr(operation, "activation", None)
        names += [type(operation).__name__] if isinstance(operation, OpaqueLayer) else []
        names += [function.__name__] if isinstance(function, OpaqueFunction) else []
    return list(dict.fromkeys(names))


def config_of(operation: Operation) -> dict[str, Any]:
    """Return the config of a layer, without what does not change the function that it computes."""
    if isinstance(operation, OpaqueLayer):
        return {"code": unseen(f"settings {operation.digest[:8]}")}
    try:
        with no_tensorflow():
            config = operation.get_config()
    except Exception:  # a custom layer need not have one, and may raise anything
        config = {key: value for key, value in vars(operation).items() if not key.startswith("_")}
        config = {key: value for key, value in config.items() if isinstance(value, (int, float, str, tuple))}
    is_layer = isinstance(operation, Layer)
    return {
        key: _with_code(operation, key, value)
        for key, value in config.items()
        if _counts(key, value) or (key == "dtype" and not is_layer)  # a function may return another type
    }


def _counts(key: str, value: Any) -> bool:
    """Whether a setting changes the function."""
    return value == "channels_first" if key == "data_format" else not NO_FUNCTION.fullmatch(key)


def _with_code(operation: Operation, key: str, value: Any) -> Any:
    """A setting, and if it is a function of a person's own, of which a config has only the name, its code."""
    function = getattr(operation, key, None)
    if isinstance(function, FunctionType) and (code := code_of(function)):
        return f"{function.__name__}, code {code['code']}"
    return value


def code_inside(operation: Operation) -> dict[str, Hashable]:
    """Return what tells layers with equal configs apart: the code of their classes and functions."""
    if not isinstance(operation, Layer) or isinstance(operation, OpaqueLayer):
        return {}
    found, inside = code_of(operation), list(operation._flatten_layers(include_self=False))
    inner = [list(code_of(layer).values()) for layer in inside]
    for layer in inside:
        functions = [value for value in vars(layer).values() if isinstance(value, FunctionType)]
        inner.append([code for function in functions for code in code_of(function).values()])
    if found:
        found[HELD] = _digest((held_by(operation), *map(_settings, inside)))
    return {**found, "code of layers inside": str(inner)} if any(inner) else found


def held_by(layer: Layer) -> Hashable:
    """Return what a layer of a person's own holds, but for layers and weights; a config need not say it."""
    names = [name for name in vars(layer) if name not in _names_in_every_layer()]
    # TensorFlow keeps its own book of what a layer holds under names that begin so.
    own = {name: vars(layer)[name] for name in names if not name.startswith("_self_")}
    return content_of(own, weights=False)


@functools.cache
def _names_in_every_layer() -> frozenset[str]:
    plain = Layer(name="plain")
    plain.build((1,))
    return frozenset(vars(plain))


def _settings(layer: Layer) -> Hashable:
    """What a layer inside another computes, up to its weights."""
    if code_of(layer):
        return type(layer).__name__, held_by(layer)
    return type(layer).__name__, freeze(config_of(layer))


def _digest(value: Hashable) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


def bound_arguments(vertex: Vertex) -> dict[str, Any]:
    """Return the arguments of a call by name, in the order of the layer's or function's own signature."""
    call, method = vertex.call.arguments, vertex.operation.call
    try:
        if isinstance(method, MethodType):
            names, fewest = _by_position(method.__func__)
            if not call.kwargs and fewest <= len(call.args) <= len(names):
                return dict(zip(names, call.args))
            bound = _signature(method.__func__).bind(vertex.operation, *call.args, **call.kwargs)
            return dict(list(bound.arguments.items())[1:])
        return dict(inspect.signature(method).bind(*call.args, **call.kwargs).arguments)
    except (TypeError, ValueError):
        return {str(i): value for i, value in enumerate(call.args)} | dict(call.kwargs)


# Most layers of a network are of a few classes.
_signature = functools.lru_cache(maxsize=1024)(inspect.signature)


@functools.lru_cache(maxsize=1024)
def _by_position(function: Callable[..., Any]) -> tuple[tuple[str, ...], int]:
    """The names of what a method takes by position, and how many it needs; no names where it needs others."""
    parameters = list(_signature(function).parameters.values())[1:]
    named = [each for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
    needed = [each.default is each.empty for each in named]
    others = any(each.kind is each.KEYWORD_ONLY and each.default is each.empty for each in parameters)
    if others or named != parameters[: len(named)]:
        return (), 1
    return tuple(each.name for each in named), sum(needed)


def order_of_tensors(vertex: Vertex) -> list[int]:
    """Return the places of the tensors that a call reads, in the order of the signature."""
    if len(vertex.sources) < 2 or not vertex.call.arguments.kwargs:
        return list(range(len(vertex.sources)))  # what is given by position is in its order
    places = {id(tensor): place for place, tensor in enumerate(vertex.call.input_tensors)}
    leaves = tree.flatten(list(bound_arguments(vertex).values()))
    order = [places[id(leaf)] for leaf in leaves if id(leaf) in places]
    return order if len(order) == len(vertex.sources) else list(range(len(vertex.sources)))


def arguments_of(vertex: Vertex) -> dict[str, Any]:
    """Return the arguments of a call by name; of a layer those that are set.

    The tensors in them are not here. Where there are several, it is said which arguments they are.
    """
    is_layer = isinstance(vertex.operation, Layer)
    given = {}
    for key, value in bound_arguments(vertex).items():
        tensors = [isinstance(leaf, KerasTensor) for leaf in tree.flatten(value)]
        if any(tensors) and all(tensors) and len(vertex.sources) < 2:
            continue
        is_unset = value is None or value is False or key in ("training", "mask")
        if not (is_layer and is_unset and not any(tensors)):
            given[key] = value
    return given


def is_called_for_training(vertex: Vertex) -> bool:
    """Whether a call says `training=True`, which holds at inference, too."""
    given = vertex.call.arguments
    if not given.kwargs and len(given.args) < 2:
        return False
    return isinstance(vertex.operation, Layer) and bound_arguments(vertex).get("training") is True


def freeze(value: Any) -> Hashable:
    """Return a value as one that can be compared and hashed; names inside do not count, but of functions."""
    if isinstance(value, dict) and value.get("class_name") == OpaqueFunction.__name__:
        return unseen(value["config"]["name"])
    if isinstance(value, dict) and value.get("class_name") == "function":
        return str(value.get("config"))
    if isinstance(value, dict):
        return tuple(
            sorted((str(key), freeze(item)) for key, item in value.items() if _counts(str(key), item))
        )
    if isinstance(value, (list, tuple)):
        return tuple(freeze(item) for item in value)
    if isinstance(value, (int, float, str, bool)) or value is None:
        return value
    if isinstance(value, KerasTensor):
        return "tensor"
    if isinstance(value, Variable):
        return f"weight {tuple(value.shape)}"
    if isinstance(value, FunctionType):
        return f"{value.__name__}, code {code_of(value).get('code', 'of Keras')}"
    return _frozen_numbers(value)


def _frozen_numbers(value: Any) -> Hashable:
    """An array or tensor as tuples, or a digest of it."""
    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        return repr(value)
    numbers = np.asarray(ops.convert_to_numpy(value))
    if numbers.size <= MOST_NUMBERS:
        return freeze(numbers.tolist())
    digest = hashlib.sha256(numbers.astype(str).tobytes()).hexdigest()[:8]
    return f"{numbers.dtype} numbers of shape {numbers.shape}, digest {digest}"
