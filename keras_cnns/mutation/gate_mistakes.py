"""Mutations of squeeze and excitation, and of shortcuts where inverted blocks have none; see `change`."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from keras import Layer, layers

from keras_cnns import mistakes
from keras_cnns.mutation.change import Planted, planted
from keras_cnns.mutation.editable_model import Call, EditableModel
from keras_cnns.mutation.wiring_mistakes import drop_unread, only_reader

MEANS = ("GlobalAveragePooling2D", "GlobalMaxPooling2D")
# What a gate may be moved across: it gives a map of the shape that it reads.
ACROSS = ("BatchNormalization", "Activation", "ReLU", "Add")


@dataclass(eq=False, slots=True)
class GateCalls:
    """A gate: what it multiplies, the mean and what makes factors of it, and the product."""

    gated: Call
    inside: list[Call]
    product: Call


def gates(model: EditableModel) -> list[GateCalls]:
    """Return all products of a map with what the means of its channels decide."""
    found = []
    for product in model.calls:
        if not product.is_a("Multiply") or len(product.sources) != 2:
            continue
        for gated, at in (product.sources, product.sources[::-1]):
            inside: list[Call] = []
            while at is not gated and len(at.sources) == 1 and model.uses(at) == 1:
                inside.insert(0, at)
                (at,) = at.sources
            if at is gated and inside and inside[0].is_a(*MEANS):
                found.append(GateCalls(gated, inside, product))
                break
    return found


def has_gates(model: EditableModel) -> bool:
    return bool(gates(model))


def gate_missing(model: EditableModel, rng: random.Random) -> Planted | None:
    found = gates(model)
    if not found:
        return None
    gate = rng.choice(found)
    model.replace(gate.product, gate.gated)
    names = [call.name for call in drop_unread(model)]
    return planted(mistakes.GATE_MISSING, names, "the gate that ends in {} is missing", gate.product.name)


def gate_elsewhere(model: EditableModel, rng: random.Random) -> Planted | None:
    """The gate stands before what it should follow, or after what should follow it."""
    moves = [(gate, move) for gate in gates(model) for move in (_before, _after)]
    rng.shuffle(moves)
    for gate, move in moves:
        old = gate.gated
        if move(model, gate):
            names = gate.product.name, gate.gated.name, old.name
            sentence = "{} multiplies what {} gives, in the reference what {} gives"
            return planted(mistakes.GATE_ELSEWHERE, names[:1], sentence, *names)
    return None


def _before(model: EditableModel, gate: GateCalls) -> bool:
    """Move a gate before the layer that it reads; False if there is no place."""
    layer = gate.gated
    if not layer.is_a(*ACROSS[:-1]) or model.uses(layer) != 2:
        return False
    (start,) = layer.sources
    model.replace(gate.product, layer)
    _let_read(gate, start)
    layer.sources = [gate.product]
    return True


def _after(model: EditableModel, gate: GateCalls) -> bool:
    """Move a gate behind the layer that reads it; False if there is no place."""
    layer = only_reader(model, gate.product)
    if layer is None or not layer.is_a(*ACROSS) or model.uses(layer) == 0:
        return False
    layer.sources = [gate.gated if source is gate.product else source for source in layer.sources]
    model.replace(layer, gate.product)
    _let_read(gate, layer)
    return True


def _let_read(gate: GateCalls, start: Call) -> None:
    gate.inside[0].sources = [start]
    gate.product.sources = [start if source is gate.gated else source for source in gate.product.sources]
    gate.gated = start


def has_inverted_blocks(model: EditableModel) -> bool:
    return bool(_without_shortcut(model))


def extra_shortcut(model: EditableModel, rng: random.Random) -> Planted | None:
    """A projection is added to an inverted block that makes the map smaller or wider."""
    found = _without_shortcut(model)
    if not found:
        return None
    start, depthwise, end = rng.choice(found)
    config = {"filters": end.shape[-1], "kernel_size": 1, "strides": depthwise.config["strides"]}
    conv = _new(model, layers.Conv2D, {**config, "use_bias": False}, [start], end)
    epsilon = {"epsilon": end.config["epsilon"]}
    projection = _new(model, layers.BatchNormalization, epsilon, [conv], end)
    total = _new(model, layers.Add, {}, [end], end)
    model.replace(end, total, but=(total,))
    total.sources = [end, projection]
    names = conv.name, projection.name, total.name
    sentence = "{} adds a projection of what {} gives"
    return planted(mistakes.EXTRA_SHORTCUT, names, sentence, total.name, start.name)


def _new(
    model: EditableModel, kind: type[Layer], config: dict[str, Any], sources: list[Call], end: Call
) -> Call:
    """A new layer, which nothing reads yet."""
    name = model.new_name(kind)
    new = Call(kind, kind.from_config({**config, "name": name}).get_config(), sources, end.shape)
    model.calls.insert(model.calls.index(end) + 1, new)
    return new


def _without_shortcut(model: EditableModel) -> list[tuple[Call, Call, Call]]:
    """The start, the depthwise convolution and the end of inverted blocks that are added to nothing."""
    products = {id(gate.product): gate.gated for gate in gates(model)}
    found = []
    for end in model.calls:
        if not end.is_a("BatchNormalization") or not _is_pointwise(end.sources[0]):
            continue
        if any(reader.is_a("Add", "Activation", "ReLU") for reader in model.readers(end)):
            continue
        depthwise = _before_simple(end.sources[0].sources[0], products)
        if depthwise.is_a("DepthwiseConv2D"):
            widened = _before_simple(depthwise.sources[0], products)
            start = widened.sources[0] if _is_pointwise(widened) else widened
            if start.shape != end.shape:  # or it is added, perhaps after a dropout
                found.append((start, depthwise, end))
    return found


def _is_pointwise(call: Call) -> bool:
    return call.is_a("Conv2D") and set(call.config["kernel_size"]) == {1}


def _before_simple(call: Call, products: dict[int, Call]) -> Call:
    """The call before all normalizations, activations, paddings and gates that end in a call."""
    while id(call) in products or call.is_a("BatchNormalization", "Activation", "ReLU", "ZeroPadding2D"):
        call = products.get(id(call)) or call.sources[0]
    return call
