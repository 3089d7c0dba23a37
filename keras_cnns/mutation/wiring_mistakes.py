"""Plausible mistakes in how layers are put together; see `mutations`."""

from __future__ import annotations

import random

from keras_cnns.mutation.editable_model import Call, Plan
from keras_cnns.mutation.layer_mistakes import Change, chosen, function_of

MERGES = ("Add", "Concatenate", "Multiply", "Average", "Maximum")


def only_reader(plan: Plan, call: Call) -> Call | None:
    """The call that alone reads this one, which is no output."""
    readers = plan.readers(call)
    return readers[0] if len(readers) == 1 and plan.uses(call) == 1 else None


def shortcut_missing(plan: Plan, rng: random.Random) -> Change | None:
    call = chosen(plan, rng, lambda c: c.is_a("Add") and len(c.sources) == 2)
    if call is None:
        return None
    plan.replace(call, longest(call.sources))
    dead = drop_unread(plan)
    return Change("shortcut", tuple(c.name for c in dead), f"{call.name}: nothing is added")


def drop_unread(plan: Plan) -> list[Call]:
    """Take out, and return, what no output depends on."""
    alive = {id(call) for call in plan.sorted()}
    dead = [call for call in plan.calls if id(call) not in alive]
    plan.calls = [call for call in plan.calls if id(call) in alive]
    return dead


def longest(branches: list[Call]) -> Call:
    """The branch with the most layers between the inputs and its end."""
    depth: dict[int, int] = {}
    ahead = list(branches)
    while ahead:
        call = ahead[-1]
        missing = [source for source in call.sources if id(source) not in depth]
        if missing:
            ahead += missing
        else:
            ahead.pop()
            depth[id(call)] = 1 + max((depth[id(source)] for source in call.sources), default=0)
    return max(branches, key=lambda branch: depth[id(branch)])


def shortcut_elsewhere(plan: Plan, rng: random.Random) -> Change | None:
    """A sum reads a map of the same shape from another place before it."""
    call = chosen(plan, rng, lambda c: c.is_a("Add") and len(c.sources) == 2)
    if call is None:
        return None
    before = plan.calls[: plan.calls.index(call)]
    fits = [c for c in before if c.shape == call.shape and not any(c is source for source in call.sources)]
    # What stands right before or after a source may be the same but for a layer: that is another mistake.
    fits = [c for c in fits if not any(c in source.sources or source in c.sources for source in call.sources)]
    if not fits:
        return None
    place = rng.randrange(2)
    old, new = call.sources[place], rng.choice(fits)
    call.sources[place] = new
    gone = tuple(c.name for c in drop_unread(plan))
    return Change("shortcut", (call.name, *gone), f"{call.name} reads {new.name} in place of {old.name}")


def activation_before_addition(plan: Plan, rng: random.Random) -> Change | None:
    """The activation of a sum is put on the branch, before it."""

    def fits(call: Call) -> bool:
        if (
            function_of(call) is None
            or not call.is_a("ReLU", "Activation")
            or not call.sources[0].is_a("Add")
        ):
            return False
        return only_reader(plan, call.sources[0]) is call

    call = chosen(plan, rng, fits)
    if call is None:
        return None
    total = call.sources[0]
    branch = longest(total.sources)
    plan.replace(call, total)
    total.sources = [call if source is branch else source for source in total.sources]
    call.sources = [branch]
    return Change("ReLU before the addition", (call.name,), f"{call.name} stands before {total.name}")


def normalization_swapped(plan: Plan, rng: random.Random) -> Change | None:
    """The activation comes before the batch normalization."""

    def fits(call: Call) -> bool:
        reader = call.is_a("BatchNormalization") and only_reader(plan, call)
        return bool(reader) and reader.is_a("ReLU", "Activation")

    call = chosen(plan, rng, fits)
    if call is None:
        return None
    function = plan.readers(call)[0]
    swap(plan, call, function)
    mistake = "activation and batch normalization swapped"
    return Change(mistake, (call.name, function.name), f"{function.name} stands before {call.name}")


def swap(plan: Plan, first: Call, last: Call) -> None:
    """Move a call behind another that follows it in a line."""
    start, after = first.sources[0], plan.readers(first)[0]
    plan.replace(last, first)
    after.sources = [start if source is first else source for source in after.sources]
    first.sources = [last]


def projection_before_pooling(plan: Plan, rng: random.Random) -> Change | None:
    """The convolution of a pooling tower, and its activation, come first."""

    def fits(call: Call) -> bool:
        if not call.is_a("MaxPooling2D", "AveragePooling2D") or set(call.config["strides"]) != {1}:
            return False
        reader = only_reader(plan, call)
        return bool(reader) and reader.is_a("Conv2D")

    call = chosen(plan, rng, fits)
    if call is None:
        return None
    last = plan.readers(call)[0]
    while function_of(last) is None:
        reader = only_reader(plan, last)
        if reader is None or not reader.is_a("BatchNormalization", "ReLU", "Activation"):
            return None
        last = reader
    swap(plan, call, last)
    return Change("projection before the pooling", (call.name,), f"{call.name} stands after {last.name}")


def towers_swapped(plan: Plan, rng: random.Random) -> Change | None:
    call = chosen(plan, rng, lambda c: c.is_a("Concatenate") and len({s.shape for s in c.sources}) > 1)
    if call is None:
        return None
    first, second = rng.sample(range(len(call.sources)), 2)
    if call.sources[first].shape == call.sources[second].shape:
        return None
    call.sources[first], call.sources[second] = call.sources[second], call.sources[first]
    return Change(
        "towers in another order", (call.name,), f"{call.name}: towers {first} and {second} swapped"
    )


def tower_missing(plan: Plan, rng: random.Random) -> Change | None:
    call = chosen(plan, rng, lambda c: c.is_a("Concatenate") and len(c.sources) > 2)
    if call is None:
        return None
    gone = call.sources.pop(rng.randrange(len(call.sources)))
    if plan.uses(gone):
        return None
    dead = [gone]
    while len(dead[-1].sources) == 1 and plan.uses(dead[-1].sources[0]) == 1:
        dead.append(dead[-1].sources[0])
    return Change("tower missing", tuple(c.name for c in dead), f"{call.name}: a tower is missing")


def stride_moved(plan: Plan, rng: random.Random) -> Change | None:
    """The stride of a block sits on the convolution before or after the one that should have it."""

    def fits(call: Call) -> bool:
        return call.is_a("Conv2D") and call.config["strides"] != (1, 1) and len(plan.calls) > 20

    call = chosen(plan, rng, fits)
    if call is None:
        return None
    near = [other for other in (_next(plan, call), _previous(plan, call)) if other]
    near = [c for c in near if c.config["strides"] == (1, 1)]
    if not near:
        return None
    other = rng.choice(near)
    other.config["strides"], call.config["strides"] = call.config["strides"], other.config["strides"]
    said = f"the stride of {call.name} is on {other.name}"
    return Change("stride in the 3×3", (call.name, other.name), said)


def _next(plan: Plan, call: Call) -> Call | None:
    reader = only_reader(plan, call)
    while reader is not None and reader.is_a("BatchNormalization", "ReLU", "Activation"):
        reader = only_reader(plan, reader)
    return reader if reader is not None and reader.is_a("Conv2D") else None


def _previous(plan: Plan, call: Call) -> Call | None:
    source = call.sources[0]
    while source.is_a("BatchNormalization", "ReLU", "Activation") and plan.uses(source) == 1:
        source = source.sources[0]
    return source if source.is_a("Conv2D") and plan.uses(source) == 1 else None
