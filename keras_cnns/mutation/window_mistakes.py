"""Mutations of convolutions and poolings; see `change`."""

from __future__ import annotations

import random

from keras import layers

from keras_cnns import mistakes
from keras_cnns.graph import depth_first
from keras_cnns.mutation.change import Planted, pick, planted, set_option, smallest_side
from keras_cnns.mutation.editable_model import Call, EditableModel
from keras_cnns.mutation.option_text import option_text

CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D")
WINDOWED = (*CONVOLUTIONS, "SeparableConv2D", "DepthwiseConv2D")
POOLINGS = {"MaxPooling2D": layers.AveragePooling2D, "AveragePooling2D": layers.MaxPooling2D}
TAKES = {True: "maximum", False: "mean"}
GLOBAL = {
    "GlobalMaxPooling2D": layers.GlobalAveragePooling2D,
    "GlobalAveragePooling2D": layers.GlobalMaxPooling2D,
}


def is_last(model: EditableModel, call: Call) -> bool:
    """Whether no layer with filters follows."""
    downstream = depth_first(model.readers(call), model.readers)
    return not any({"filters", "units", "depth_multiplier"} & other.config.keys() for other in downstream)


def filters(model: EditableModel, rng: random.Random) -> Planted | None:
    call = pick(
        model, rng, lambda c: ("filters" in c.config or "units" in c.config) and not is_last(model, c)
    )
    if call is None:
        return None
    key = "filters" if "filters" in call.config else "units"
    old = call.config[key]
    step = 2 * call.config.get("groups", 1)
    new = rng.choice([n for n in (old // 2, old * 2, old + step, old - step) if n > 0 and n != old])
    return set_option(call, mistakes.DIFFERENT_NUMBER_OF_FILTERS, key, new)


def kernel(model: EditableModel, rng: random.Random) -> Planted | None:
    call = pick(model, rng, lambda c: c.is_a(*WINDOWED))
    if call is None:
        return None
    old = call.config["kernel_size"]
    others = [size for size in (1, 3, 5, 7) if size != max(old)]
    if len(set(old)) > 1:
        new = tuple(n if n == 1 else rng.choice([3, 5]) if n == 7 else 7 if n == 3 else n + 2 for n in old)
    else:
        new = (rng.choice(others),) * len(old)
    mistake = mistakes.THREE_FOR_FIVE if (old, new) == ((5, 5), (3, 3)) else mistakes.DIFFERENT_KERNEL
    return set_option(call, mistake, "kernel_size", new)


def strides(model: EditableModel, rng: random.Random) -> Planted | None:
    call = pick(model, rng, lambda c: "strides" in c.config and c.sources and smallest_side(c) > 2)
    if call is None or set(call.config["strides"]) not in ({1}, {2}, {3}, {4}):
        return None
    old = call.config["strides"]
    new = (rng.choice([n for n in (1, 2, 3) if n != old[0]]),) * len(old)
    return set_option(call, mistakes.DIFFERENT_STRIDE, "strides", new)


def groups(model: EditableModel, rng: random.Random) -> Planted | None:
    grouped = [call for call in model.calls if call.config.get("groups", 1) > 1]
    if grouped and rng.random() < 0.7:
        call = rng.choice(grouped)
        new = rng.choice([1, call.config["groups"] // 2 or 1])
    else:
        chosen = pick(
            model, rng, lambda c: c.is_a(*CONVOLUTIONS) and c.config["groups"] == 1 and _even(c) and c.sources
        )
        if chosen is None:
            return None
        call, new = chosen, 2
    if call.config["groups"] == new:
        return None
    return set_option(
        call, mistakes.ONE_TOWER if new == 1 else mistakes.DIFFERENT_NUMBER_OF_GROUPS, "groups", new
    )


def _even(call: Call) -> bool:
    return call.config["filters"] % 2 == 0 and (call.sources[0].shape[-1] or 1) % 2 == 0


def padding(model: EditableModel, rng: random.Random) -> Planted | None:
    """From "same" to "valid" or back, where the window is larger than one and smaller than the map."""

    def fits(call: Call) -> bool:
        return call.config.get("padding") in ("same", "valid") and 1 < _length(call) <= _room(call)

    call = pick(model, rng, fits)
    if call is None:
        return None
    # Zero padding before the layer stays, and comes to the sum of both.
    new = "valid" if call.config["padding"] == "same" else "same"
    if sum(_same(call)) == 0:
        return None
    return set_option(call, mistakes.DIFFERENT_PADDING, "padding", new)


def _length(call: Call) -> int:
    return max(call.config.get("kernel_size") or call.config.get("pool_size") or (0,))


def _room(call: Call) -> int:
    return min(n or 99 for n in call.sources[0].shape[1:3])


def _same(call: Call) -> tuple[int, int]:
    """How much "same" adds before and after, on the first axis."""
    size = call.sources[0].shape[1] or 0
    length = (call.config.get("kernel_size") or call.config["pool_size"])[0]
    stride = call.config["strides"][0]
    total = max((-(-size // stride) - 1) * stride + length - size, 0)
    return total // 2, total - total // 2


def uneven_padding(model: EditableModel, rng: random.Random) -> Planted | None:
    """ "same" where the reference pads alike on every side, with a stride, so that values are shifted."""
    place = pick(model, rng, lambda c: c.is_a("ZeroPadding2D") and len(model.readers(c)) == 1)
    if place is None:
        return None
    call = model.readers(place)[0]
    if not call.is_a("Conv2D", "MaxPooling2D") or call.config["padding"] != "valid":
        return None
    before = tuple(tuple(pair) for pair in place.config["padding"])
    trial = Call(call.kind, call.config, place.sources, call.shape)
    if any(pair[0] == _same(trial)[0] for pair in before) or _room(trial) != trial.sources[0].shape[2]:
        return None
    model.remove(place)
    call.config["padding"] = "same"
    sentence = "{}: " + option_text("padding", "same", before)
    return planted(mistakes.UNEVEN_PADDING, [call.name], sentence, call.name)


def has_uneven_depthwise(model: EditableModel) -> bool:
    return any(call.is_a("DepthwiseConv2D") and _is_uneven(call) for call in model.calls)


def _is_uneven(call: Call) -> bool:
    """Whether "same" pads less before the map than after it."""
    if call.config.get("padding") != "same" or len(call.shape) != 4 or None in call.sources[0].shape[1:3]:
        return False
    if (
        set(call.config.get("dilation_rate", (1,))) != {1}
        or call.sources[0].shape[1] != call.sources[0].shape[2]
    ):
        return False
    before, after = _same(call)
    return before != after


def even_padding(model: EditableModel, rng: random.Random) -> Planted | None:
    """Zeros alike on every side, as torch pads, where "same" pads less before the map than after it."""
    call = pick(model, rng, lambda c: c.is_a("Conv2D", "DepthwiseConv2D") and _is_uneven(c))
    if call is None:
        return None
    pad = _length(call) // 2
    place = model.insert(layers.ZeroPadding2D, {"padding": pad}, call.sources[0])
    model.replace(place, place.sources[0], but=(call,))
    place.config = {**layers.ZeroPadding2D(pad).get_config(), "name": place.name}
    call.config["padding"] = "valid"
    sentence = "{}: " + option_text("padding", ((pad, pad), (pad, pad)), "same")
    return planted(mistakes.UNEVEN_PADDING, [call.name], sentence, call.name)


def pooling_kind(model: EditableModel, rng: random.Random) -> Planted | None:
    kinds = POOLINGS | GLOBAL
    call = pick(model, rng, lambda c: c.kind.__name__ in kinds and c.kind.__module__.startswith("keras."))
    if call is None:
        return None
    mistake = mistakes.AVERAGE_FOR_MAX if "Max" in call.kind.__name__ else mistakes.MAX_FOR_AVERAGE
    is_max, call.kind = "Max" in call.kind.__name__, kinds[call.kind.__name__]
    sentence = f"{{}}: it takes the {TAKES[not is_max]}, the reference the {TAKES[is_max]}"
    return planted(mistake, [call.name], sentence, call.name)


def pooling_window(model: EditableModel, rng: random.Random) -> Planted | None:
    call = pick(model, rng, lambda c: c.kind.__name__ in POOLINGS and _room(c) > 3)
    if call is None:
        return None
    old = call.config["pool_size"]
    new = (2, 2) if old[0] == 3 else (3, 3)
    return set_option(call, mistakes.DIFFERENT_POOLING_WINDOW, "pool_size", new)


def separable(model: EditableModel, rng: random.Random) -> Planted | None:
    call = pick(model, rng, lambda c: c.is_a("SeparableConv2D"))
    if call is None:
        return None
    keys = ("name", "filters", "kernel_size", "strides", "padding", "use_bias", "activation")
    call.kind, call.config = layers.Conv2D, {key: call.config[key] for key in keys}
    mistake = mistakes.FULL_CONVOLUTION
    return planted(
        mistake, [call.name], "{}: a full convolution, the reference has a separable one", call.name
    )
