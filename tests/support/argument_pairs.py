"""Pairs of small models that differ in one argument of one layer, found from the constructors' signatures.

Each argument of each constructor is in `VALUES`, or in `NO_FUNCTION` with what does not change the output at
inference. An argument that a new version of Keras brings is in neither, and `unknown_arguments` names it.
"""

from __future__ import annotations

import inspect
import itertools
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers, ops

# How a layer starts, trains, is named and stored.
NO_FUNCTION = re.compile(
    ".*_(initializer|regularizer|constraint)|name|dtype|trainable|kwargs|args|seed|momentum|synchronized|.*dropout"
    "|autocast|quantization_config|lora_.*|gptq_.*|.*unroll|stateful|sparse|ragged|weights|implementation"
    "|power_iterations|unit_forget_bias|return_runtime|reset_after|flash_attention|virtual_batch_size|n_power.*"
    "|renorm_.*|use_gate|max_length|supports_masking|batch_size|cudnn|use_cudnn|pad_on_gpu|.*_axis_.*|input_mean"
)
ACTIVATIONS = ["relu", "tanh", "softmax", "gelu", "leaky_relu", "log_softmax"]
# Values of an argument, whichever layer has it; the default comes by itself.
VALUES: dict[str, list[Any]] = {
    "activation": ACTIVATIONS,
    "recurrent_activation": ["tanh", "relu", "hard_sigmoid"],
    "filters": [4, 8],
    "units": [4, 5],
    "kernel_size": [1, 2],
    "strides": [2, 3],
    "padding": ["same"],
    "output_padding": [1],
    "data_format": ["channels_first"],
    "dilation_rate": [2],
    "groups": [2, 4],
    "use_bias": [False, True],
    "depth_multiplier": [2],
    "pool_size": [3, 1],
    "keepdims": [True],
    "output_size": [1, 3],
    "axis": [1, 2, -1],
    "axes": [2, (2, 1)],
    "epsilon": [0.1, 0.5],
    "center": [False],
    "scale": [False, 2.0],
    "offset": [1.0],
    "renorm": [True],
    "rms_scaling": [True],
    "normalize": [True],
    "negative_slope": [0.1, 0.5],
    "max_value": [1.0, 6.0],
    "threshold": [0.5],
    "alpha": [0.5, 2.0],
    "shared_axes": [[1], [2]],
    "approximate": [True],
    "equation": ["abc,cd->abd"],
    "bias_axes": [None],
    "output_shape": [(None, 4)],
    "return_sequences": [True],
    "return_state": [True],
    "go_backwards": [True],
    "zero_output_for_mask": [True],
    "merge_mode": ["sum", "mul", "ave"],
    "num_heads": [1, 4],
    "key_dim": [2],
    "value_dim": [3],
    "attention_axes": [(1,)],
    "use_rope": [True],
    "sliding_window": [2],
    "head_dim": [2],
    "num_query_heads": [2],
    "num_key_value_heads": [1],
    "use_scale": [True],
    "score_mode": ["concat"],
    "input_dim": [9],
    "output_dim": [3],
    "mask_zero": [True],
    "mask_value": [1.0],
    "size": [3],
    "interpolation": ["bilinear", "nearest"],
    "height": [5],
    "width": [5],
    "crop_to_aspect_ratio": [True],
    "pad_to_aspect_ratio": [True],
    "fill_mode": ["reflect"],
    "fill_value": [1.0],
    "antialias": [True],
    "mean": [0.5],
    "variance": [2.0],
    "invert": [True],
    "cropping": [1, 0],
    "target_shape": [(8, 9)],
    "dims": [(2, 1)],
    "n": [2],
    "value_range": [(0, 1)],
    "max_norm": [1.0],
    "upper_bound": [1.0],
    "lower_bound": [0.0],
    "bin_boundaries": [[0.0, 1.0]],
    "num_bins": [3],
    "num_tokens": [6],
    "output_mode": ["multi_hot", "count"],
    "count_weights": [None],
    "rate": [0.7],
    "stddev": [0.7],
    "noise_shape": [None],
    "activity_regularizer": [None],
    "backward_layer": [None],
    "layer": [],
    "cell": [],
    "function": [],
    "mask": [],
    "arguments": [],
    "sequence_length": [4],
    "autoscale": [True],
    "order": ["C"],
}


@dataclass(frozen=True)
class Kind:
    """A layer: its class, the arguments that it is made with, and the shapes of its inputs."""

    cls: type
    base: dict[str, Any]
    shapes: tuple[tuple[int, ...], ...]
    words: bool = False

    @property
    def label(self) -> str:
        return self.cls.__name__


LINE, MAP, VOLUME = (8, 4), (8, 8, 4), (6, 6, 6, 4)
STEPS = (5, 4)


def kinds() -> list[Kind]:
    """Return every kind of layer that this version of Keras has, of those here."""
    found: list[Kind] = []

    def add(name: str, shape: Any, base: dict[str, Any] | None = None, words: bool = False) -> None:
        cls = getattr(layers, name, None)
        if cls is not None:
            shapes = shape if isinstance(shape[0], tuple) else (shape,)
            found.append(Kind(cls, base or {}, shapes, words))

    for n, shape in ((1, LINE), (2, MAP), (3, VOLUME)):
        add(f"Conv{n}D", shape, {"filters": 4, "kernel_size": 3})
        add(f"Conv{n}DTranspose", shape, {"filters": 4, "kernel_size": 3})
        add(f"DepthwiseConv{n}D", shape, {"kernel_size": 3})
        add(f"SeparableConv{n}D", shape, {"filters": 4, "kernel_size": 3})
        for word in ("Max", "Average"):
            add(f"{word}Pooling{n}D", shape, {"pool_size": 2})
            add(f"Global{word}Pooling{n}D", shape)
            add(f"Adaptive{word}Pooling{n}D", shape, {"output_size": 2})
        add(f"ZeroPadding{n}D", shape, {"padding": 2})
        add(f"Cropping{n}D", shape, {"cropping": 2})
        add(f"UpSampling{n}D", shape, {"size": 2})
    for name in ("LSTM", "GRU", "SimpleRNN"):
        add(name, STEPS, {"units": 4})
    add("ConvLSTM1D", (3, 6, 4), {"filters": 4, "kernel_size": 3})
    add("ConvLSTM2D", (3, 6, 6, 4), {"filters": 4, "kernel_size": 3})
    add("RNN", STEPS, {"cell": lambda: layers.GRUCell(3)})
    add("Bidirectional", STEPS, {"layer": lambda: layers.LSTM(3)})
    add("TimeDistributed", (3, 8, 4), {"layer": lambda: layers.Conv1D(4, 3)})
    add("SpectralNormalization", MAP, {"layer": lambda: layers.Conv2D(4, 3)})
    add("Dense", MAP, {"units": 4})
    add("EinsumDense", (8, 4), {"equation": "abc,cd->abd", "output_shape": (None, 5), "bias_axes": "d"})
    add("BatchNormalization", MAP)
    add("LayerNormalization", MAP)
    add("RMSNormalization", MAP)
    add("UnitNormalization", MAP)
    add("GroupNormalization", MAP, {"groups": 2})
    add("Normalization", MAP, {"mean": 0.0, "variance": 1.0})
    for name in ("ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax"):
        add(name, MAP)
    add("Activation", MAP, {"activation": "relu"})
    for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"):
        add(name, (MAP, MAP))
    add("Concatenate", (MAP, MAP))
    add("Dot", ((4, 4), (4, 4)), {"axes": 1})
    add("Attention", (STEPS, STEPS))
    add("AdditiveAttention", (STEPS, STEPS))
    add("MultiHeadAttention", (STEPS, STEPS), {"num_heads": 2, "key_dim": 4})
    add(
        "GroupQueryAttention", (STEPS, STEPS), {"head_dim": 4, "num_query_heads": 4, "num_key_value_heads": 2}
    )
    add("Embedding", (5,), {"input_dim": 7, "output_dim": 4}, words=True)
    add("CategoryEncoding", (5,), {"num_tokens": 5}, words=True)
    add("Discretization", (5,), {"bin_boundaries": [-1.0, 1.0]})
    add("Masking", STEPS)
    add("Rescaling", MAP, {"scale": 0.5})
    add("Resizing", MAP, {"height": 4, "width": 6})
    add("CenterCrop", MAP, {"height": 4, "width": 6})
    add("Reshape", (6, 12), {"target_shape": (9, 8)})
    add("Permute", (4, 4), {"dims": (1, 2)})
    add("RepeatVector", (4,), {"n": 3})
    add("Flatten", (4, 4, 4))
    add("Identity", MAP)
    for name in ("Dropout", "GaussianNoise", "GaussianDropout", "SpatialDropout2D"):
        add(name, MAP, {"stddev" if name == "GaussianNoise" else "rate": 0.5})
    return found


def parameters_of(kind: Kind) -> dict[str, inspect.Parameter]:
    """Return what the constructor takes, but for what is not there to change the function."""
    found = {}
    for name, one in inspect.signature(kind.cls.__init__).parameters.items():
        if name != "self" and (name in VALUES or not NO_FUNCTION.fullmatch(name)):
            found[name] = one
    return found


def unknown_arguments() -> list[str]:
    """Return arguments for which there are no values here, such as a new version of Keras may bring."""
    return [f"{kind.label}.{name}" for kind in kinds() for name in parameters_of(kind) if name not in VALUES]


Build = Callable[[], keras.Model]


def argument_pairs() -> Iterator[tuple[str, Build, Build]]:
    """Yield (what differs, one model, the other): each argument with two values, in several settings."""
    for kind in kinds():
        for name, parameter in parameters_of(kind).items():
            values = [kind.base.get(name, parameter.default), *VALUES.get(name, [])]
            values = [value for value in values if value is not inspect.Parameter.empty]
            for one, other in itertools.combinations(range(len(values)), 2):
                if repr(values[one]) == repr(values[other]):
                    continue
                for setting in settings_of(kind, name):
                    label = f"{kind.label} {name}={values[one]!r}, {values[other]!r} with {setting}"
                    first, second = ({**kind.base, **setting, name: values[k]} for k in (one, other))
                    yield label, builder(kind, first), builder(kind, second)


def settings_of(kind: Kind, varied: str) -> list[dict[str, Any]]:
    """Other arguments to have at the same time: none, and two choices at random."""
    rng = random.Random(f"{kind.label} {varied}")
    names = [name for name in parameters_of(kind) if name != varied and VALUES.get(name)]
    found: list[dict[str, Any]] = [{}]
    for _ in range(2):
        chosen = rng.sample(names, min(len(names), 2))
        setting = {name: rng.choice(VALUES[name]) for name in chosen}
        if setting and setting not in found:
            found.append(setting)
    return found


def builder(kind: Kind, arguments: dict[str, Any]) -> Build:
    def build() -> keras.Model:
        given = {key: value() if callable(value) else value for key, value in arguments.items()}
        layer = kind.cls(**given)
        inputs = [keras.Input(shape, dtype="int32" if kind.words else None) for shape in kind.shapes]
        outputs = (
            layer(*inputs)
            if "Head" in kind.label or "Group" in kind.label[:5] and len(inputs) > 1
            else (layer(inputs if len(inputs) > 1 else inputs[0]))
        )
        return keras.Model(inputs, keras.tree.flatten(outputs))

    return build


def _of(function: Callable[..., Any], **arguments: Any) -> Callable[..., Any]:
    return lambda *tensors: function(*tensors, **arguments)


# Functions of keras.ops: the function, the shapes of its tensors, and values of each argument.
FUNCTIONS: list[tuple[str, tuple[tuple[int, ...], ...], dict[str, list[Any]]]] = [
    ("relu", (MAP,), {"negative_slope": [0.0, 0.3], "max_value": [None, 0.5], "threshold": [0.0, 0.4]}),
    ("leaky_relu", (MAP,), {"negative_slope": [0.2, 0.3, -0.5]}),
    ("elu", (MAP,), {"alpha": [1.0, 0.5]}),
    ("celu", (MAP,), {"alpha": [1.0, 0.5]}),
    ("glu", (MAP,), {"axis": [-1, 1, 2]}),
    ("gelu", (MAP,), {"approximate": [True, False]}),
    ("softmax", (MAP,), {"axis": [-1, 1, 2, None]}),
    ("log_softmax", (MAP,), {"axis": [-1, 1, 2]}),
    ("mean", (MAP,), {"axis": [None, 1, 2, -1, (1, 2), (2, 3)], "keepdims": [False, True]}),
    ("max", (MAP,), {"axis": [1, 2, (1, 2)], "keepdims": [False, True], "initial": [None, 2.0]}),
    ("sum", (MAP,), {"axis": [1, 2, (1, 2)], "keepdims": [False, True]}),
    ("std", (MAP,), {"axis": [1, 2, -1]}),
    ("var", (MAP,), {"axis": [1, 2, -1]}),
    ("norm", (MAP,), {"axis": [1, 2], "ord": [None, 1]}),
    ("logsumexp", (MAP,), {"axis": [1, 2]}),
    ("argmax", (MAP,), {"axis": [1, 2]}),
    ("cumsum", (MAP,), {"axis": [1, 2]}),
    ("flip", (MAP,), {"axis": [1, 2]}),
    ("roll", (MAP,), {"shift": [1, 2], "axis": [1, 2]}),
    ("repeat", (MAP,), {"repeats": [2, 3], "axis": [1, 2]}),
    ("transpose", (MAP,), {"axes": [(0, 2, 1, 3), (0, 1, 2, 3), (0, 2, 3, 1)]}),
    ("swapaxes", (MAP,), {"axis1": [1, 2], "axis2": [3, 2]}),
    ("moveaxis", (MAP,), {"source": [1, 2], "destination": [2, 3]}),
    ("expand_dims", (MAP,), {"axis": [1, 2, -1]}),
    ("reshape", (MAP,), {"newshape": [(-1, 64, 4), (-1, 4, 64), (-1, 256)]}),
    (
        "pad",
        (MAP,),
        {
            "pad_width": [((0, 0), (1, 0), (0, 0), (0, 0)), ((0, 0), (0, 1), (0, 0), (0, 0))],
            "mode": ["constant", "reflect"],
        },
    ),
    ("clip", (MAP,), {"x_min": [-1.0, 0.0], "x_max": [1.0, 2.0]}),
    ("cast", (MAP,), {"dtype": ["int32", "float16", "bool"]}),
    ("one_hot", ((5,),), {"num_classes": [3, 4], "axis": [-1, 1]}),
    ("sort", (MAP,), {"axis": [1, 2]}),
    ("take", (MAP,), {"indices": [0, 1, [0, 1], [1, 0]], "axis": [1, 2]}),
    ("tile", (MAP,), {"repeats": [(1, 1, 1, 2), (1, 2, 1, 1)]}),
    ("normalize", (MAP,), {"axis": [-1, 1], "order": [1, 2]}),
    ("max_pool", (MAP,), {"pool_size": [2, 3], "strides": [1, 2], "padding": ["valid", "same"]}),
    ("average_pool", (MAP,), {"pool_size": [2, 3], "strides": [1, 2], "padding": ["valid", "same"]}),
    ("power", (MAP,), {"x2": [2.0, 3.0]}),
    ("multiply", (MAP,), {"x2": [2.0, -3.0, np.array([1.0, 2.0, 3.0, 4.0], "float32")]}),
    ("add", (MAP,), {"x2": [2.0, np.arange(256, dtype="float32").reshape(8, 8, 4)]}),
    ("subtract", (MAP,), {"x2": [2.0, 3.0]}),
    ("subtract", (MAP,), {"x1": [2.0, 3.0]}),
    ("divide", (MAP,), {"x2": [2.0, 3.0]}),
    ("matmul", ((4, 4), (4, 4)), {}),
    ("einsum", ((4, 4), (4, 4)), {"subscripts": ["abc,acd->abd", "abc,adc->abd", "abc,acd->adb"]}),
    ("tensordot", ((4, 4), (4, 4)), {"axes": [([1], [1]), ([2], [1]), ([1], [2])]}),
    ("concatenate", (MAP, MAP), {"axis": [1, 2, 3]}),
    ("stack", (MAP, MAP), {"axis": [1, 2, -1]}),
    ("average", (MAP,), {"axis": [1, 2], "weights": [None, np.arange(8, dtype="float32")]}),
    ("diff", (MAP,), {"axis": [1, 2], "n": [1, 2]}),
    ("logical_not", (MAP,), {}),
    ("round", (MAP,), {"decimals": [0, 1]}),
]


def function_pairs() -> Iterator[tuple[str, Build, Build]]:
    """Yield (what differs, one model, the other) for functions of keras.ops and their arguments."""
    for name, shapes, choices in FUNCTIONS:
        function = getattr(ops, name, None)
        if function is None:
            continue
        ways = [dict(zip(choices, values)) for values in itertools.product(*choices.values())]
        for one, other in itertools.combinations(ways, 2):
            changed = [key for key in choices if repr(one[key]) != repr(other[key])]
            if len(changed) == 1:
                label = f"ops.{name} {changed[0]}={one[changed[0]]!r}, {other[changed[0]]!r}"
                yield label, calling(name, shapes, one), calling(name, shapes, other)


def calling(name: str, shapes: tuple[tuple[int, ...], ...], arguments: dict[str, Any]) -> Build:
    def build() -> keras.Model:
        inputs = [keras.Input(shape, dtype="int32" if name == "one_hot" else None) for shape in shapes]
        function = getattr(ops, name)
        if name == "einsum":
            result = function(arguments["subscripts"], *inputs)
        elif name in ("concatenate", "stack"):
            result = function(inputs, **arguments)
        elif "x1" in arguments:
            result = function(arguments["x1"], inputs[0])
        else:
            result = function(*inputs, **arguments)
        return keras.Model(inputs, result)

    return build


# Functions that Keras' operators call, in pairs that are easily mistaken for each other.
TWINS: list[tuple[str, Callable[[Any], Any], Callable[[Any], Any]]] = [
    ("which is divided", lambda x: x / 2.0, lambda x: 2.0 / x),
    ("which is subtracted", lambda x: x - 2.0, lambda x: 2.0 - x),
    ("an index", lambda x: x[:, 0], lambda x: x[:, 1]),
    ("a step", lambda x: x[:, ::2], lambda x: x[:, 1::2]),
    ("an axis", lambda x: x[:, :4], lambda x: x[:, :, :4]),
    ("reversed", lambda x: x[..., ::-1], lambda x: x),
    ("where", lambda x: ops.where(x > 0, x, 2.0), lambda x: ops.where(x > 0, 2.0, x)),
    ("greater", lambda x: ops.cast(x > 0.5, "float32"), lambda x: ops.cast(x < 0.5, "float32")),
]


def twin_pairs() -> Iterator[tuple[str, Build, Build]]:
    """Yield (what differs, one model, the other) for operators."""

    def after(function: Callable[[Any], Any]) -> Build:
        def build() -> keras.Model:
            x = keras.Input(MAP)
            return keras.Model(x, function(x))

        return build

    for name, one, other in TWINS:
        yield name, after(one), after(other)


def all_pairs() -> list[tuple[str, Build, Build]]:
    """Return all pairs."""
    return [*argument_pairs(), *function_pairs(), *twin_pairs()]
