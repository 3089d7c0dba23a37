"""Mutations of what there is: blocks and layers missing or extra, a different head; see `change`."""

from __future__ import annotations

import random

from keras import layers

from keras_cnns import mistakes
from keras_cnns.mutation.change import Planted, function_of, pick, planted, smallest_side
from keras_cnns.mutation.editable_model import Call, EditableModel
from keras_cnns.mutation.wiring_mistakes import only_reader

# Layers that `layer_missing` takes out; with a layer that is no pooling goes what follows it.
REMOVABLE = ("Conv2D", "SeparableConv2D", "Dense", "TableConv2D")
REMOVABLE_POOLINGS = ("MaxPooling2D", "AveragePooling2D", "SubSampling2D")


def cut_calls(model: EditableModel) -> list[int]:
    """Return the places of the calls through which everything passes."""
    places, furthest = [], 0
    position = {id(call): i for i, call in enumerate(model.calls)}
    last_reader = [0] * len(model.calls)
    for i, call in enumerate(model.calls):
        for source in call.sources:
            last_reader[position[id(source)]] = i
    for i in range(len(model.calls)):
        if i and furthest <= i:
            places.append(i)
        furthest = max(furthest, last_reader[i])
    return places


def _blocks(model: EditableModel) -> list[tuple[int, int]]:
    """The starts and ends of blocks that have several paths and keep the shape."""
    places = cut_calls(model)
    found = []
    for start, end in zip(places, places[1:]):
        stop = end
        if function_of(model.calls[end]) is None and end + 1 in places:
            stop += function_of(model.calls[end + 1]) == "relu"
        if end - start > 2 and model.calls[start].shape == model.calls[stop].shape:
            found.append((start + 1, stop + 1))
    return found


def _content(model: EditableModel, block: tuple[int, int]) -> list[tuple[str, str]]:
    """What a block computes; equal blocks have equal contents."""
    calls = [call for call in model.calls[slice(*block)] if not call.is_a("Dropout")]
    return [(call.kind.__name__, str({**call.config, "name": ""})) for call in calls]


def _run(model: EditableModel, blocks: list[tuple[int, int]], block: tuple[int, int]) -> tuple[str, ...]:
    """The names of all layers in the equal blocks around one."""
    content = _content(model, block)

    def continues(first: int, second: int, other: int) -> bool:
        return blocks[first][1] == blocks[second][0] and _content(model, blocks[other]) == content

    low = high = blocks.index(block)
    while low and continues(low - 1, low, low - 1):
        low -= 1
    while high + 1 < len(blocks) and continues(high, high + 1, high + 1):
        high += 1
    return tuple(call.name for call in model.calls[blocks[low][0] : blocks[high][1]])


def block_missing(model: EditableModel, rng: random.Random) -> Planted | None:
    blocks = _blocks(model)
    if not blocks:
        return None
    block = rng.choice(blocks)
    names = _run(model, blocks, block)
    end, start = model.calls[block[1] - 1], model.calls[block[0] - 1]
    model.replace(end, start)
    del model.calls[slice(*block)]
    return planted(mistakes.TOO_FEW_BLOCKS, names, "the block that ends in {} is missing", end.name)


def block_repeated(model: EditableModel, rng: random.Random) -> Planted | None:
    blocks = _blocks(model)
    if not blocks:
        return None
    block = rng.choice(blocks)
    names = _run(model, blocks, block)
    old = model.calls[slice(*block)]
    new: dict[int, Call] = {id(model.calls[block[0] - 1]): old[-1]}
    readers = model.readers(old[-1])
    for call in old:
        sources = [new[id(source)] for source in call.sources]
        copy = Call(call.kind, {**call.config, "name": model.new_name(call.kind)}, sources, call.shape)
        copy.arguments = call.arguments
        new[id(call)] = copy
        model.calls.insert(model.calls.index(old[-1]) + len(new) - 1, copy)
    for reader in readers:
        reader.sources = [new[id(old[-1])] if source is old[-1] else source for source in reader.sources]
    model.outputs = [new[id(old[-1])] if output is old[-1] else output for output in model.outputs]
    added = tuple(new[id(call)].name for call in old)
    sentence = "the block that ends in {} appears twice"
    return planted(mistakes.TOO_MANY_BLOCKS, (*names, *added), sentence, old[-1].name)


def layer_missing(model: EditableModel, rng: random.Random) -> Planted | None:
    """A convolution, with the normalization and activation that follow it, or a pooling layer."""
    call = pick(model, rng, lambda c: c.is_a(*REMOVABLE, *REMOVABLE_POOLINGS) and bool(only_reader(model, c)))
    if call is None:
        return None
    group = [call]
    while not call.is_a(*REMOVABLE_POOLINGS):
        reader = only_reader(model, group[-1])
        if reader is None or not reader.is_a("BatchNormalization", "ReLU", "Activation"):
            break
        group.append(reader)
    names = dict.fromkeys([*(c.name for c in group), *_equal_neighbours(model, group)])
    for one in group:
        model.remove(one)
    pool = call.is_a("MaxPooling2D", "AveragePooling2D")
    mistake = mistakes.POOLING_MISSING if pool else mistakes.LAYER_MISSING
    return planted(mistake, names, "{} is missing", call.name)


def _equal_neighbours(model: EditableModel, group: list[Call]) -> list[str]:
    """The names of equal layers right before or after a group, which nobody can tell apart from it."""
    calls = [call for call in model.calls if not call.is_a("Dropout")]
    names: list[str] = []
    settings = [_settings(call) for call in group]
    for step in (-1, 1):
        at = calls.index(group[0]) + step * len(group)
        while 0 <= at <= len(calls) - len(group):
            others = calls[at : at + len(group)]
            if [_settings(call) for call in others] != settings:
                break
            names += [call.name for call in others]
            at += step * len(group)
    return names


def _settings(call: Call) -> tuple[type, dict[str, object]]:
    """What a layer computes, whatever its initial weights."""
    ignored = ("name", "trainable", "dtype", "_initializer", "_regularizer", "_constraint")
    return call.kind, {key: value for key, value in call.config.items() if not key.endswith(ignored)}


def layer_added(model: EditableModel, rng: random.Random) -> Planted | None:
    """An extra activation, normalization, pooling or dense layer."""
    kind = rng.choice(["activation", "normalization", "pooling", "dense"])
    if kind == "dense":
        place = pick(model, rng, lambda c: c.is_a("Dense") and function_of(c) != "softmax")
        added = layers.Dense, {"units": place and place.config["units"], "activation": "relu"}
        mistake = mistakes.EXTRA_LAYER
    elif kind == "activation":
        place = pick(model, rng, lambda c: c.is_a("Conv2D", "Add", "BatchNormalization") and _bare(model, c))
        added = layers.ReLU, {}
        mistake = mistakes.EXTRA_ACTIVATION
    elif kind == "normalization":
        place = pick(model, rng, lambda c: c.is_a("Conv2D", "Add") and not _normalized(model, c))
        added = layers.BatchNormalization, {}
        mistake = mistakes.EXTRA_BATCH_NORMALIZATION
    else:
        place = pick(model, rng, _is_large_map)
        added = layers.MaxPooling2D, {"pool_size": 2}
        mistake = mistakes.EXTRA_POOLING
    if place is None:
        return None
    new = model.insert(*added, place)
    new.config = {**new.kind.from_config(new.config).get_config(), "name": new.name}
    names = (new.name, *_equal_neighbours(model, [new]))
    return planted(mistake, names, "{} after {} is too much", new.name, place.name)


def _is_large_map(call: Call) -> bool:
    return len(call.shape) == 4 and smallest_side(call) > 7 and len(call.sources) == 1


def _bare(model: EditableModel, call: Call) -> bool:
    """Whether neither it nor what reads it activates, so that another activation changes something."""
    return function_of(call) is None and not any(
        function_of(reader) or reader.is_a("MaxPooling2D") for reader in model.readers(call)
    )


def _normalized(model: EditableModel, call: Call) -> bool:
    return any(reader.is_a("BatchNormalization") for reader in model.readers(call))


def head(model: EditableModel, rng: random.Random) -> Planted | None:
    """Global pooling instead of flattening, or flattening instead of global pooling."""
    call = pick(
        model,
        rng,
        lambda c: (
            c.is_a("Flatten", "GlobalAveragePooling2D") and max(n or 0 for n in c.sources[0].shape[1:3]) > 1
        ),
    )
    if call is None or not _before_dense(model, call):
        return None
    name, flat = call.name, call.is_a("Flatten")
    call.kind, call.config = (layers.GlobalAveragePooling2D if flat else layers.Flatten), {"name": name}
    if flat:
        sentence = "{}: global pooling, the reference flattens the map"
        return planted(mistakes.GLOBAL_POOLING_HEAD, [name], sentence, name)
    sentence = "{}: flattening, the reference has global average pooling"
    return planted(mistakes.FLATTENED_HEAD, [name], sentence, name)


def _before_dense(model: EditableModel, call: Call) -> bool:
    reader = only_reader(model, call)
    while reader is not None and reader.is_a("Dropout"):
        reader = only_reader(model, reader)
    return reader is not None and reader.is_a("Dense")
