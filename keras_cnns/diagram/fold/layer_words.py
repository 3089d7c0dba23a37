"""The kind of a box and the words in it, as textbooks have them rather than the names of classes."""

import re
from functools import lru_cache

from keras import Operation, layers

from keras_cnns import layer_kinds
from keras_cnns.diagram.fold.badges import NORMALIZATIONS
from keras_cnns.diagram.fold.layer_notes import sizes

MERGES = {"Add": "add", "Concatenate": "concat", "CustomScaleLayer": "add", "Dot": "dot product"}
MERGES |= {name: name.lower() for name in ("Average", "Maximum", "Minimum", "Multiply", "Subtract")}
POOLINGS = {"Max": "max-pool", "Average": "avg-pool"}
# Words for classes of Keras, where these are not the name of the class in words.
WORDS = {
    "AdditiveAttention": "additive attention",
    "CenterCrop": "centre crop",
    "DotProductAttention": "attention",
    "GRU": "GRU",
    "GetItem": "slice",
    "GroupQueryAttention": "attention",
    "LSTM": "LSTM",
    "Lambda": "Lambda",
    "MelSpectrogram": "mel spectrogram",
    "MultiHeadAttention": "attention",
    "RNN": "RNN",
    "STFTSpectrogram": "spectrogram",
    "SimpleRNN": "RNN",
    "TrueDivide": "divide",
}
WORDS |= {name: words for name, (_, words) in NORMALIZATIONS.items() if name != "LocalResponseNormalization"}


SHUFFLE, SPLIT = "shuffle", "split"


def kind_and_words(operation: Operation, n_sources: int) -> tuple[str, str]:
    """Return the kind of a box, for its colour, and the words in it."""
    name = type(operation).__name__
    if isinstance(operation, layers.InputLayer):
        return "input", "input"
    if isinstance(operation, layers.Dense):
        return "dense", "dense"
    if isinstance(operation, layer_kinds.CONVOLUTIONAL_LSTM):
        return "recurrent", f"ConvLSTM {_window(operation.kernel_size)}"
    if isinstance(operation, layers.RNN):
        return "recurrent", _recurrent(operation)
    if "Conv" in name and _window(getattr(operation, "kernel_size", None)):
        return "conv", f"{_convolution(operation)} {_window(operation.kernel_size)}"
    if pooling := _pooling(operation):
        return "pool", pooling
    if name in MERGES and n_sources > 1:
        return "merge", MERGES[name]
    return "other", in_words(operation)


def _convolution(operation: Operation) -> str:
    name = type(operation).__name__
    if "Transpose" in name:
        return "conv transposed"
    if "Separable" in name:
        return "conv sep"
    return "conv dw" if "Depthwise" in name or layer_kinds.is_depthwise(operation) else "conv"


def _pooling(operation: Operation) -> str:
    """Which values are pooled, and over which window."""
    name = type(operation).__name__
    is_max = isinstance(operation, layers.MaxPooling2D) or re.match("(Global|Adaptive|)MaxPool", name)
    is_average = isinstance(operation, layers.AveragePooling2D)
    if not (is_max or is_average or re.match("(Global|Adaptive|)AveragePool", name)):
        return ""
    words = POOLINGS["Max" if is_max else "Average"]
    if name.startswith("Global"):
        return f"global {words}"
    if name.startswith("Adaptive"):
        return f"adaptive {words} {_window(getattr(operation, 'output_size', None))}".rstrip()
    return f"{words} {_window(getattr(operation, 'pool_size', None))}".rstrip()


def _recurrent(operation: layers.RNN) -> str:
    """A recurrent layer by its own name, or by what its cells are called."""
    if type(operation) is not layers.RNN:
        known = [kind for kind in (layers.LSTM, layers.GRU, layers.SimpleRNN) if isinstance(operation, kind)]
        return _words(known[0].__name__ if known else type(operation).__name__)
    cells = getattr(operation.cell, "cells", None) or [operation.cell]
    names = [_cell(cell) for cell in cells]
    return " + ".join(dict.fromkeys(names))


def _cell(cell: Operation) -> str:
    name = type(cell).__name__
    window = _window(getattr(cell, "kernel_size", None))
    if not layer_kinds.is_keras_class(cell):
        return name
    return f"{_words(name.removesuffix('Cell'))} {window}".rstrip()


def in_words(operation: Operation) -> str:
    """In words what Keras' class does, a class of a person's own by its name."""
    name = type(operation).__name__
    if not layer_kinds.is_keras_class(operation):
        return name
    function = layer_kinds.activation_name(operation) if layer_kinds.is_activation(operation) else None
    if function and function != "linear":
        return layer_kinds.activation_title(function)
    words = _words(name)
    if "UpSampling" in name:
        factor = sizes(operation.size)
        return f"up-sampling {'' if '×' in factor else '×'}{factor}"
    if isinstance(operation, (layers.Resizing, layers.CenterCrop, layers.RandomCrop)):
        return f"{words} {operation.height}×{operation.width}".replace("resizing", "resize")
    if isinstance(operation, layers.RepeatVector):
        return f"repeat ×{operation.n}"
    return words


@lru_cache(maxsize=1024)
def _words(name: str) -> str:
    """`RandomFlip` → "random flip"; abbreviations stay."""
    if name in WORDS:
        return WORDS[name]
    parts = re.split(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", re.sub(r"[123]D$", "", name))
    return " ".join(part if part.isupper() and len(part) > 1 else part.lower() for part in parts)


def _window(size: object) -> str:
    if isinstance(size, int):
        return str(size)
    if not isinstance(size, (tuple, list)) or not all(isinstance(n, int) for n in size):
        return ""
    return "×".join(map(str, size))
