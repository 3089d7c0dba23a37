"""Rewritings: the same function written differently, which `compare` must not take for a different network.

Each rewriting takes an editable model and a random number generator and changes the model in random places.
"""

from __future__ import annotations

import random
from typing import Any

import keras
from keras import layers

from keras_cnns.graph import Shape
from keras_cnns.mutation.block_mistakes import cut_calls
from keras_cnns.mutation.change import function_of
from keras_cnns.mutation.editable_model import Call, EditableModel, duplicate
from keras_cnns.mutation.wiring_mistakes import only_reader


def rewritten(original: EditableModel, seed: int) -> tuple[keras.Model, list[str]]:
    """Return a model of the same function, without weights, and the names of the rewritings."""
    rng = random.Random(seed)
    model = duplicate(original)
    chosen = rng.sample(REWRITINGS, rng.randint(1, 4))
    for rewriting in chosen:
        rewriting(model, rng)
    names = [rewriting.__name__ for rewriting in chosen]
    way = rng.choice([shuffled, nested, nested, plain])
    return way(model, rng), [*names, way.__name__]


def some(model: EditableModel, rng: random.Random, fits) -> list[Call]:
    """A random half of the calls that fit."""
    return [call for call in list(model.calls) if fits(call) and rng.random() < 0.5]


def renamed(model: EditableModel, rng: random.Random) -> None:
    configs = {id(call.config): call.config for call in model.calls}
    for number, config in enumerate(configs.values()):
        config["name"] = f"l{rng.randrange(10**6)}_{number}"


def activations_apart(model: EditableModel, rng: random.Random) -> None:
    """`activation=` as a layer of its own."""
    kinds = ("Conv2D", "Dense", "SeparableConv2D")
    for call in some(model, rng, lambda c: function_of(c) and c.is_a(*kinds)):
        activation = call.config["activation"]
        relu = activation == "relu" and rng.random() < 0.5
        kind, config = (layers.ReLU, {}) if relu else (layers.Activation, {"activation": activation})
        model.insert(kind, config, call)
        call.config["activation"] = "linear"


def activations_inside(model: EditableModel, rng: random.Random) -> None:
    """A layer of its own as `activation=`, or as another class."""
    for call in some(model, rng, lambda c: c.is_a("ReLU") and function_of(c)):
        source = call.sources[0]
        free = source.is_a("Conv2D", "Dense", "SeparableConv2D") and function_of(source) is None
        if free and only_reader(model, source) is call:
            source.config["activation"] = "relu"
            model.remove(call)
        else:
            call.kind, call.config = layers.Activation, {"name": call.name, "activation": "relu"}


def padding_apart(model: EditableModel, rng: random.Random) -> None:
    """ "same" as zero padding before "valid"."""

    def fits(call: Call) -> bool:
        known = call.is_a("Conv2D") and None not in call.sources[0].shape[1:3]
        return known and call.config["padding"] == "same"

    for call in some(model, rng, fits):
        source = call.sources[0]
        pads = []
        sizes = zip(
            source.shape[1:3],
            call.config["kernel_size"],
            call.config["strides"],
            call.config["dilation_rate"],
        )
        for size, kernel, stride, rate in sizes:
            total = max((-(-size // stride) - 1) * stride + (kernel - 1) * rate + 1 - size, 0)
            pads.append((total // 2, total - total // 2))
        shape = (None, *(n + sum(pair) for n, pair in zip(source.shape[1:3], pads)), source.shape[3])
        call.sources = [_before(model, call, layers.ZeroPadding2D(tuple(pads)), shape)]
        call.config["padding"] = "valid"


def _before(model: EditableModel, call: Call, layer: keras.Layer, shape: Shape) -> Call:
    """A new layer between a call and its source."""
    config = {**layer.get_config(), "name": model.new_name(type(layer))}
    new = Call(type(layer), config, [call.sources[0]], shape)
    model.calls.insert(model.calls.index(call), new)
    return new


def padding_inside(model: EditableModel, rng: random.Random) -> None:
    """Zero padding by one on every side, before 3x3 windows one apart, as "same"."""
    for call in some(model, rng, lambda c: c.is_a("ZeroPadding2D")):
        reader = only_reader(model, call)
        wanted = {"kernel_size": (3, 3), "strides": (1, 1), "padding": "valid", "dilation_rate": (1, 1)}
        flat = {n for pair in call.config["padding"] for n in pair}
        if reader and reader.is_a("Conv2D") and wanted.items() <= reader.config.items() and flat == {1}:
            model.remove(call)
            reader.config["padding"] = "same"


def dropout_dropped(model: EditableModel, rng: random.Random) -> None:
    for call in some(model, rng, lambda c: c.is_a("Dropout")):
        model.remove(call)


def dropout_added(model: EditableModel, rng: random.Random) -> None:
    call = rng.choice(model.calls)
    model.insert(layers.Dropout, {"rate": 0.3}, call)


def idle_layers(model: EditableModel, rng: random.Random) -> None:
    """Layers that do nothing."""
    for _ in range(3):
        kind, config = rng.choice([(layers.Activation, {"activation": "linear"}), (layers.Identity, {})])
        model.insert(kind, config, rng.choice(model.calls))


def superfluous_bias(model: EditableModel, rng: random.Random) -> None:
    """A bias that the batch normalization after it takes away."""

    def fits(call: Call) -> bool:
        reader = call.is_a("Conv2D", "SeparableConv2D") and only_reader(model, call)
        return bool(reader) and reader.is_a("BatchNormalization") and function_of(call) is None

    for call in some(model, rng, fits):
        call.config["use_bias"] = True


def pooled_differently(model: EditableModel, rng: random.Random) -> None:
    """Global average pooling as a window over the whole map, or kept as a map and flattened."""
    for call in some(model, rng, lambda c: c.is_a("GlobalAveragePooling2D") and len(c.shape) == 2):
        source = call.sources[0]
        if None in source.shape or rng.random() < 0.5:
            call.config["keepdims"] = True
        else:
            size = tuple(source.shape[1:3])
            call.kind, call.config = layers.AveragePooling2D, {"name": call.name, "pool_size": size}
        flat = rng.choice([(layers.Flatten, {}), (layers.Reshape, {"target_shape": (source.shape[-1],)})])
        model.insert(*flat, call)


def dense_as_convolution(model: EditableModel, rng: random.Random) -> None:
    """A dense layer on a flattened map as a convolution with one window."""
    for call in some(model, rng, lambda c: c.is_a("Dense") and c.sources[0].is_a("Flatten")):
        flat, start = call.sources[0], call.sources[0].sources[0]
        if only_reader(model, flat) is not call or len(start.shape) != 4:
            continue
        kept = {key: call.config[key] for key in ("name", "use_bias", "activation")}
        layer = layers.Conv2D(call.config["units"], start.shape[1:3])
        call.kind, call.config = layers.Conv2D, layer.get_config() | kept
        model.remove(flat)
        model.insert(layers.Flatten, {}, call)


def halves(model: EditableModel, rng: random.Random) -> None:
    """A separable convolution as its two halves."""
    for call in some(model, rng, lambda c: c.is_a("SeparableConv2D")):
        keys = ("kernel_size", "strides", "padding", "depth_multiplier")
        first = layers.DepthwiseConv2D(**{key: call.config[key] for key in keys}, use_bias=False)
        width = call.sources[0].shape[-1] * call.config["depth_multiplier"]
        call.sources = [_before(model, call, first, (*call.shape[:-1], width))]
        kept = {key: call.config[key] for key in ("name", "use_bias", "activation")}
        call.kind, call.config = layers.Conv2D, layers.Conv2D(call.config["filters"], 1).get_config() | kept


def sums_turned(model: EditableModel, rng: random.Random) -> None:
    """The inputs of sums in a different order."""
    for call in some(model, rng, lambda c: c.is_a("Add")):
        call.sources = call.sources[::-1]


def sums_nested(model: EditableModel, rng: random.Random) -> None:
    """A concatenation of the first inputs inside that of all."""
    for call in some(model, rng, lambda c: c.is_a("Concatenate") and len(c.sources) > 2):
        config = {"axis": call.config["axis"], "name": model.new_name(layers.Concatenate)}
        inner = Call(layers.Concatenate, config, call.sources[:2], call.shape)
        model.calls.insert(model.calls.index(call), inner)
        call.sources = [inner, *call.sources[2:]]


def plain(model: EditableModel, rng: random.Random) -> keras.Model:
    """Built as it is."""
    return model.build()


def shuffled(model: EditableModel, rng: random.Random) -> keras.Model:
    """Built in a different order, towers mixed."""
    waiting = {id(call): {id(source) for source in call.sources} for call in model.in_order()}
    order: list[Call] = []
    left = model.in_order()
    while left:
        ready = [call for call in left[:40] if not waiting[id(call)]] or [
            c for c in left if not waiting[id(c)]
        ]
        call = rng.choice(ready)
        order.append(call)
        left.remove(call)
        for needs in waiting.values():
            needs.discard(id(call))
    return model.build(order)


class Nested:
    """Makes a model of its own, Sequential if it is a chain, in the place of a layer."""

    @staticmethod
    def from_config(config: dict[str, Any]) -> keras.Model:
        model = config["model"].build_with_weights()
        chain = all(len(layer._inbound_nodes) < 2 for layer in model.layers) and config["sequential"]
        if not chain:
            return model
        return keras.Sequential(model.layers, name=model.name)


def nested(model: EditableModel, rng: random.Random) -> keras.Model:
    """A stretch between two calls that everything passes through, as a model inside the model."""
    model.calls = model.in_order()
    places = [i for i in cut_calls(model) if i < len(model.calls) - 1]
    outputs = [model.calls.index(output) for output in model.outputs]
    if len(places) < 2:
        return model.build()
    start, end = sorted(rng.sample(places, 2))
    inside = model.calls[start + 1 : end + 1]
    shared = {id(c.config) for c in inside} & {id(c.config) for c in model.calls if c not in inside}
    if shared or any(start < output < end for output in outputs):
        return model.build()
    name = model.new_name(keras.Model)
    begin = Call(
        layers.InputLayer, {"batch_shape": model.calls[start].shape, "name": f"{name}_input"}, [], ()
    )
    last = inside[-1]
    chain = all(len(call.sources) == 1 for call in inside) and all(
        model.uses(call) == 1 for call in inside[:-1]
    )
    chain = chain and model.uses(model.calls[start]) == 1
    for call in inside:
        call.sources = [begin if source is model.calls[start] else source for source in call.sources]
    inner = EditableModel(name, [begin, *inside], [last], [begin])
    config = {"name": name, "model": inner, "sequential": chain}
    whole = Call(Nested, config, [model.calls[start]], last.shape)
    model.replace(last, whole, but=tuple(inside))
    model.calls[start + 1 : end + 1] = [whole]
    return model.build()


REWRITINGS = [renamed, activations_apart, activations_inside, padding_apart, padding_inside, dropout_dropped]
REWRITINGS += [dropout_added, idle_layers, superfluous_bias, pooled_differently, dense_as_convolution, halves]
REWRITINGS += [sums_turned, sums_nested]
