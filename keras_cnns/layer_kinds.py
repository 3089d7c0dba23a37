"""What a layer is: whose code it runs, what it computes, its activation, its axes, and the name it was given.

No other module asks a layer for its class to learn this. Only `keras` is imported.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import prod
from typing import Any, TypeVar

from keras import Layer, Operation, layers

Size = TypeVar("Size", int, int | None)

CONVOLUTIONS = (layers.Conv1D, layers.Conv2D, layers.Conv3D)
DEPTHWISE = (layers.DepthwiseConv1D, layers.DepthwiseConv2D)
SEPARABLE = (layers.SeparableConv1D, layers.SeparableConv2D)
TRANSPOSED = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)
KERNELS = (*CONVOLUTIONS, *DEPTHWISE, *SEPARABLE, *TRANSPOSED, layers.Dense, layers.EinsumDense)

ATTENTIONS = (layers.MultiHeadAttention, layers.GroupQueryAttention)
CONVOLUTIONAL_LSTM = (layers.ConvLSTM1D, layers.ConvLSTM2D, layers.ConvLSTM3D)
MERGES = (layers.Add, layers.Subtract, layers.Multiply, layers.Average, layers.Maximum, layers.Minimum)
PADDINGS = (layers.ZeroPadding1D, layers.ZeroPadding2D, layers.ZeroPadding3D)
CROPPINGS = (layers.Cropping1D, layers.Cropping2D, layers.Cropping3D)
UPSAMPLINGS = (layers.UpSampling1D, layers.UpSampling2D, layers.UpSampling3D)
GLOBAL_POOLINGS = (
    layers.GlobalAveragePooling1D,
    layers.GlobalAveragePooling2D,
    layers.GlobalAveragePooling3D,
    layers.GlobalMaxPooling1D,
    layers.GlobalMaxPooling2D,
    layers.GlobalMaxPooling3D,
)
DROPOUTS = (
    layers.Dropout,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
    layers.SpatialDropout3D,
    layers.GaussianDropout,
    layers.AlphaDropout,
    layers.GaussianNoise,
)

ACTIVATION_LAYERS = (
    layers.Activation,
    layers.ReLU,
    layers.LeakyReLU,
    layers.ELU,
    layers.PReLU,
    layers.Softmax,
)
# The classes of Keras' activation functions, `keras.ops.relu` and the like, by their names.
ACTIVATION_FUNCTIONS = {"Relu", "Relu6", "LeakyRelu", "Elu", "Selu", "Celu", "Gelu", "Glu", "Silu", "Sigmoid"}
ACTIVATION_FUNCTIONS |= {"Tanh", "HardSigmoid", "HardSilu", "HardTanh", "Softplus", "Softsign", "LogSigmoid"}
ACTIVATION_FUNCTIONS |= {"Squareplus", "SparsePlus", "TanhShrink", "SoftShrink", "HardShrink", "Threshold"}

# How the activations that Keras' layers and functions are named after are spelled in text.
ACTIVATION_TITLES = {
    "elu": "ELU",
    "gelu": "GELU",
    "hard_silu": "hard swish",
    "leaky_relu": "leaky ReLU",
    "prelu": "PReLU",
    "relu": "ReLU",
    "relu6": "ReLU6",
    "selu": "SELU",
    "silu": "swish",
}


def is_keras_class(operation: Operation) -> bool:
    """Return whether the class is one of Keras' layers or functions, so that its config says all it computes.

    A subclass is not, even one that adds nothing but a name: it may have changed any method, and its config
    need not show that. Neither are the classes that `keras.applications` defines for its own use. Two models
    may be called the same only on this answer; see `has_keras_call` for the other question.
    """
    return type(operation).__module__.startswith("keras.src.") and not is_from_applications(operation)


def has_keras_call(operation: Operation) -> bool:
    """Return whether the `call` that runs is Keras' own code, perhaps inherited by another's class.

    A subclass of Conv2D that only sets other defaults or initializers is a convolution and costs as much as
    one; a subclass with a `call` of its own may cost anything. This is what a count of operations needs to
    know. It is weaker than `is_keras_class`.
    """
    return type(operation).call.__module__.split(".")[0] == "keras"


def has_own_call(operation: Operation) -> bool:
    """Return whether this is a layer or model whose `call` a person has written."""
    return (
        isinstance(operation, Layer) and not has_keras_call(operation) and not is_from_applications(operation)
    )


def holds_layers(layer: Layer) -> bool:
    """Return whether there are layers in the layer, as in a block that a person has written."""
    return any(True for _ in layer._flatten_layers(include_self=False))


def is_from_applications(operation: Operation) -> bool:
    """Return whether a network of `keras.applications` defines the class for itself."""
    return type(operation).__module__.startswith("keras.src.applications")


def unwrapped(operation: Operation) -> Operation:
    """Return the layer inside a wrapper that changes only its weights."""
    while isinstance(operation, layers.SpectralNormalization):
        operation = operation.layer
    return operation


def wrapped(operation: Operation) -> Layer | None:
    """Return the layer that a layer applies in its own way; None if it wraps none.

    That is a wrapper's layer, an RNN's cell, and what a person's own layer calls its `layer`.
    """
    for name in ("layer", "forward_layer", "cell") if isinstance(operation, Layer) else ():
        inner = getattr(operation, name, None)
        if inner is not None and isinstance(inner, Layer) and inner is not operation:
            return inner
    return None


def inner_layers(operation: Operation) -> list[Layer]:
    """Return the layers that a layer holds, at the first depth."""
    return [each for each in getattr(operation, "_layers", ()) if isinstance(each, Layer)]


def made_to_be_trained(operation: Operation) -> list[Any]:
    """Return the weights of a layer, and of those inside it, that training changes unless they are frozen."""
    found, waiting = [], [operation]
    for each in waiting:
        found += list(getattr(each, "_trainable_variables", ()))
        waiting += [inner for inner in inner_layers(each) if not any(inner is other for other in waiting)]
    return found


def is_depthwise(operation: Operation) -> bool:
    """Return whether a grouped convolution has as many groups as channels: each filter sees one channel."""
    kernel = getattr(operation, "_kernel", None)
    return getattr(operation, "groups", 1) > 1 and kernel is not None and kernel.shape[-2] == 1


def is_activation(operation: Operation) -> bool:
    """Return whether this is an activation function: a layer of its own, or a function of `keras.ops`."""
    if isinstance(operation, Layer):
        return isinstance(operation, ACTIVATION_LAYERS)
    return type(operation).__name__ in ACTIVATION_FUNCTIONS and has_keras_call(operation)


def activation_name(operation: Operation) -> str | None:
    """Return the name of the activation function that a layer applies or is, as Keras spells it.

    That is "relu" for Dense(activation="relu"), ReLU() and `keras.ops.relu`, "linear" for
    Dense(activation=None), and None for what has no activation.
    """
    function = getattr(operation, "activation", None)
    return activation_of_class(operation) if function is None else function_name(function)


def activation_of_class(operation: Operation) -> str | None:
    """Return the activation function that a layer is, by its class; None if it is no activation.

    The class is known by its name: `LeakyReLU` is "leaky_relu", and a custom `Swish` is "swish".
    """
    if isinstance(operation, layers.ReLU) and operation.max_value == 6:
        return "relu6"
    name = _snake_case(type(operation).__name__)
    return name if name in _ACTIVATION_NAMES else None


def function_name(function: Callable[..., Any]) -> str:
    """Return the name of what was given as `activation=`: a function, a layer or any other callable."""
    if isinstance(function, Layer):
        return activation_name(function) or type(function).__name__
    return getattr(function, "__name__", type(function).__name__)


def activation_title(name: str) -> str:
    """Return the name of an activation as people write it: "ReLU", "leaky ReLU", "swish"."""
    return ACTIVATION_TITLES.get(name, name.replace("_", " ").strip())


@lru_cache(maxsize=4096)
def _snake_case(name: str) -> str:
    """`LeakyReLU` and `LeakyRelu` → `leaky_relu`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.replace("LU", "lu")).lower()


_ACTIVATION_NAMES = {_snake_case(name) for name in ACTIVATION_FUNCTIONS} | {
    "exponential",
    "hard_swish",
    "log_softmax",
    "mish",
    "prelu",
    "softmax",
    "swish",
}


def spatial(layer: Layer, shape: tuple[Size, ...]) -> tuple[Size, ...]:
    """Return the sizes of a map's axes, without batch and channels."""
    first = getattr(layer, "data_format", None) == "channels_first"
    return tuple(shape[2:] if first else shape[1:-1])


def channels(layer: Layer, shape: tuple[Size, ...]) -> Size:
    """Return the number of channels of a map."""
    return shape[1 if getattr(layer, "data_format", None) == "channels_first" else -1]


def side_factors(operation: Any, rank: int) -> tuple[float, ...]:
    """Return by what a layer multiplies each of the sides of what it reads, as its strides say."""
    steps: Any = getattr(operation, "strides", None)
    grows = "Transpose" in type(operation).__name__
    if "UpSampling" in type(operation).__name__:
        steps, grows = operation.size, True
    steps = (steps,) * rank if isinstance(steps, int) else steps
    if not isinstance(steps, (tuple, list)) or len(steps) != rank:
        return (1.0,) * rank
    return tuple(float(step) if grows else 1 / step for step in steps)


def window(operation: Any) -> tuple[int, ...]:
    """Return the sides of the window that a layer reads at once, gaps included; nothing if it has none."""
    operation = wrapped(operation) or operation
    size = getattr(operation, "kernel_size", None) or getattr(operation, "pool_size", None)
    sides = (size,) if isinstance(size, int) else tuple(size or ())
    if not all(isinstance(n, int) for n in sides) or prod(sides) <= 1:
        return ()
    rate = getattr(operation, "dilation_rate", 1)
    rates = (rate,) * len(sides) if isinstance(rate, int) else tuple(rate)
    return tuple(1 + (side - 1) * step for side, step in zip(sides, rates))


def names_of_parts(operations: Sequence[Operation]) -> set[str]:
    """Return the names that tell a place within what another layer names.

    Of `conv4_6` and `conv4_6_2_conv`, the second is within the first. `enc_2` is beside `enc`: what follows
    has no letter.
    """
    layers_named = {operation.name: operation for operation in operations}
    found = set()
    for name in layers_named:
        ends = [i for i, letter in enumerate(name) if letter == "_" and name[:i] in layers_named]
        whole = next((i for i in ends if not has_automatic_name(layers_named[name[:i]])), None)
        if whole is not None and any(letter.isalpha() for letter in name[whole:]):
            found.add(name)
    return found


def has_automatic_name(operation: Operation) -> bool:
    """Return whether Keras named the layer: by its class and a number, as in `conv2d_3`."""
    kind = type(operation).__name__
    return _letters(operation.name[: len(kind) + 20]) == _letters(kind)


@lru_cache(maxsize=4096)
def _letters(name: str) -> str:
    return re.sub(r"[_\d]", "", name).lower()
