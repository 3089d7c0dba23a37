"""What a layer is called in a diagram: the words in its box, or the letters of the badge on another's."""

from dataclasses import dataclass, field
from functools import cache

from keras import Model, Operation, layers

from keras_cnns import layer_kinds
from keras_cnns.graph import Vertex

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
    "RMSNormalization": ("Rn", "RMS norm"),
    "UnitNormalization": ("Un", "unit norm"),
}
# Regularizers and rearrangements that the article's figures leave out, and keras.applications' own names.
OMITTED = (
    "Dropout",
    "GaussianNoise",
    "ActivityRegularization",
    "Identity",
    "Flatten",
    "Masking",
    "StochasticDepth",
    "DropPath",
    "LayerScale",
)
PADDINGS = ("ZeroPadding", "Cropping")
MERGES = {"Add": "add", "Concatenate": "concat", "CustomScaleLayer": "add"}
MERGES |= {name: name for name in ("Average", "Dot", "Maximum", "Minimum", "Multiply", "Subtract")}
POOLINGS = {"Max": "max-pool", "Average": "avg-pool"}


@dataclass(frozen=True, slots=True, eq=False)
class Badge:
    """A letter or two in a circle: a normalization or, if it `activates`, an activation. Equals are one."""

    letters: str
    name: str
    activates: bool


@dataclass(frozen=True, slots=True)
class Description:
    """How a call is drawn: `role` is box, badge, omitted or padding; `kind` is what the legend calls it."""

    role: str
    kind: str = ""
    label: str = ""
    badges: tuple[Badge, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)


def describe(vertex: Vertex) -> Description:
    """Say how a call is drawn."""
    operation, n_sources = vertex.operation, len(vertex.sources)
    name = type(operation).__name__
    if vertex.inside and not vertex.each_step:
        return Description("box", "model", vertex.inside.name)
    if n_sources == 1 and not isinstance(operation, Model):
        if name.startswith(PADDINGS):
            return Description("padding")
        if any(word in name for word in OMITTED) or _flattens(operation):
            return Description("omitted")
        if name == "Rescaling":
            return Description("omitted", notes=_scale(operation))
        badge = _badge(operation)
        if badge:
            return Description("badge", "other", name, (badge,))
        if isinstance(operation, layers.Activation):
            return Description("omitted")
    kind, label = _box(operation, n_sources)
    badge = activation(operation) if kind in ("conv", "dense") else None
    notes = _notes(operation)
    defined_by_keras = layer_kinds.is_keras_class(operation) or layer_kinds.is_from_applications(operation)
    if kind != "other" and not isinstance(operation, Model) and not defined_by_keras:
        notes["class"] = name
    return Description("box", kind, label, (badge,) if badge else (), notes)


def activation(operation: Operation) -> Badge | None:
    """The badge of a layer's `activation=`; None if it is linear or absent."""
    function = getattr(operation, "activation", None)
    name = "linear" if function is None else layer_kinds.function_name(function)
    return None if name == "linear" else _activation_badge(name)


@cache
def _activation_badge(name: str) -> Badge:
    """`scaled_tanh` has the letter of `tanh`, an unknown function the first two of its name."""
    known = next((key for key in sorted(ACTIVATIONS, key=len, reverse=True) if name.endswith(key)), None)
    letters = ACTIVATIONS[known] if known else "".join(c for c in name.title() if c.isalpha())[:2] or "F"
    return Badge(letters, layer_kinds.activation_title(name), letters != "S")


def _badge(operation: Operation) -> Badge | None:
    name = type(operation).__name__
    if name.endswith("Normalization") and not isinstance(operation, layers.Wrapper):
        return _normalization_badge(name)
    if isinstance(operation, layers.Activation):
        return activation(operation)
    function = layer_kinds.activation_of_class(operation)
    return _activation_badge(function) if function in ACTIVATIONS else None


@cache
def _normalization_badge(name: str) -> Badge:
    letters, words = NORMALIZATIONS.get(name, ("N", name))
    return Badge(letters, words, False)


def _flattens(operation: Operation) -> bool:
    """A Reshape that only drops or adds axes of length one, or makes a vector, moves nothing."""
    if type(operation).__name__ != "Reshape":
        return False
    shape = getattr(operation, "target_shape", None) or getattr(operation, "newshape", None) or ()
    return sum(n != 1 for n in tuple(shape) if isinstance(n, int)) <= 1


def _scale(operation: Operation) -> dict[str, str]:
    scale = operation.scale
    return {"scaled by": f"{scale:.3g}"} if isinstance(scale, (int, float)) else {}


def _notes(operation: Operation) -> dict[str, str]:
    if isinstance(operation, layers.Dense):
        return {"units": str(operation.units)}
    if isinstance(operation, layers.Layer) and getattr(operation, "groups", 1) != 1:
        return {} if layer_kinds.is_depthwise(operation) else {"groups": str(operation.groups)}
    return {}


def _box(operation: Operation, n_sources: int) -> tuple[str, str]:
    """The kind of a box and the words in it."""
    name = type(operation).__name__
    if isinstance(operation, layers.InputLayer):
        return "input", "input"
    if isinstance(operation, layers.Dense):
        return "dense", "dense"
    if "Conv" in name and _size(getattr(operation, "kernel_size", None)):
        return "conv", f"{_convolution(operation)} {_size(operation.kernel_size)}"
    if name.startswith("Global") and "Pooling" in name:
        return "pool", "global " + POOLINGS["Max" if "Max" in name else "Average"]
    for base, word in ((layers.MaxPooling2D, "Max"), (layers.AveragePooling2D, "Average")):
        if isinstance(operation, base) or (name.startswith(word) and "Pooling" in name):
            return "pool", f"{POOLINGS[word]} {_size(operation.pool_size)}"
    if name in MERGES and n_sources > 1:
        return "merge", MERGES[name]
    return "other", name


def _convolution(operation: Operation) -> str:
    name = type(operation).__name__
    if "Transpose" in name:
        return "conv transposed"
    if "Separable" in name:
        return "conv sep"
    return "conv dw" if "Depthwise" in name or layer_kinds.is_depthwise(operation) else "conv"


def _size(size) -> str:
    if isinstance(size, int):
        return str(size)
    if not isinstance(size, (tuple, list)) or not all(isinstance(n, int) for n in size):
        return ""
    return "×".join(map(str, size))
