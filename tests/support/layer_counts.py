"""What a diagram of a model must say, counted from the layers themselves, without the code that draws."""

from collections import Counter

import keras
import numpy as np
from keras import layers

LETTERS = {"relu": "R", "relu6": "R6", "tanh": "T", "scaled_tanh": "T", "softmax": "S", "sigmoid": "Si"}
LETTERS |= {"silu": "Sw", "swish": "Sw", "gelu": "G", "hard_silu": "Hw", "hard_swish": "Hw"}
LETTERS |= {"hard_sigmoid": "Hs"}
NORMALIZATIONS = {"BatchNormalization": "B", "LayerNormalization": "L", "LocalResponseNormalization": "N"}
NORMALIZATIONS |= {"Normalization": "N"}
LEFT_OUT = {
    "Dropout",
    "Identity",
    "Flatten",
    "ZeroPadding2D",
    "Cropping2D",
    "Rescaling",
    "LayerScale",
    "StochasticDepth",
}
MERGES = {"Add": "add", "Concatenate": "concat", "CustomScaleLayer": "add", "Multiply": "multiply"}
CONVOLUTIONS = {"Conv2D": "conv", "TableConv2D": "conv", "DepthwiseConv2D": "conv dw"}
CONVOLUTIONS |= {"SeparableConv2D": "conv sep"}
POOLS = {"MaxPooling2D": "max-pool", "AveragePooling2D": "avg-pool", "SubSampling2D": "avg-pool"}
POOLS |= {"GlobalAveragePooling2D": "global avg-pool"}
FUNCTIONS = {"Pad": "pad", "Split": "split"}
# A box for a layer that shapes no other: what it says, and the badge that stands for it elsewhere.
ALONE = {"batch norm": "B", "layer norm": "L", "normalization": "N", "ReLU": "R", "softmax": "S"}


def count(model: keras.Model) -> tuple[Counter, Counter]:
    """How often each label and each letter of a badge is to be in the picture, models inside included."""
    labels, badges = Counter(), Counter()
    inner = getattr(model, "_functional", None) or model
    for operation in inner.operations:
        if isinstance(operation, keras.Model):
            for whole, part in zip((labels, badges), count(operation)):
                whole.update(part)
            labels["input"] -= 1
        else:
            labels.update(label(operation))
            badges.update(letters(operation))
    return +labels, +badges


def label(operation) -> list[str]:
    """The words in the box of a layer, none if it has no box."""
    name = type(operation).__name__
    if name in LEFT_OUT | set(NORMALIZATIONS) | {"Activation", "ReLU", "Softmax"} or moves_nothing(operation):
        return []
    if name == "InputLayer":
        return ["input"]
    if name in CONVOLUTIONS:
        grouped = name == "Conv2D" and operation.groups > 1 and operation.groups == operation.input.shape[-1]
        return [("conv dw" if grouped else CONVOLUTIONS[name]) + " " + by(operation.kernel_size)]
    if name in POOLS:
        size = "" if name.startswith("Global") else " " + by(operation.pool_size)
        return [POOLS[name] + size]
    if name == "Dense":
        return [f"dense {operation.units}"]
    if name == "Concatenate" and feeds_only_such(operation):
        return []
    if name == "Take":
        return ["shuffle" if shuffles(operation) else "take"]
    return [MERGES.get(name) or FUNCTIONS.get(name, name)]


def shuffles(operation) -> bool:
    """Whether what is chosen comes from two or more groups of channels in turn."""
    _, chosen = operation._inbound_nodes[0].arguments.args
    several = (groups for groups in range(2, len(chosen)) if len(chosen) % groups == 0)
    places = np.arange(len(chosen))
    return any(chosen == places.reshape(groups, -1).T.ravel().tolist() for groups in several)


def letters(operation) -> list[str]:
    name = type(operation).__name__
    if name in NORMALIZATIONS:
        return [NORMALIZATIONS[name]]
    if name in ("ReLU", "Relu"):
        return ["R6" if getattr(operation, "max_value", None) == 6 else "R"]
    if name == "Softmax":
        return ["S"]
    if isinstance(operation, layers.RNN):  # activations of its gates, and not of what it gives
        return []
    function = getattr(operation, "activation", None)
    return [] if function in (None, keras.activations.linear) else [LETTERS[function.__name__]]


def by(size) -> str:
    return "×".join(map(str, size))


def moves_nothing(operation) -> bool:
    """A Reshape that only adds or drops axes of length one."""
    return isinstance(operation, layers.Reshape) and sum(n != 1 for n in operation.target_shape) <= 1


def feeds_only_such(operation) -> bool:
    """A concatenation inside another is one with it."""
    readers = [node.operation for node in operation._outbound_nodes]
    return (
        len(readers) == 1 and type(readers[0]).__name__ == "Concatenate" and readers[0].axis == operation.axis
    )


def drawn(labels: Counter, badges: Counter) -> tuple[Counter, Counter]:
    """What an expanded outline counts, in the same terms: units summed up, lone layers as their badge."""
    labels, badges = labels.copy(), badges.copy()
    for word, letter in ALONE.items():
        badges[letter] += labels.pop(word, 0)
    return +labels, +badges


def unitless(labels: Counter) -> Counter:
    """Dense layers that share a box have their units in a note, which may be cut short."""
    plain = Counter()
    for word, n in labels.items():
        plain["dense" if word.startswith("dense ") and word[6:].isdecimal() else word] += n
    return plain
