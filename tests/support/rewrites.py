"""The same function written in another way, to see that nobody takes it for another network.

Each rewriting takes a plan and a random number generator and changes the plan in places chosen at random.
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
    plan = duplicate(original)
    chosen = rng.sample(REWRITINGS, rng.randint(1, 4))
    for rewriting in chosen:
        rewriting(plan, rng)
    names = [rewriting.__name__ for rewriting in chosen]
    way = rng.choice([shuffled, nested, nested, plain])
    return way(plan, rng), [*names, way.__name__]


def some(plan: EditableModel, rng: random.Random, fits) -> list[Call]:
    """A random half of the calls that fit."""
    return [call for call in list(plan.calls) if fits(call) and rng.random() < 0.5]


def renamed(plan: EditableModel, rng: random.Random) -> None:
    configs = {id(call.config): call.config for call in plan.calls}
    for number, config in enumerate(configs.values()):
        config["name"] = f"l{rng.randrange(10**6)}_{number}"


def activations_apart(plan: EditableModel, rng: random.Random) -> None:
    """`activation=` as a layer of its own."""
    kinds = ("Conv2D", "Dense", "SeparableConv2D")
    for call in some(plan, rng, lambda c: function_of(c) and c.is_a(*kinds)):
        activation = call.config["activation"]
        relu = activation == "relu" and rng.random() < 0.5
        kind, config = (layers.ReLU, {}) if relu else (layers.Activation, {"activation": activation})
        plan.insert(kind, config, call)
        call.config["activation"] = "linear"


def activations_inside(plan: EditableModel, rng: random.Random) -> None:
    """A layer of its own as `activation=`, or as another class."""
    for call in some(plan, rng, lambda c: c.is_a("ReLU") and function_of(c)):
        source = call.sources[0]
        free = source.is_a("Conv2D", "Dense", "SeparableConv2D") and function_of(source) is None
        if free and only_reader(plan, source) is call:
            source.config["activation"] = "relu"
            plan.remove(call)
        else:
            call.kind, call.config = layers.Activation, {"name": call.name, "activation": "relu"}


def padding_apart(plan: EditableModel, rng: random.Random) -> None:
    """ "same" as zero padding before "valid"."""

    def fits(call: Call) -> bool:
        known = call.is_a("Conv2D") and None not in call.sources[0].shape[1:3]
        return known and call.config["padding"] == "same"

    for call in some(plan, rng, fits):
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
        call.sources = [_before(plan, call, layers.ZeroPadding2D(tuple(pads)), shape)]
        call.config["padding"] = "valid"


def _before(plan: EditableModel, call: Call, layer: keras.Layer, shape: Shape) -> Call:
    """A new layer between a call and its source."""
    config = {**layer.get_config(), "name": plan.new_name(type(layer))}
    new = Call(type(layer), config, [call.sources[0]], shape)
    plan.calls.insert(plan.calls.index(call), new)
    return new


def padding_inside(plan: EditableModel, rng: random.Random) -> None:
    """Zero padding by one on every side, before 3x3 windows one apart, as "same"."""
    for call in some(plan, rng, lambda c: c.is_a("ZeroPadding2D")):
        reader = only_reader(plan, call)
        wanted = {"kernel_size": (3, 3), "strides": (1, 1), "padding": "valid", "dilation_rate": (1, 1)}
        flat = {n for pair in call.config["padding"] for n in pair}
        if reader and reader.is_a("Conv2D") and wanted.items() <= reader.config.items() and flat == {1}:
            plan.remove(call)
            reader.config["padding"] = "same"


def dropout_dropped(plan: EditableModel, rng: random.Random) -> None:
    for call in some(plan, rng, lambda c: c.is_a("Dropout")):
        plan.remove(call)


def dropout_added(plan: EditableModel, rng: random.Random) -> None:
    call = rng.choice(plan.calls)
    plan.insert(layers.Dropout, {"rate": 0.3}, call)


def idle_layers(plan: EditableModel, rng: random.Random) -> None:
    """Layers that do nothing."""
    for _ in range(3):
        kind, config = rng.choice([(layers.Activation, {"activation": "linear"}), (layers.Identity, {})])
        plan.insert(kind, config, rng.choice(plan.calls))


def superfluous_bias(plan: EditableModel, rng: random.Random) -> None:
    """A bias that the batch normalization after it takes away."""

    def fits(call: Call) -> bool:
        reader = call.is_a("Conv2D", "SeparableConv2D") and only_reader(plan, call)
        return bool(reader) and reader.is_a("BatchNormalization") and function_of(call) is None

    for call in some(plan, rng, fits):
        call.config["use_bias"] = True


def pooled_otherwise(plan: EditableModel, rng: random.Random) -> None:
    """Global average pooling as a window over the whole map, or kept as a map and flattened."""
    for call in some(plan, rng, lambda c: c.is_a("GlobalAveragePooling2D") and len(c.shape) == 2):
        source = call.sources[0]
        if None in source.shape or rng.random() < 0.5:
            call.config["keepdims"] = True
        else:
            size = tuple(source.shape[1:3])
            call.kind, call.config = layers.AveragePooling2D, {"name": call.name, "pool_size": size}
        flat = rng.choice([(layers.Flatten, {}), (layers.Reshape, {"target_shape": (source.shape[-1],)})])
        plan.insert(*flat, call)


def dense_as_convolution(plan: EditableModel, rng: random.Random) -> None:
    """A dense layer on a flattened map as a convolution with one window."""
    for call in some(plan, rng, lambda c: c.is_a("Dense") and c.sources[0].is_a("Flatten")):
        flat, start = call.sources[0], call.sources[0].sources[0]
        if only_reader(plan, flat) is not call or len(start.shape) != 4:
            continue
        kept = {key: call.config[key] for key in ("name", "use_bias", "activation")}
        layer = layers.Conv2D(call.config["units"], start.shape[1:3])
        call.kind, call.config = layers.Conv2D, layer.get_config() | kept
        plan.remove(flat)
        plan.insert(layers.Flatten, {}, call)


def halves(plan: EditableModel, rng: random.Random) -> None:
    """A separable convolution as its two halves."""
    for call in some(plan, rng, lambda c: c.is_a("SeparableConv2D")):
        keys = ("kernel_size", "strides", "padding", "depth_multiplier")
        first = layers.DepthwiseConv2D(**{key: call.config[key] for key in keys}, use_bias=False)
        width = call.sources[0].shape[-1] * call.config["depth_multiplier"]
        call.sources = [_before(plan, call, first, (*call.shape[:-1], width))]
        kept = {key: call.config[key] for key in ("name", "use_bias", "activation")}
        call.kind, call.config = layers.Conv2D, layers.Conv2D(call.config["filters"], 1).get_config() | kept


def sums_turned(plan: EditableModel, rng: random.Random) -> None:
    """What is added in another order."""
    for call in some(plan, rng, lambda c: c.is_a("Add")):
        call.sources = call.sources[::-1]


def sums_nested(plan: EditableModel, rng: random.Random) -> None:
    """A concatenation of the first inputs inside that of all."""
    for call in some(plan, rng, lambda c: c.is_a("Concatenate") and len(c.sources) > 2):
        config = {"axis": call.config["axis"], "name": plan.new_name(layers.Concatenate)}
        inner = Call(layers.Concatenate, config, call.sources[:2], call.shape)
        plan.calls.insert(plan.calls.index(call), inner)
        call.sources = [inner, *call.sources[2:]]


def plain(plan: EditableModel, rng: random.Random) -> keras.Model:
    """As it is."""
    return plan.build()


def shuffled(plan: EditableModel, rng: random.Random) -> keras.Model:
    """Built in another order, towers mixed."""
    waiting = {id(call): {id(source) for source in call.sources} for call in plan.in_order()}
    order: list[Call] = []
    left = plan.in_order()
    while left:
        ready = [call for call in left[:40] if not waiting[id(call)]] or [
            c for c in left if not waiting[id(c)]
        ]
        call = rng.choice(ready)
        order.append(call)
        left.remove(call)
        for needs in waiting.values():
            needs.discard(id(call))
    return plan.build(order)


class Nested:
    """Makes a model of its own, Sequential if it is a chain, in the place of a layer."""

    @staticmethod
    def from_config(config: dict[str, Any]) -> keras.Model:
        model = config["plan"].build_with_weights()
        chain = all(len(layer._inbound_nodes) < 2 for layer in model.layers) and config["sequential"]
        if not chain:
            return model
        return keras.Sequential(model.layers, name=model.name)


def nested(plan: EditableModel, rng: random.Random) -> keras.Model:
    """A stretch through whose ends everything passes as a model inside the model."""
    plan.calls = plan.in_order()
    places = [i for i in cut_calls(plan) if i < len(plan.calls) - 1]
    outputs = [plan.calls.index(output) for output in plan.outputs]
    if len(places) < 2:
        return plan.build()
    start, end = sorted(rng.sample(places, 2))
    inside = plan.calls[start + 1 : end + 1]
    shared = {id(c.config) for c in inside} & {id(c.config) for c in plan.calls if c not in inside}
    if shared or any(start < output < end for output in outputs):
        return plan.build()
    name = plan.new_name(keras.Model)
    begin = Call(layers.InputLayer, {"batch_shape": plan.calls[start].shape, "name": f"{name}_input"}, [], ())
    last = inside[-1]
    chain = all(len(call.sources) == 1 for call in inside) and all(
        plan.uses(call) == 1 for call in inside[:-1]
    )
    chain = chain and plan.uses(plan.calls[start]) == 1
    for call in inside:
        call.sources = [begin if source is plan.calls[start] else source for source in call.sources]
    inner = EditableModel(name, [begin, *inside], [last])
    config = {"name": name, "plan": inner, "sequential": chain}
    whole = Call(Nested, config, [plan.calls[start]], last.shape)
    plan.replace(last, whole, but=tuple(inside))
    plan.calls[start + 1 : end + 1] = [whole]
    return plan.build()


REWRITINGS = [renamed, activations_apart, activations_inside, padding_apart, padding_inside, dropout_dropped]
REWRITINGS += [dropout_added, idle_layers, superfluous_bias, pooled_otherwise, dense_as_convolution, halves]
REWRITINGS += [sums_turned, sums_nested]
