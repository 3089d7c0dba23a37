"""The letters in circles on a box: normalizations and activations."""

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from keras import Layer, Operation, activations, layers

from keras_cnns import layer_kinds
from keras_cnns.diagram.fold.defining import of_function, of_operation
from keras_cnns.diagram.fold.drawn_layer import Badge

# The letters of an activation's badge.
ACTIVATIONS = {
    "elu": "E",
    "exponential": "Ex",
    "gelu": "G",
    "hard_sigmoid": "Hs",
    "hard_silu": "Hw",
    "hard_swish": "Hw",
    "leaky_relu": "Lr",
    "log_softmax": "Ls",
    "mish": "M",
    "prelu": "Pr",
    "relu": "R",
    "relu6": "R6",
    "selu": "Se",
    "sigmoid": "Si",
    "silu": "Sw",
    "softmax": "S",
    "softplus": "Sp",
    "softsign": "Ss",
    "swish": "Sw",
    "tanh": "T",
}
NORMALIZATIONS = {
    "BatchNormalization": ("B", "batch norm"),
    "GroupNormalization": ("Gn", "group norm"),
    "LayerNormalization": ("L", "layer norm"),
    "LocalResponseNormalization": ("N", "local response norm"),
    "Normalization": ("N", "normalization"),
    "RMSNormalization": ("Rn", "RMS norm"),
    "UnitNormalization": ("Un", "unit norm"),
}


# Attributes of activations, their usual value, and how another is said.
VALUES = (
    ("negative_slope", 0, "slope {:.3g}"),
    ("max_value", None, "up to {:.3g}"),
    ("threshold", 0, "above {:.3g}"),
    ("alpha", 1, "α {:.3g}"),
)


def activation(operation: Operation) -> Badge | None:
    """The badge of a layer's `activation=`; None if it is linear or absent."""
    function = getattr(operation, "activation", None)
    name = "linear" if function is None else layer_kinds.function_name(function)
    if name == "linear":
        return None
    if isinstance(function, Operation):
        return activation_badge(name, _values(function), of_operation(function))
    return activation_badge(name, "", of_function(function))


def badge(operation: Operation) -> Badge | None:
    """The badge that stands for a layer, or a function, of its own; None if it is none of those."""
    name = type(operation).__name__
    if name.endswith("Normalization") and not isinstance(operation, layers.Wrapper):
        letters, words = NORMALIZATIONS.get(name, ("N", name))
        return Badge(letters, words + _values(operation), False, of_operation(operation))
    if isinstance(operation, layers.Activation):
        return activation(operation)
    function = layer_kinds.activation_of_class(operation)
    if function in ACTIVATIONS:
        return activation_badge(function, _values(operation), _by_name(operation, function))
    return None


def activation_badge(name: str, values: str, defined: Hashable) -> Badge:
    """`scaled_tanh` has the letter of `tanh`, an unknown function the first two of its name."""
    letters = _letters(name)
    return Badge(letters, layer_kinds.activation_title(name) + values, letters != "S", defined)


@lru_cache(maxsize=1024)
def _letters(name: str) -> str:
    known = next((key for key in sorted(ACTIVATIONS, key=len, reverse=True) if name.endswith(key)), None)
    return ACTIVATIONS[known] if known else "".join(c for c in name.title() if c.isalpha())[:2] or "F"


def _by_name(operation: Operation, function: str) -> Hashable:
    """A layer or function without values of its own computes what Keras' function of its name does."""
    plain = getattr(activations, function, None)
    valueless = not isinstance(operation, Layer) and len(vars(operation)) == len(
        vars(Operation(name="plain"))
    )
    valueless |= isinstance(operation, (layers.ReLU, layers.Softmax))
    if plain is None or not valueless or _values(operation) or not layer_kinds.is_keras_class(operation):
        return of_operation(operation)
    return _of_plain(function)


@lru_cache(maxsize=256)
def _of_plain(function: str) -> Hashable:
    return of_function(getattr(activations, function))


def _values(operation: Any) -> str:
    """The values that tell one of a name from another, where they are not the usual ones."""
    said = []
    for attribute, usual, words in VALUES:
        value = getattr(operation, attribute, usual)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value != usual:
            said.append(words.format(value))
    if isinstance(operation, layers.ReLU) and operation.max_value == 6:
        said.remove("up to 6")  # ReLU6
    if isinstance(operation, layers.GroupNormalization):
        said.append(f"{operation.groups} groups")
    axes = getattr(operation, "axis", -1)
    axes = list(axes) if isinstance(axes, (list, tuple)) else [axes]
    if axes != [-1] and axes != [_rank(operation) - 1]:
        said.append("axis " + " and ".join(map(str, axes)))
    return f" ({', '.join(said)})" if said else ""


def _rank(operation: Operation) -> int:
    """How many axes the input of a layer has, the batch included; 0 if it is not known."""
    config = operation.get_build_config() if isinstance(operation, Layer) else None
    shape = (config or {}).get("input_shape")
    return len(shape) if isinstance(shape, (list, tuple)) else 0
