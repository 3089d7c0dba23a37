"""What defines the function of a call, but for its width: the one place that says what may fold.

Boxes fold only if this is equal. What is left out is width (filters, units), what a picture leaves out
(strides, padding, rates of dropout), how weights start and train, and names; and what a box says of itself
in a note, as many values as differ: groups, dilation, heads, scale. When in doubt two calls are unequal.
"""

import functools
import inspect
import re
import types
from collections.abc import Hashable, Set
from operator import itemgetter
from typing import Any, cast

from keras import (
    DTypePolicy,
    Input,
    KerasTensor,
    Layer,
    Model,
    Operation,
    Variable,
    layers,
    random,
    tree,
)
from keras.constraints import Constraint
from keras.initializers import Initializer
from keras.regularizers import Regularizer

from keras_cnns import layer_kinds
from keras_cnns.diagram.fold.sizes_in_calls import number_in, size_arguments
from keras_cnns.graph import Vertex
from keras_cnns.graph.own_code import content_of
from keras_cnns.graph.shuffles import groups_shuffled

# How a layer starts, trains and is stored.
TRAINING = (
    r"name|trainable|dtype|seed|.*_(?:initializer|regularizer|constraint)|build_config|synchronized|unroll"
)
TRAINING += (
    r"|seed_generator|momentum|epsilon|rate|stddev|(?:recurrent_)?dropout|noise_shape|(?:batch_)?shape"
)
# Width, and the steps and edges of windows, which the article's figures leave out, too.
WIDTH = r"(?:.*_)?(?:filters|units|channels|output_shape)|depth_multiplier|strides|padding|(?:in|out)put_dim"
# What a note says; see layer_notes.
SAID = ("groups", "dilation_rate", "num_heads", "num_query_heads", "key_dim")
SAY_IT = (*layer_kinds.KERNELS, *layer_kinds.CONVOLUTIONAL_LSTM, *layer_kinds.ATTENTIONS)
LEFT_OUT = re.compile(f"{TRAINING}|{WIDTH}|value_dim")
NEVER_COUNTED = re.compile(
    "Dropout|GaussianNoise|ActivityRegularization|Identity|Flatten|Masking|Rescaling|StochasticDepth|DropPath"
    "|LayerScale|Reshape|InputLayer"
)
# Layers and functions of Keras in which what they join may change places.
COMMUTE = {"Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply"}
MOST_INSIDE = 8
# What a layer holds besides what it computes.
NEVER_HELD = (Initializer, Regularizer, Constraint, DTypePolicy, random.SeedGenerator, layers.InputSpec)


def defining(vertex: Vertex) -> Hashable:
    """Return what defines the function that a call computes but width: equal only if that is equal."""
    sizes, meaning = size_arguments(vertex)
    return (of_operation(vertex.operation, without=sizes), meaning, _arguments(vertex))


def is_left_out(operation: Operation) -> bool:
    """Whether a layer does not count where it is drawn with another.

    Padding is left out like strides, and so is what only training uses, and what moves nothing. Scales are
    said.
    """
    if isinstance(operation, (layers.TimeDistributed, layers.SpectralNormalization)):
        return is_left_out(operation.layer)
    name = type(operation).__name__
    return name.startswith("ZeroPadding") or bool(NEVER_COUNTED.search(name))


def commutes(operation: Operation) -> bool:
    """Whether the order of what is joined does not count; of a concatenation it only orders channels."""
    return layer_kinds.has_keras_call(operation) and type(operation).__name__ in COMMUTE


def of_operation(operation: Operation, depth: int = 0, without: Set[str] = frozenset()) -> Hashable:
    """The same for a layer or function, whatever it is called with; a badge says what it activates.

    The arguments `without` which it is are left out.
    """
    if depth > MOST_INSIDE:
        return id(operation)
    kind = type(operation)
    if isinstance(operation, Layer) and layer_kinds.is_keras_class(operation):
        return (kind, _layer(operation, depth, without))
    return (kind, _attributes(operation, depth, without))


def of_function(function: Any, depth: int = 0) -> Hashable:
    """What a function computes; an operation counts by what defines it, as anywhere."""
    if isinstance(function, Operation):
        return of_operation(function, depth)
    return content_of(function)


def freeze(value: Any, depth: int = 0) -> Hashable:
    """A value of a config, an attribute or an argument as one that can be compared."""
    if value is None or type(value) is str:
        return value
    if type(value) in (bool, int, float):
        return (type(value) is bool, value)
    if type(value) is tuple and depth <= MOST_INSIDE:
        return ("list", tuple([freeze(item, depth + 1) for item in value]))
    if isinstance(value, (KerasTensor, Variable)):
        return "tensor"
    if value is None or isinstance(value, (str, bytes, type, types.ModuleType, types.EllipsisType)):
        return value
    if isinstance(value, (bool, int, float, complex)):
        return (isinstance(value, bool), value)
    if isinstance(value, slice):
        return ("slice", *(freeze(part, depth) for part in (value.start, value.stop, value.step)))
    if depth > MOST_INSIDE:
        return id(value)
    if isinstance(value, dict):
        items = [(str(key), freeze(each, depth + 1)) for key, each in value.items()]
        names = {name for name, _ in items}
        return ("dict", tuple(sorted(items, key=itemgetter(0) if len(names) == len(items) else repr)))
    if isinstance(value, (list, tuple)):
        return ("list", tuple(freeze(item, depth + 1) for item in value))
    if isinstance(value, Operation) or callable(value):
        return of_function(value, depth)
    return content_of(value)


_NONE_GIVEN = freeze({})


def _arguments(vertex: Vertex) -> Hashable:
    """The arguments of a call that are no tensors; of a layer's those that are set."""
    if groups := groups_shuffled(vertex):
        return ("channel shuffle", groups)
    call = vertex.call.arguments
    given = {str(i): value for i, value in enumerate(call.args)} | call.kwargs
    if isinstance(vertex.operation, Layer):
        given = {key: value for key, value in given.items() if key not in ("training", "mask")}
        given = {key: value for key, value in given.items() if value is not None and value is not False}
        given = {key: value for key, value in given.items() if not _only_tensors(value)}
    if given and number_in(vertex):
        given = {key: "number" if isinstance(value, (int, float)) else value for key, value in given.items()}
    return freeze(given) if given else _NONE_GIVEN


def _only_tensors(value: Any) -> bool:
    if isinstance(value, KerasTensor):
        return True
    if type(value) in (list, tuple) and all(isinstance(each, KerasTensor) for each in value):
        return bool(value)
    leaves = tree.flatten(value)
    return bool(leaves) and all(isinstance(leaf, KerasTensor) for leaf in leaves)


def _layer(layer: Layer, depth: int, without: Set[str]) -> Hashable:
    """A layer of Keras: what it was made with. Its config would say so, too, but imports TensorFlow."""
    if isinstance(layer, Model):
        return id(layer)
    if isinstance(layer, layers.InputLayer):
        return ()
    kind = cast(Hashable, type(layer))
    left_out, has_kernel = _said_elsewhere(kind)
    said, missing = [], False
    for key in _parameters(kind):
        value = layer_kinds.wrapped(layer) if key == "layer" else getattr(layer, key, layer)
        value = getattr(layer, f"_{key}", layer) if value is layer else value
        if value is layer:
            missing = True
        elif not (key in left_out or key in without or (depth == 0 and has_kernel and key == "activation")):
            said.append((key, freeze(value, depth + 2)))
    if getattr(layer, "padding", None) == "causal":
        said = sorted([*said, ("padding", "causal")])
    return (("dict", tuple(said)), _attributes(layer, depth) if missing else ())


@functools.cache
def _said_elsewhere(kind: Hashable) -> tuple[tuple[str, ...], bool]:
    """What a note says of that which layers of a class are made with, and whether a badge says some of it."""
    is_said = issubclass(cast(type, kind), SAY_IT)
    return SAID if is_said else (), issubclass(cast(type, kind), layer_kinds.KERNELS)


@functools.cache
def _parameters(kind: Hashable) -> tuple[str, ...]:
    """What the constructors of a class take, in order, but width, and what only starts and trains it."""
    found: dict[str, None] = {}
    bases = inspect.getmro(cast(type, kind))
    for base in bases[: bases.index(Layer)]:
        if "__init__" in vars(base):
            found |= dict.fromkeys(inspect.signature(vars(base)["__init__"]).parameters)
    never = {"self", "kwargs", "args", "rank", "pool_dimensions"}
    return tuple(sorted(key for key in found if key not in never and not LEFT_OUT.fullmatch(key)))


def _attributes(operation: Operation, depth: int, without: Set[str] = frozenset()) -> Hashable:
    """What a layer or function holds, but weights, and what Keras keeps of any."""
    is_layer = isinstance(operation, Layer)
    left_out = LEFT_OUT if is_layer else re.compile("name|_.*")
    held = {
        key: value
        for key, value in vars(operation).items()
        if not left_out.fullmatch(key) and not (is_layer and key in _kept_by_keras()) and key not in without
        if not isinstance(value, NEVER_HELD)
    }
    if layer_kinds.is_from_applications(operation):
        held.pop("scale", None)  # a note says it
    return freeze(held, depth + 1)


@functools.cache
def _kept_by_keras() -> frozenset[str]:
    """The attributes that any layer has once it is part of a model: each backend adds its own."""
    start, layer = Input((1,), name="start"), layers.Identity(name="plain")
    Model(start, layer(start), name="only_one_layer")
    return frozenset(vars(layer))
