"""Plausible mistakes in what there is: blocks and layers too few or too many, another head."""

from __future__ import annotations

import random

from keras import layers

from keras_cnns.mutation.editable_model import Call, Plan
from keras_cnns.mutation.layer_mistakes import Change, chosen, function_of
from keras_cnns.mutation.wiring_mistakes import only_reader


def cuts(plan: Plan) -> list[int]:
    """The places of the calls through which everything passes."""
    places, furthest = [], 0
    position = {id(call): i for i, call in enumerate(plan.calls)}
    last = [0] * len(plan.calls)
    for i, call in enumerate(plan.calls):
        for source in call.sources:
            last[position[id(source)]] = i
    for i in range(len(plan.calls)):
        if i and furthest <= i:
            places.append(i)
        furthest = max(furthest, last[i])
    return places


def _blocks(plan: Plan) -> list[tuple[int, int]]:
    """Where blocks with several paths start and end, that give out the shape that they take in."""
    places = cuts(plan)
    found = []
    for start, end in zip(places, places[1:]):
        stop = end
        if (
            function_of(plan.calls[end]) is None
            and end + 1 in places
            and function_of(plan.calls[end + 1]) == "relu"
        ):
            stop = end + 1
        if end - start > 2 and plan.calls[start].shape == plan.calls[stop].shape:
            found.append((start + 1, stop + 1))
    return found


def _look(plan: Plan, block: tuple[int, int]) -> list[tuple]:
    rest = [{**call.config, "name": ""} for call in plan.calls[slice(*block)]]
    return [(call.kind.__name__, str(config)) for call, config in zip(plan.calls[slice(*block)], rest)]


def _run(plan: Plan, blocks: list[tuple[int, int]], block: tuple[int, int]) -> tuple[str, ...]:
    """The names of all layers in the equal blocks around one."""
    look, at = _look(plan, block), blocks.index(block)
    low = high = at
    while low and blocks[low - 1][1] == blocks[low][0] and _look(plan, blocks[low - 1]) == look:
        low -= 1
    while (
        high + 1 < len(blocks)
        and blocks[high + 1][0] == blocks[high][1]
        and _look(plan, blocks[high + 1]) == look
    ):
        high += 1
    return tuple(call.name for call in plan.calls[blocks[low][0] : blocks[high][1]])


def block_missing(plan: Plan, rng: random.Random) -> Change | None:
    blocks = _blocks(plan)
    if not blocks:
        return None
    block = rng.choice(blocks)
    names = _run(plan, blocks, block)
    said = f"the block that ends in {plan.calls[block[1] - 1].name} is missing"
    end, start = plan.calls[block[1] - 1], plan.calls[block[0] - 1]
    plan.replace(end, start)
    del plan.calls[slice(*block)]
    return Change("too few blocks", names, said)


def block_repeated(plan: Plan, rng: random.Random) -> Change | None:
    blocks = _blocks(plan)
    if not blocks:
        return None
    block = rng.choice(blocks)
    names = _run(plan, blocks, block)
    old = plan.calls[slice(*block)]
    new: dict[int, Call] = {id(plan.calls[block[0] - 1]): old[-1]}
    readers = plan.readers(old[-1])
    for call in old:
        sources = [new[id(source)] for source in call.sources]
        copy = Call(call.kind, {**call.config, "name": plan.new_name(call.kind)}, sources, call.shape)
        new[id(call)] = copy
        plan.calls.insert(plan.calls.index(old[-1]) + len(new) - 1, copy)
    for reader in readers:
        reader.sources = [new[id(old[-1])] if source is old[-1] else source for source in reader.sources]
    plan.outputs = [new[id(old[-1])] if output is old[-1] else output for output in plan.outputs]
    added = tuple(new[id(call)].name for call in old)
    return Change(
        "too many blocks", (*names, *added), f"the block that ends in {old[-1].name} stands there twice"
    )


def layer_missing(plan: Plan, rng: random.Random) -> Change | None:
    """A convolution, with the normalization and activation that follow it, or a pooling layer."""
    kinds = (
        "Conv2D",
        "SeparableConv2D",
        "Dense",
        "MaxPooling2D",
        "AveragePooling2D",
        "SubSampling2D",
        "TableConv2D",
    )
    call = chosen(plan, rng, lambda c: c.is_a(*kinds) and bool(only_reader(plan, c)))
    if call is None:
        return None
    gone = [call]
    while not call.is_a("MaxPooling2D", "AveragePooling2D", "SubSampling2D"):
        reader = only_reader(plan, gone[-1])
        if reader is None or not reader.is_a("BatchNormalization", "ReLU", "Activation"):
            break
        gone.append(reader)
    names = {*(c.name for c in gone), *_equal_neighbours(plan, gone)}
    for one in gone:
        plan.remove(one)
    pool = call.is_a("MaxPooling2D", "AveragePooling2D")
    return Change("pooling missing" if pool else "layer missing", tuple(names), f"{call.name} is missing")


def _equal_neighbours(plan: Plan, group: list[Call]) -> list[str]:
    """The names of what follows or comes before with the same settings: nobody can tell them apart."""
    calls = [call for call in plan.calls if not call.is_a("Dropout")]
    names: list[str] = []
    looks = [_settings(call) for call in group]
    for step in (-1, 1):
        at = calls.index(group[0]) + step * len(group)
        while 0 <= at <= len(calls) - len(group):
            others = calls[at : at + len(group)]
            if [_settings(call) for call in others] != looks:
                break
            names += [call.name for call in others]
            at += step * len(group)
    return names


def _settings(call: Call) -> tuple:
    """What a layer computes, however it starts."""
    rest = ("name", "trainable", "dtype", "_initializer", "_regularizer", "_constraint")
    return call.kind, {key: value for key, value in call.config.items() if not key.endswith(rest)}


def layer_added(plan: Plan, rng: random.Random) -> Change | None:
    """A normalization, an activation, a pooling or a dense layer too much."""
    kind = rng.choice(["activation", "normalization", "pooling", "dense"])
    if kind == "dense":
        place = chosen(plan, rng, lambda c: c.is_a("Dense") and function_of(c) != "softmax")
        new = place and plan.insert(
            layers.Dense, {"units": place.config["units"], "activation": "relu"}, place
        )
        mistake = "extra layer"
    elif kind == "activation":
        place = chosen(plan, rng, lambda c: c.is_a("Conv2D", "Add", "BatchNormalization") and _bare(plan, c))
        new = place and plan.insert(layers.ReLU, {}, place)
        mistake = "extra activation"
    elif kind == "normalization":
        place = chosen(plan, rng, lambda c: c.is_a("Conv2D", "Add") and not _normalized(plan, c))
        new = place and plan.insert(layers.BatchNormalization, {}, place)
        mistake = "extra batch normalization"
    else:
        place = chosen(
            plan, rng, lambda c: len(c.shape) == 4 and min(c.shape[1:3]) > 7 and len(c.sources) == 1
        )
        new = place and plan.insert(layers.MaxPooling2D, {"pool_size": 2}, place)
        mistake = "extra pooling"
    if not new:
        return None
    new.config = {**new.kind.from_config(new.config).get_config(), "name": new.name}
    names = (new.name, *_equal_neighbours(plan, [new]))
    return Change(mistake, names, f"{new.name} is too much, after {place.name}")


def _bare(plan: Plan, call: Call) -> bool:
    """Whether neither it nor what reads it activates, so that another activation changes something."""
    return function_of(call) is None and not any(
        function_of(reader) or reader.is_a("MaxPooling2D") for reader in plan.readers(call)
    )


def _normalized(plan: Plan, call: Call) -> bool:
    return any(reader.is_a("BatchNormalization") for reader in plan.readers(call))


def head(plan: Plan, rng: random.Random) -> Change | None:
    """Global pooling in place of flattening, or flattening in place of global pooling."""
    kinds = ("Flatten", "GlobalAveragePooling2D")
    call = chosen(plan, rng, lambda c: c.is_a(*kinds) and max(c.sources[0].shape[1:3]) > 1)
    if call is None or not _before_dense(plan, call):
        return None
    flat = call.is_a("Flatten")
    old, name = call.name, {"name": call.name}
    call.kind, call.config = (layers.GlobalAveragePooling2D if flat else layers.Flatten), name
    if flat:
        return Change("global pooling head", (old,), f"{old}: global pooling in place of flattening")
    return Change("flattened head", (old,), f"{old}: flattening in place of global pooling")


def _before_dense(plan: Plan, call: Call) -> bool:
    reader = only_reader(plan, call)
    while reader is not None and reader.is_a("Dropout"):
        reader = only_reader(plan, reader)
    return reader is not None and reader.is_a("Dense")
