"""Mutations of how layers are connected; see `change`."""

from __future__ import annotations

import random

from keras_cnns import mistakes
from keras_cnns.graph import depth_first
from keras_cnns.mutation.change import Planted, function_of, pick, planted
from keras_cnns.mutation.editable_model import Call, EditableModel


def only_reader(model: EditableModel, call: Call) -> Call | None:
    """The call that alone reads this one, which is no output."""
    readers = model.readers(call)
    return readers[0] if len(readers) == 1 and model.uses(call) == 1 else None


def shortcut_missing(model: EditableModel, rng: random.Random) -> Planted | None:
    call = pick(model, rng, lambda c: c.is_a("Add") and len(c.sources) == 2)
    if call is None:
        return None
    model.replace(call, longest_branch(call.sources))
    dead = drop_unread(model)
    sentence = "the shortcut is missing: {} is not there"
    return planted(mistakes.SHORTCUT, [c.name for c in dead], sentence, call.name)


def drop_unread(model: EditableModel) -> list[Call]:
    """Take out, and return, what no output depends on."""
    alive = {id(call) for call in model.in_order()}
    dead = [call for call in model.calls if id(call) not in alive]
    model.calls = [call for call in model.calls if id(call) in alive]
    return dead


def longest_branch(branches: list[Call]) -> Call:
    """Return the branch with the most layers between the inputs and its end."""
    depth: dict[int, int] = {}
    for call in depth_first(branches, lambda one: one.sources):
        depth[id(call)] = 1 + max((depth[id(source)] for source in call.sources), default=0)
    return max(branches, key=lambda branch: depth[id(branch)])


def shortcut_elsewhere(model: EditableModel, rng: random.Random) -> Planted | None:
    """A sum reads a map of the same shape from another place before it."""
    call = pick(model, rng, lambda c: c.is_a("Add") and len(c.sources) == 2)
    if call is None:
        return None
    before = model.calls[: model.calls.index(call)]
    fits = [c for c in before if c.shape == call.shape and not any(c is source for source in call.sources)]
    # Right before or after a source the map may differ by one layer only: that is another mistake.
    fits = [c for c in fits if not any(c in source.sources or source in c.sources for source in call.sources)]
    if not fits:
        return None
    place = rng.randrange(2)
    old, new = call.sources[place], rng.choice(fits)
    call.sources[place] = new
    gone = tuple(c.name for c in drop_unread(model))
    sentence = "{} reads {} in place of {}"
    return planted(mistakes.SHORTCUT, (call.name, *gone), sentence, call.name, new.name, old.name)


def activation_before_addition(model: EditableModel, rng: random.Random) -> Planted | None:
    """The activation of a sum is put on the branch, before it."""

    def fits(call: Call) -> bool:
        if (
            function_of(call) is None
            or not call.is_a("ReLU", "Activation")
            or not call.sources[0].is_a("Add")
        ):
            return False
        return only_reader(model, call.sources[0]) is call

    call = pick(model, rng, fits)
    if call is None:
        return None
    total = call.sources[0]
    branch = longest_branch(total.sources)
    model.replace(call, total)
    total.sources = [call if source is branch else source for source in total.sources]
    call.sources = [branch]
    sentence = "{} comes before {}, in the reference after it"
    return planted(mistakes.RELU_BEFORE_ADDITION, [call.name], sentence, call.name, total.name)


def normalization_swapped(model: EditableModel, rng: random.Random) -> Planted | None:
    """The activation comes before the batch normalization."""

    def fits(call: Call) -> bool:
        reader = only_reader(model, call) if call.is_a("BatchNormalization") else None
        return reader is not None and reader.is_a("ReLU", "Activation")

    call = pick(model, rng, fits)
    if call is None:
        return None
    function = model.readers(call)[0]
    swap(model, call, function)
    mistake = mistakes.ACTIVATION_AND_NORMALIZATION_SWAPPED
    names = (call.name, function.name)
    return planted(mistake, names, "{1} comes before {0}, in the reference after it", *names)


def swap(model: EditableModel, first: Call, last: Call) -> None:
    """Move a call behind another that follows it in a line."""
    start, after = first.sources[0], model.readers(first)[0]
    model.replace(last, first)
    after.sources = [start if source is first else source for source in after.sources]
    first.sources = [last]


def projection_before_pooling(model: EditableModel, rng: random.Random) -> Planted | None:
    """The convolution of a pooling tower, and its activation, come first."""

    def fits(call: Call) -> bool:
        if not call.is_a("MaxPooling2D", "AveragePooling2D") or set(call.config["strides"]) != {1}:
            return False
        reader = only_reader(model, call)
        return reader is not None and reader.is_a("Conv2D")

    call = pick(model, rng, fits)
    if call is None:
        return None
    last = model.readers(call)[0]
    while function_of(last) is None:
        reader = only_reader(model, last)
        if reader is None or not reader.is_a("BatchNormalization", "ReLU", "Activation"):
            return None
        last = reader
    swap(model, call, last)
    sentence = "{} comes after {}, in the reference before it"
    return planted(mistakes.PROJECTION_BEFORE_POOLING, [call.name], sentence, call.name, last.name)


# What treats every channel alike, and what reads all channels with weights of its own.
CHANNELWISE: tuple[str, ...] = (
    "Activation",
    "ReLU",
    "BatchNormalization",
    "Dropout",
    "MaxPooling2D",
    "AveragePooling2D",
)
CHANNELWISE += ("GlobalAveragePooling2D", "GlobalMaxPooling2D", "ZeroPadding2D", "Flatten", "Concatenate")


def order_counts(model: EditableModel, join: Call) -> bool:
    """Whether another order of the towers is another function, and not only one with its weights permuted."""
    waiting = [join]
    for call in waiting:
        readers = model.readers(call)
        if model.uses(call) != len(readers):  # it is an output
            return True
        for reader in readers:
            if reader.is_a(*CHANNELWISE) and function_of(reader) != "softmax":
                waiting += [reader] if reader not in waiting else []
            elif not reader.is_a("Dense", "Conv2D") or reader.config.get("groups", 1) != 1:
                return True
    return False


def towers_swapped(model: EditableModel, rng: random.Random) -> Planted | None:
    def fits(call: Call) -> bool:
        several = call.is_a("Concatenate") and len({source.shape for source in call.sources}) > 1
        return several and order_counts(model, call)

    call = pick(model, rng, fits)
    if call is None:
        return None
    first, second = rng.sample(range(len(call.sources)), 2)
    if call.sources[first].shape == call.sources[second].shape:
        return None
    call.sources[first], call.sources[second] = call.sources[second], call.sources[first]
    sentence = f"{{}}: towers {first + 1} and {second + 1} are swapped"
    return planted(mistakes.TOWERS_IN_DIFFERENT_ORDER, [call.name], sentence, call.name)


def tower_missing(model: EditableModel, rng: random.Random) -> Planted | None:
    call = pick(model, rng, lambda c: c.is_a("Concatenate") and len(c.sources) > 2)
    if call is None:
        return None
    gone = call.sources.pop(rng.randrange(len(call.sources)))
    if model.uses(gone):
        return None
    dead = [gone]
    while len(dead[-1].sources) == 1 and model.uses(dead[-1].sources[0]) == 1:
        dead.append(dead[-1].sources[0])
    return planted(mistakes.TOWER_MISSING, [c.name for c in dead], "{}: a tower is missing", call.name)


def stride_moved(model: EditableModel, rng: random.Random) -> Planted | None:
    """The stride of a block sits on the convolution before or after the one that should have it."""

    def fits(call: Call) -> bool:
        return call.is_a("Conv2D") and call.config["strides"] != (1, 1) and len(model.calls) > 20

    call = pick(model, rng, fits)
    if call is None:
        return None
    near = [other for other in (_next(model, call), _previous(model, call)) if other]
    near = [c for c in near if c.config["strides"] == (1, 1)]
    if not near:
        return None
    other = rng.choice(near)
    other.config["strides"], call.config["strides"] = call.config["strides"], other.config["strides"]
    names = (call.name, other.name)
    sizes = [tuple(one.config["kernel_size"]) for one in (call, other)]
    mistake = mistakes.STRIDE_IN_THE_3X3 if sizes == [(1, 1), (3, 3)] else mistakes.STRIDE_ELSEWHERE
    return planted(mistake, names, "the stride of {} is on {}", *names)


def _next(model: EditableModel, call: Call) -> Call | None:
    reader = only_reader(model, call)
    while reader is not None and reader.is_a("BatchNormalization", "ReLU", "Activation"):
        reader = only_reader(model, reader)
    return reader if reader is not None and reader.is_a("Conv2D") else None


def _previous(model: EditableModel, call: Call) -> Call | None:
    source = call.sources[0]
    while source.is_a("BatchNormalization", "ReLU", "Activation") and model.uses(source) == 1:
        source = source.sources[0]
    return source if source.is_a("Conv2D") and model.uses(source) == 1 else None
