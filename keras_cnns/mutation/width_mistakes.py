"""Mutations of one number that decides many widths: growth rate, compression, expansion; see `change`."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

from keras_cnns import mistakes
from keras_cnns.mutation.change import Planted, planted
from keras_cnns.mutation.editable_model import Call, EditableModel
from keras_cnns.mutation.gate_mistakes import gates

SIMPLE = ("BatchNormalization", "LayerNormalization", "Activation", "ReLU", "Dropout", "ZeroPadding2D")
MOST_CONVOLUTIONS = 2
FEWEST_LAYERS = 3
SHARES = (1.0, 0.75, 0.5, 0.25)
FACTORS = (2, 3, 4, 6, 8)


@dataclass(eq=False, slots=True)
class Dense:
    """Dense blocks: the convolutions that add maps, those before them, and the 1x1 of the transitions."""

    rate: int
    growing: list[Call]
    widened: list[Call]
    transitions: list[Call]


def maps(call: Call) -> int:
    """How many maps a call gives, from the numbers of filters as they are now."""
    while not call.is_a("Conv2D", "Dense", "Concatenate") and call.sources:
        call = call.sources[0]
    if call.is_a("Concatenate"):
        return sum(map(maps, call.sources))
    return call.config.get("filters") or call.config.get("units") or call.shape[-1] or 0


def dense(model: EditableModel) -> Dense | None:
    """Return the dense blocks, if there are any and all their layers add equally many maps."""
    growing: list[Call] = []
    widened: list[Call] = []
    joins: list[Call] = []
    for join in model.calls:
        if join.is_a("Concatenate") and len(join.sources) == 2:
            lines = [_layer(*way) for way in (join.sources, join.sources[::-1])]
            line = lines[0] or lines[1]
            if line:
                growing.append(line[-1])
                widened += line[:-1]
                joins.append(join)
    rates = {call.config["filters"] for call in growing}
    if len(rates) != 1 or len(joins) < FEWEST_LAYERS:
        return None
    return Dense(rates.pop(), growing, widened, _transitions(model, joins, [*growing, *widened]))


def _layer(start: Call, end: Call) -> list[Call]:
    """The convolutions between two calls, if there is nothing else but what keeps the number of maps."""
    line: list[Call] = []
    while end is not start:
        if not end.is_a("Conv2D", *SIMPLE):
            return []
        if end.is_a("Conv2D"):
            line.insert(0, end)
        end = end.sources[0]
    return line if len(line) <= MOST_CONVOLUTIONS else []


def _transitions(model: EditableModel, joins: list[Call], others: list[Call]) -> list[Call]:
    """The 1x1 convolutions that read what a block has joined, and are pooled."""
    found = []
    for call in model.calls:
        if not call.is_a("Conv2D") or any(call is other for other in others):
            continue
        after = model.readers(call)
        while len(after) == 1 and after[0].is_a(*SIMPLE):
            after = model.readers(after[0])
        is_pooled = len(after) == 1 and after[0].is_a("AveragePooling2D", "MaxPooling2D")
        if is_pooled and any(_simple_start(call.sources[0]) is join for join in joins):
            found.append(call)
    return found


def _simple_start(call: Call) -> Call:
    while call.is_a(*SIMPLE):
        call = call.sources[0]
    return call


def has_dense_blocks(model: EditableModel) -> bool:
    return dense(model) is not None


def growth_rate(model: EditableModel, rng: random.Random) -> Planted | None:
    """Every layer of the dense blocks adds another number of maps; a multiple or a share of it stays one."""
    blocks = dense(model)
    if blocks is None:
        return None
    old = blocks.rate
    new = rng.choice(
        [rate for rate in (old // 2, 3 * old // 4, 3 * old // 2, 2 * old) if rate not in (0, old)]
    )
    shares = [call.config["filters"] / maps(call.sources[0]) for call in blocks.transitions]
    for call in blocks.growing:
        call.config["filters"] = new
    for call in blocks.widened:
        if call.config["filters"] % old == 0:
            call.config["filters"] = call.config["filters"] // old * new
    for call, share in zip(blocks.transitions, shares):
        call.config["filters"] = int(share * maps(call.sources[0]))
    sentence = f"{{}} and {len(blocks.growing) - 1} more: growth rate {new}, the reference has {old}"
    names = [call.name for call in blocks.growing]
    return planted(mistakes.GROWTH_RATE, names, sentence, names[0])


def has_transitions(model: EditableModel) -> bool:
    blocks = dense(model)
    return blocks is not None and bool(blocks.transitions)


def compression(model: EditableModel, rng: random.Random) -> Planted | None:
    """Every transition keeps another share of the maps that it reads."""
    blocks = dense(model)
    if blocks is None or not blocks.transitions:
        return None
    first = blocks.transitions[0]
    old = first.config["filters"] / maps(first.sources[0])
    # No compression at all is what people make oftener.
    new = rng.choice([share for share in (1.0, *SHARES) if abs(share - old) > 0.1])
    for call in blocks.transitions:
        call.config["filters"] = int(new * maps(call.sources[0]))
    names = [call.name for call in blocks.transitions]
    sentence = f"{{}} and all transitions keep {new:g} of their maps, in the reference {old:.3g}"
    return planted(mistakes.COMPRESSION, names, sentence, names[0])


def has_expansions(model: EditableModel) -> bool:
    return len(_expansions(model)[1]) > 1


def expansion(model: EditableModel, rng: random.Random) -> Planted | None:
    """Inverted blocks widen their input by another factor."""
    old, found = _expansions(model)
    if len(found) < 2:
        return None
    new = rng.choice([factor for factor in FACTORS if factor != old])
    for call in found:
        filters = "units" if call.is_a("Dense") else "filters"
        call.config[filters] = new * maps(call.sources[0])
    for gate in gates(model):
        last = [call for call in gate.inside if call.is_a("Dense", "Conv2D")][-1]
        last.config["units" if last.is_a("Dense") else "filters"] = maps(gate.gated)
    names = [call.name for call in found]
    sentence = f"{{}} and {len(names) - 1} more: expansion {new}, the reference has {old}"
    return planted(mistakes.EXPANSION, names, sentence, names[0])


def _expansions(model: EditableModel) -> tuple[int, list[Call]]:
    """The factor by which most inverted blocks widen what they read, and the layers that do it."""
    products = {id(gate.gated): gate.product for gate in gates(model)}
    found: list[tuple[int, Call]] = []
    for call in model.calls:
        if not _is_pointwise(call):
            continue
        end = _next_layer(model, call, products)
        if end is not None and end.is_a("DepthwiseConv2D"):
            end = _next_layer(model, end, products)
        elif not _simple_start(call.sources[0]).is_a("DepthwiseConv2D"):
            continue
        factor, rest = divmod(maps(call), maps(call.sources[0]) or 1)
        if end is not None and _is_pointwise(end) and maps(end) < maps(call) and factor > 1 and not rest:
            found.append((factor, call))
    ((factor, _),) = Counter(factor for factor, _ in found).most_common(1) or [(1, 0)]
    return factor, [call for one, call in found if one == factor]


def _is_pointwise(call: Call) -> bool:
    return call.is_a("Dense") or (call.is_a("Conv2D") and set(call.config["kernel_size"]) == {1})


def _next_layer(model: EditableModel, call: Call, products: dict[int, Call]) -> Call | None:
    """The call that reads a call through what keeps the number of maps; a gate is passed by."""
    while True:
        readers = model.readers(call)
        if id(call) in products:
            call = products[id(call)]
        elif len(readers) == 1 and readers[0].is_a(*SIMPLE):
            (call,) = readers
        else:
            return readers[0] if len(readers) == 1 else None
