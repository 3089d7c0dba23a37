"""Plausible mistakes in convolutions and poolings; see `mutations`."""

from __future__ import annotations

import random

from keras import layers

from keras_cnns.mutation.editable_model import Call, Plan
from keras_cnns.mutation.layer_mistakes import Change, chosen, put

CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D")


WINDOWED = (*CONVOLUTIONS, "SeparableConv2D", "DepthwiseConv2D")


POOLINGS = {"MaxPooling2D": layers.AveragePooling2D, "AveragePooling2D": layers.MaxPooling2D}


GLOBAL = {
    "GlobalMaxPooling2D": layers.GlobalAveragePooling2D,
    "GlobalAveragePooling2D": layers.GlobalMaxPooling2D,
}


def is_last(plan: Plan, call: Call) -> bool:
    """Whether no layer with filters follows."""
    ahead, seen = plan.readers(call), set()
    while ahead:
        other = ahead.pop()
        if id(other) in seen:
            continue
        seen.add(id(other))
        if "filters" in other.config or "units" in other.config or "depth_multiplier" in other.config:
            return False
        ahead += plan.readers(other)
    return True


def filters(plan: Plan, rng: random.Random) -> Change | None:
    call = chosen(
        plan, rng, lambda c: ("filters" in c.config or "units" in c.config) and not is_last(plan, c)
    )
    if call is None:
        return None
    key = "filters" if "filters" in call.config else "units"
    old = call.config[key]
    step = 2 * call.config.get("groups", 1)
    new = rng.choice([n for n in (old // 2, old * 2, old + step, old - step) if n > 0 and n != old])
    return put(call, "other number of filters", key, new)


def kernel(plan: Plan, rng: random.Random) -> Change | None:
    call = chosen(plan, rng, lambda c: c.is_a(*WINDOWED))
    if call is None:
        return None
    old = call.config["kernel_size"]
    others = [size for size in (1, 3, 5, 7) if size != max(old)]
    if len(set(old)) > 1:
        new = tuple(n if n == 1 else rng.choice([3, 5]) if n == 7 else 7 if n == 3 else n + 2 for n in old)
    else:
        new = (rng.choice(others),) * len(old)
    mistake = "3×3 for 5×5" if (old, new) == ((5, 5), (3, 3)) else "other kernel"
    return put(call, mistake, "kernel_size", new)


def strides(plan: Plan, rng: random.Random) -> Change | None:
    call = chosen(plan, rng, lambda c: "strides" in c.config and c.sources and min(c.shape[1:3]) > 2)
    if call is None or set(call.config["strides"]) not in ({1}, {2}, {3}, {4}):
        return None
    old = call.config["strides"]
    new = (rng.choice([n for n in (1, 2, 3) if n != old[0]]),) * len(old)
    return put(call, "other stride", "strides", new)


def groups(plan: Plan, rng: random.Random) -> Change | None:
    grouped = [call for call in plan.calls if call.config.get("groups", 1) > 1]
    if grouped and rng.random() < 0.7:
        call = rng.choice(grouped)
        new = rng.choice([1, call.config["groups"] // 2 or 1])
    else:
        call = chosen(
            plan, rng, lambda c: c.is_a(*CONVOLUTIONS) and c.config["groups"] == 1 and _even(c) and c.sources
        )
        new = 2
    if call is None or call.config["groups"] == new:
        return None
    return put(call, "one tower" if new == 1 else "other number of groups", "groups", new)


def _even(call: Call) -> bool:
    return call.config["filters"] % 2 == 0 and call.sources[0].shape[-1] % 2 == 0


def padding(plan: Plan, rng: random.Random) -> Change | None:
    """From "same" to "valid" or back, where the window is larger than one and smaller than the map."""

    def fits(call: Call) -> bool:
        return call.config.get("padding") in ("same", "valid") and 1 < _length(call) <= _room(call)

    call = chosen(plan, rng, fits)
    if call is None:
        return None
    # Zero padding before the layer stays, and comes to the sum of both.
    new = "valid" if call.config["padding"] == "same" else "same"
    if new == "same" and sum(_same(call)) == 0:
        return None
    if new == "valid" and sum(_same(call)) == 0:
        return None
    return put(call, "other padding", "padding", new)


def _length(call: Call) -> int:
    return max(call.config.get("kernel_size") or call.config.get("pool_size") or (0,))


def _room(call: Call) -> int:
    return min(n or 99 for n in call.sources[0].shape[1:3])


def _same(call: Call) -> tuple[int, int]:
    """How much "same" adds before and after, on the first axis."""
    size = call.sources[0].shape[1] or 0
    length = (call.config.get("kernel_size") or call.config.get("pool_size"))[0]
    stride = call.config["strides"][0]
    total = max((-(-size // stride) - 1) * stride + length - size, 0)
    return total // 2, total - total // 2


def lopsided(plan: Plan, rng: random.Random) -> Change | None:
    """ "same" where the reference pads alike on every side, with a stride, so that values are shifted."""
    place = chosen(plan, rng, lambda c: c.is_a("ZeroPadding2D") and len(plan.readers(c)) == 1)
    if place is None:
        return None
    call = plan.readers(place)[0]
    if not call.is_a("Conv2D", "MaxPooling2D") or call.config["padding"] != "valid":
        return None
    before = tuple(tuple(pair) for pair in place.config["padding"])
    trial = Call(call.kind, call.config, place.sources, call.shape)
    if any(pair[0] == _same(trial)[0] for pair in before) or _room(trial) != trial.sources[0].shape[2]:
        return None
    plan.remove(place)
    call.config["padding"] = "same"
    return Change("other padding", (call.name,), f'{call.name}: padding "same" in place of {before}')


def pooling_kind(plan: Plan, rng: random.Random) -> Change | None:
    kinds = POOLINGS | GLOBAL
    call = chosen(plan, rng, lambda c: c.kind.__name__ in kinds and c.kind.__module__.startswith("keras."))
    if call is None:
        return None
    mistake = "average for max-pooling" if "Max" in call.kind.__name__ else "max for average pooling"
    old, call.kind = call.kind.__name__, kinds[call.kind.__name__]
    return Change(mistake, (call.name,), f"{call.name}: {call.kind.__name__} in place of {old}")


def pooling_window(plan: Plan, rng: random.Random) -> Change | None:
    call = chosen(plan, rng, lambda c: c.kind.__name__ in POOLINGS and _room(c) > 3)
    if call is None:
        return None
    old = call.config["pool_size"]
    new = (2, 2) if old[0] == 3 else (3, 3)
    return put(call, "other pooling window", "pool_size", new)


def separable(plan: Plan, rng: random.Random) -> Change | None:
    call = chosen(plan, rng, lambda c: c.is_a("SeparableConv2D"))
    if call is None:
        return None
    keys = ("name", "filters", "kernel_size", "strides", "padding", "use_bias", "activation")
    call.kind, call.config = layers.Conv2D, {key: call.config[key] for key in keys}
    mistake = "full convolution for a separable one"
    return Change(mistake, (call.name,), f"{call.name}: Conv2D in place of SeparableConv2D")
