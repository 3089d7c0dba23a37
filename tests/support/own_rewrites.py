"""Rewritings with code of a person's own: functions, layer classes, slices, and other layers for the same.

They take an editable model and random numbers, as those in `rewrites`. A layer with weights keeps its name,
so that weights can be carried over; a grouped convolution is written as NAME_part0, NAME_part1 and so on.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import keras
from keras import layers, ops

from keras_cnns.mutation.change import function_of
from keras_cnns.mutation.editable_model import Call, EditableModel, duplicate
from keras_cnns.mutation.wiring_mistakes import only_reader, order_counts
from support.rewrites import REWRITINGS, nested, plain, shuffled, some


class Made:
    """In the place of a layer's class: makes the layer that a function returns."""

    @staticmethod
    def from_config(config: dict[str, Any]) -> keras.Layer:
        layer = config["make"].copy_of()
        layer.name = config["name"]
        return layer


class Recipe:
    """A function that makes a layer; a copy of a config must not copy what it captures."""

    def __init__(self, make: Callable[[], keras.Layer]):
        self.copy_of = make

    def __deepcopy__(self, memo: dict) -> Recipe:
        return self


class Own(layers.Layer):
    """A layer class of a person's own around a function."""

    def __init__(self, function, **options):
        super().__init__(**options)
        self.function = function

    def call(self, x):
        return self.function(x)


class Block(layers.Layer):
    """A layer class of a person's own that holds a layer."""

    def __init__(self, inner, **options):
        super().__init__(**options)
        self.inner = inner

    def call(self, x):
        return self.inner(x)


def as_code(call: Call, function: Callable, rng: random.Random) -> None:
    """Make a call that of a Lambda, or of a layer class, around a function."""
    kind = rng.choice([layers.Lambda, Own])
    call.kind, call.config = Made, {"name": call.name, "make": Recipe(lambda: kind(function))}
    call.arguments = None


RELUS = [lambda x: ops.maximum(x, 0.0), lambda x: ops.relu(x), lambda x: ops.where(x > 0, x, 0.0)]
RELUS += [lambda x: (x + ops.abs(x)) / 2]


def is_relu(call: Call) -> bool:
    return call.is_a("ReLU") and function_of(call) == "relu"


def relu_as_code(model: EditableModel, rng: random.Random) -> None:
    for call in some(model, rng, is_relu):
        as_code(call, rng.choice(RELUS), rng)


def activation_as_function(model: EditableModel, rng: random.Random) -> None:
    """`activation=` a function of one's own."""
    for call in some(
        model, rng, lambda c: c.is_a("Conv2D", "Dense") and c.config.get("activation") == "relu"
    ):
        config, kind, function = dict(call.config), call.kind, rng.choice(RELUS)
        make = Recipe(lambda c=config, k=kind, f=function: k.from_config({**c, "activation": f}))
        call.kind, call.config = Made, {"name": call.name, "make": make}


def softmax_as_code(model: EditableModel, rng: random.Random) -> None:
    def softmax(x):
        powers = ops.exp(x - ops.max(x, -1, keepdims=True))
        return powers / ops.sum(powers, -1, keepdims=True)

    for call in some(model, rng, lambda c: c.is_a("Dense") and c.config.get("activation") == "softmax"):
        call.config = {**call.config, "activation": "linear"}
        as_code(model.insert(layers.Softmax, {}, call), softmax, rng)


def mean_as_code(model: EditableModel, rng: random.Random) -> None:
    for call in some(model, rng, lambda c: c.is_a("GlobalAveragePooling2D") and len(c.shape) == 2):
        height, width = call.sources[0].shape[1:3]
        ways = [lambda x: ops.mean(x, axis=(1, 2)), lambda x: ops.mean(ops.mean(x, -2), -2)]
        if None not in (height, width):
            ways.append(lambda x, n=height * width: ops.sum(x, axis=[1, 2]) / n)
        as_code(call, rng.choice(ways), rng)


def flatten_as_code(model: EditableModel, rng: random.Random) -> None:
    for call in some(model, rng, lambda c: c.is_a("Flatten") and None not in c.shape[1:]):
        as_code(call, lambda x, n=call.shape[1]: ops.reshape(x, (-1, n)), rng)


def padding_as_code(model: EditableModel, rng: random.Random) -> None:
    for call in some(model, rng, lambda c: c.is_a("ZeroPadding2D") and None not in c.shape[1:]):
        pads = tuple(tuple(pair) for pair in call.config["padding"])
        as_code(call, lambda x, p=pads: ops.pad(x, ((0, 0), *p, (0, 0))), rng)


def scaling_as_code(model: EditableModel, rng: random.Random) -> None:
    for call in some(model, rng, lambda c: c.is_a("Rescaling") and isinstance(c.config["scale"], float)):
        scale, offset = call.config["scale"], call.config.get("offset", 0.0)
        as_code(call, lambda x, a=scale, b=offset: a * x + b, rng)


def response_as_code(model: EditableModel, rng: random.Random) -> None:
    """Local response normalization by sums of shifted squares."""
    for call in some(model, rng, lambda c: c.is_a("LocalResponseNormalization")):
        size, k, alpha, beta = (call.config[name] for name in ("size", "k", "alpha", "beta"))

        def function(x, half=size // 2, k=k, alpha=alpha, beta=beta):
            squares = ops.pad(ops.square(x), ((0, 0), (0, 0), (0, 0), (half, half)))
            total = sum(squares[..., i : i + x.shape[-1]] for i in range(2 * half + 1))
            return x / ops.power(k + alpha * total, beta)

        as_code(call, function, rng)


def in_own_layer(model: EditableModel, rng: random.Random) -> None:
    """A layer inside a layer class of a person's own."""
    for call in some(model, rng, lambda c: c.is_a("Conv2D", "BatchNormalization", "Dense", "MaxPooling2D")):
        config, kind = dict(call.config), call.kind
        make = Recipe(lambda c=config, k=kind: Block(k.from_config(dict(c))))
        call.kind, call.config = Made, {"name": f"{call.name}_block", "make": make}
        call.arguments = None


def groups_written_out(model: EditableModel, rng: random.Random) -> None:
    for call in some(model, rng, lambda c: c.is_a("Conv2D") and 1 < c.config["groups"] <= 8):
        groups, source = call.config["groups"], call.sources[0]
        width, filters = source.shape[-1] // groups, call.config["filters"] // groups
        ends = []
        for k in range(groups):
            part = Call(Made, {"name": f"{call.name}_slice{k}"}, [source], (*source.shape[:-1], width))
            as_code(part, lambda x, a=k * width, b=(k + 1) * width: x[..., a:b], rng)
            changed = {"filters": filters, "groups": 1, "name": f"{call.name}_part{k}"}
            end = Call(call.kind, {**call.config, **changed}, [part], (*call.shape[:-1], filters))
            model.calls[model.calls.index(call) : model.calls.index(call)] = [part, end]
            ends.append(end)
        joined = {"name": f"{call.name}_joined", "axis": -1}
        call.kind, call.config, call.sources, call.arguments = layers.Concatenate, joined, ends, None


def towers_turned(model: EditableModel, rng: random.Random) -> None:
    """Towers in another order, where the weights of what reads them can be permuted."""
    for call in some(model, rng, lambda c: c.is_a("Concatenate") and not order_counts(model, c)):
        rng.shuffle(call.sources)
        call.arguments = None


def relu_again(model: EditableModel, rng: random.Random) -> None:
    """ReLU of a ReLU, or of its maximum."""
    for call in some(model, rng, is_relu):
        reader = only_reader(model, call)
        after = reader if reader and reader.is_a("MaxPooling2D") else call
        model.insert(layers.ReLU, {}, after)


def relu_after_pooling(model: EditableModel, rng: random.Random) -> None:
    for call in some(model, rng, is_relu):
        reader = only_reader(model, call)
        if reader and reader.is_a("MaxPooling2D"):
            model.remove(call)
            model.insert(layers.ReLU, {}, reader)


def prepared(model: EditableModel, rng: random.Random) -> None:
    """Layers that prepare images, and leave these as they are."""
    (start,) = model.inputs
    if None in start.shape[1:] or len(start.shape) != 4:
        return
    height, width = start.shape[1:3]
    ways = [
        (layers.Resizing, {"height": height, "width": width}),
        (layers.RandomFlip, {}),
        (layers.Rescaling, {"scale": 1.0, "offset": 0.0}),
    ]
    ways += [
        (layers.CenterCrop, {"height": height, "width": width}),
        (layers.RandomTranslation, {"height_factor": 0.1, "width_factor": 0.1}),
    ]
    for kind, config in rng.sample(ways, 2):
        model.insert(kind, config, start)


def depthwise_as_groups(model: EditableModel, rng: random.Random) -> None:
    """A depthwise convolution as a convolution with as many groups as channels."""
    for call in some(model, rng, lambda c: c.is_a("DepthwiseConv2D") and c.config["depth_multiplier"] == 1):
        width = call.shape[-1]
        kept = {
            key: call.config[key]
            for key in ("name", "strides", "padding", "dilation_rate", "use_bias", "activation")
        }
        layer = layers.Conv2D(width, call.config["kernel_size"], groups=width)
        call.kind, call.config = layers.Conv2D, {**layer.get_config(), **kept}


def pointwise_as_dense(model: EditableModel, rng: random.Random) -> None:
    """A 1x1 convolution as a dense layer at each position."""

    def fits(call: Call) -> bool:
        wanted = {"kernel_size": (1, 1), "strides": (1, 1), "groups": 1}
        return call.is_a("Conv2D") and wanted.items() <= call.config.items()

    for call in some(model, rng, fits):
        kept = {key: call.config[key] for key in ("name", "use_bias", "activation")}
        call.kind, call.config = layers.Dense, {**layers.Dense(call.config["filters"]).get_config(), **kept}


def padding_in_two(model: EditableModel, rng: random.Random) -> None:
    """Zero padding as that of the start and that of the end."""
    for call in some(model, rng, lambda c: c.is_a("ZeroPadding2D")):
        (top, bottom), (left, right) = call.config["padding"]
        call.config = {**call.config, "padding": ((top, 0), (left, 0))}
        model.insert(layers.ZeroPadding2D, {"padding": ((0, bottom), (0, right))}, call)


def swish_as_product(model: EditableModel, rng: random.Random) -> None:
    """`swish` as the product of a tensor with its sigmoid."""
    for call in some(model, rng, lambda c: c.is_a("Activation") and function_of(c) in ("silu", "swish")):
        source = call.sources[0]
        call.config = {"name": call.name, "activation": "sigmoid"}
        product = model.insert(layers.Multiply, {}, call)
        product.sources = [source, call]


def sums_by_function(model: EditableModel, rng: random.Random) -> None:
    """Merges as `keras.ops` calls inside a layer of a person's own."""
    functions = {"Add": lambda xs: sum(xs[1:], xs[0]), "Concatenate": lambda xs: ops.concatenate(xs, axis=-1)}
    functions["Multiply"] = lambda xs: xs[0] * xs[1]
    for call in some(model, rng, lambda c: c.is_a(*functions) and len(c.sources) == 2):
        if call.is_a("Concatenate") and call.config["axis"] not in (-1, len(call.shape) - 1):
            continue
        as_code(call, functions[call.kind.__name__], rng)


def noise_added(model: EditableModel, rng: random.Random) -> None:
    """What works in training only."""
    kinds = [(layers.GaussianNoise, {"stddev": 0.1}), (layers.SpatialDropout2D, {"rate": 0.2})]
    call = rng.choice([call for call in model.calls if len(call.shape) == 4])
    model.insert(*rng.choice(kinds), call)


OWN_REWRITINGS = [relu_as_code, activation_as_function, softmax_as_code, mean_as_code, flatten_as_code]
OWN_REWRITINGS += [padding_as_code, scaling_as_code, response_as_code, in_own_layer, groups_written_out]
OWN_REWRITINGS += [towers_turned, relu_again, relu_after_pooling, prepared, depthwise_as_groups]
OWN_REWRITINGS += [pointwise_as_dense, padding_in_two, swish_as_product, sums_by_function, noise_added]
ALL_REWRITINGS = [*REWRITINGS, *OWN_REWRITINGS]


def composed(editable: EditableModel, seed: int) -> tuple[keras.Model, list[str]]:
    """A model of the same function, without weights, by several of all rewritings, and their names."""
    rng = random.Random(seed)
    model, chosen = duplicate(editable), rng.sample(ALL_REWRITINGS, rng.randint(2, 6))
    for rewriting in chosen:
        rewriting(model, rng)
    way = rng.choice([shuffled, nested, plain])
    return way(model, rng), [*(one.__name__ for one in chosen), way.__name__]
