"""What is written under a box: facts of a layer that have no letter, and in which the layers of a box differ.

A fact under one of the keys of `SAID` may differ from layer to layer: the box then lists the values. "words"
are the same for all layers of a box, and so is "own", what a class of a person's own adds.
"""

import inspect
import re
from collections.abc import Sequence
from typing import Any

from keras import Layer, layers

from keras_cnns import layer_kinds
from keras_cnns.diagram.fold.defining import LEFT_OUT
from keras_cnns.diagram.fold.sizes_in_calls import said_sizes
from keras_cnns.graph import Vertex
from keras_cnns.safe_text import LONGEST, shortened

Notes = dict[str, str]

# What a layer says that has no such fact, and how one value and several are said; None: one is not.
SAID: dict[str, tuple[str, str | None, str]] = {
    "units": ("", None, "units {}"),
    "groups": ("1", "{} groups", "{} groups"),
    "dilation": ("1", "dilation {}", "dilation {}"),
    "heads": ("", "{} heads", "{} heads"),
    "key size": ("", None, "key size {}"),
    "into": ("", None, "into {}"),
    "resized": ("", "{}", "{}"),
    "number": ("", "{}", "{}"),
}
# Of these, values that occur more than once are said once.
EACH_ONCE = {"units", "into", "resized", "number"}
# Notes in which the layers of a box may differ, because it says how.
DIFFERING = {*SAID, "called", "scaled", "first scaled", "from", "output", "reads of", "shared", "not there"}
MERGE_MODES = {"sum": ", summed", "mul": ", multiplied", "ave": ", averaged", None: ", apart"}


def notes_of(vertex: Vertex, operation: Any, kind: str) -> Notes:
    """Return what is to be said of a call of a layer that is drawn as a box of this kind.

    `operation` is the layer, or the one in it, if it is a wrapper.
    """
    found: Notes = {}
    words: list[str] = []
    if isinstance(operation, layers.Dense):
        found["units"] = str(operation.units)
    grouped = isinstance(operation, Layer) and getattr(operation, "groups", 1) != 1
    if grouped and not layer_kinds.is_depthwise(operation):
        found["groups"] = str(operation.groups)
    dilation = getattr(operation, "dilation_rate", 1)
    if kind in ("conv", "recurrent") and sizes(dilation) not in ("", "1"):
        found["dilation"] = sizes(dilation)
    if isinstance(operation, layer_kinds.ATTENTIONS):
        heads = getattr(operation, "num_heads", getattr(operation, "num_query_heads", None))
        found |= {"heads": str(heads), "key size": str(getattr(operation, "key_dim", ""))}
    if kind == "conv" and getattr(operation, "padding", None) == "causal":
        words.append("causal")
    if kind == "recurrent":
        words += _recurrence(operation)
    if (
        "UpSampling" in type(operation).__name__
        and getattr(operation, "interpolation", "nearest") != "nearest"
    ):
        words.append(operation.interpolation)
    if vertex.call.arguments.kwargs.get("use_causal_mask"):
        words.append("causal")
    if type(operation).__name__ == "Resize":
        words.append(str(operation.interpolation))
    found |= said_sizes(vertex, operation)
    if kind == "merge" and isinstance(getattr(operation, "axis", None), int):
        words += _axis(operation, len(vertex.shapes[0]))
    if kind == "merge" and isinstance(getattr(operation, "scale", None), (int, float)):
        found["scaled"] = "residual " + scaling(operation)
    return found | ({"words": ", ".join(words)} if words else {})


def of_wrapper(wrapper: Any) -> Notes:
    """Return how a layer applies the layer that it wraps."""
    if isinstance(wrapper, layers.TimeDistributed):
        words = "each step"
    elif isinstance(wrapper, layers.Bidirectional):
        words = "both directions" + MERGE_MODES.get(wrapper.merge_mode, "")
        forward, backward = type(wrapper.forward_layer).__name__, type(wrapper.backward_layer).__name__
        words += "" if forward == backward else f", backwards by {backward}"
    elif isinstance(wrapper, layers.SpectralNormalization):
        words = "spectral norm"
    else:
        words = f"in {shortened(type(wrapper).__name__)}"
    return {"words": words}


def of_own_class(operation: Any, kind: str) -> str:
    """Return what a class of a person's own has that others drawn like it have not, else its name.

    A class can say so itself, by an attribute `caption`.
    """
    caption = vars(type(operation)).get("caption")
    if isinstance(caption, str) and caption:
        return shortened(caption)
    if kind == "pool" and getattr(operation, "trainable_variables", None):
        return "trainable"
    init = vars(type(operation)).get("__init__")
    known = {"self", "args", "kwargs", "kernel_size", "pool_size", "activation", "use_bias", "data_format"}
    added = [key for key in inspect.signature(init).parameters if key not in known] if init else []
    added = [key for key in added if not LEFT_OUT.fullmatch(key)]
    if not added or len(added) > 2:
        return f"as {shortened(type(operation).__name__)}"
    return "by " + " and ".join(shortened(key.replace("_", " ")) for key in added)


def _recurrence(operation: Any) -> list[str]:
    words = ["backwards"] if getattr(operation, "go_backwards", False) else []
    cells = getattr(getattr(operation, "cell", None), "cells", ())
    words += [f"{len(cells)} cells"] if len(cells) > 1 else []
    return words if getattr(operation, "return_sequences", True) else [*words, "last step"]


def _axis(operation: Any, rank: int) -> list[str]:
    axis = operation.axis
    return [] if axis in (-1, rank - 1) else [f"axis {axis % rank}"]


def scaling(operation: Any) -> str:
    """Return what a layer that scales does in words: "scaled by 0.17", "×1/127.5 − 1"."""
    scale, offset = operation.scale, getattr(operation, "offset", 0)
    if not isinstance(scale, (int, float)) or not isinstance(offset, (int, float)):
        return "scaled by channel"
    if not offset:
        return f"scaled by {number(scale)}"
    sign = "+" if offset > 0 else "−"
    return f"×{number(scale)} {sign} {number(abs(offset))}"


def number(value: float) -> str:
    """A number in three digits; a part such as 1/255 as one, where these do not say it exactly."""
    short = f"{value:.3g}"
    part = 1 / value if value else 0
    if float(short) != value and abs(part) > 1 and abs(2 * part - round(2 * part)) < 1e-6:
        return f"1/{part:.6g}"
    return short


def in_few_digits(values: list[str]) -> list[str]:
    """The same with numbers in as few digits as still tell the values apart."""
    short = [re.sub(r"\d[\d.e+-]*", lambda found: number(float(found[0])), value) for value in values]
    return short if len({*short}) == len({*values}) else values


def coming_first(notes: Notes) -> Notes:
    """The notes of a layer that comes before the one whose box it is drawn with."""
    return {"first scaled" if key == "scaled" else key: words for key, words in notes.items()}


def combined(first: Notes, then: Notes) -> Notes:
    """The notes of two layers in one box; both are said of what is scaled twice."""
    both = {**first, **then}
    for key in ("scaled", "first scaled"):
        if first.get(key) and then.get(key):
            both[key] = f"{first[key]}, then {then[key]}"
    if first.get("words") and then.get("words"):
        both["words"] = ", ".join(dict.fromkeys([first["words"], then["words"]]))
    return both


def facts(several: Sequence[Notes]) -> list[str]:
    """Return what is written under the box of layers with these notes."""
    notes = []
    for key, (absent, one, more) in SAID.items():
        values = [each.get(key, absent) for each in several]
        values = in_few_digits(values) if key == "number" else values
        if len({*values}) > 1:
            notes.append(more.format(listed(list(dict.fromkeys(values)) if key in EACH_ONCE else values)))
        elif one and values[0] != absent:
            notes.append(one.format(values[0]))
    notes += dict.fromkeys(each["own"] for each in several if each.get("own"))
    words = dict.fromkeys(each["words"] for each in several if each.get("words"))
    notes += [line for one in words for line in in_lines("", one.split(", "), ", ")]
    notes += dict.fromkeys(each["differs"] for each in several if each.get("differs"))
    notes += [line for outputs in _read(several) for line in in_lines("reads", outputs.split(" and "))]
    notes += _given([each.get("gives", "") for each in several])
    for key, before in (("first scaled", "first "), ("scaled", "")):
        notes += [before + words for words in _scaled([each.get(key, "") for each in several])]
    notes += dict.fromkeys(line for each in several for line in each.get("takes", "").split("\n") if line)
    said = dict.fromkeys(each["from"] for each in several if "from" in each)
    notes += [line for places in said for line in in_lines("from", places.split("\n"), ", ")]
    notes += dict.fromkeys(each["row"] for each in several if "row" in each)
    notes += ["not used"] * any("not used" in each for each in several)
    notes += _shared([each["shared"] for each in several if "shared" in each])
    return notes + ["output"] * any("output" in each for each in several)


def _read(several: Sequence[Notes]) -> list[str]:
    """Which outputs boxes read; of layers that have other names in each, the first's with a sign."""
    found: dict[str, list[str]] = {}
    for each in several:
        if "reads" in each:
            found.setdefault(each["reads"], []).append(each.get("reads of", each["reads"]))
    return [named[0] if len({*named}) == 1 else _and_others(named) for named in found.values()]


def _and_others(named: list[str]) -> str:
    pairs = [[*dict.fromkeys(each)] for each in zip(*(one.split(" and ") for one in named))]
    return " and ".join(names[0] if len(names) == 1 else f"{names[0]} …" for names in pairs)


def _shared(calls: list[str]) -> list[str]:
    """That a layer is called more than once and, where words speak of one of its calls, which these are."""
    numbers = [call for call in calls if call]
    if not numbers:
        return ["shared"] * bool(calls)
    return ["shared", f"call{'s' * (len(numbers) > 1)} {' and '.join(numbers)}"]


def _given(outputs: list[str]) -> list[str]:
    """Which outputs of the model that it is in a layer gives; of several only the last may."""
    if any(outputs[:-1]) or not outputs[-1]:
        said = [line for output in outputs if output for line in in_lines("gives", output.split(" and "))]
        return list(dict.fromkeys(said))
    return in_lines("the last gives" if len(outputs) > 1 else "gives", outputs[-1].split(" and "))


def in_lines(verb: str, names: list[str], between: str = " and ") -> list[str]:
    """The names of what a box reads or gives in as many lines as it takes to cut none that is short."""
    lines: list[str] = []
    for name in names:
        if lines and len(lines[-1] + between + name) <= LONGEST:
            lines[-1] += between + name
        else:
            lines.append(f"{verb} {name}".strip())
    return lines


def _scaled(scales: list[str]) -> list[str]:
    """How outputs are scaled; the first or the last may be scaled otherwise, or not at all."""
    for odd, others, where in ((scales[-1], scales[:-1], "last"), (scales[0], scales[1:], "first")):
        if len({*others}) == 1 and others[0] != odd:
            if not others[0]:
                return [f"the {where} is {odd}"]
            return [f"{others[0]}, the {where} " + (_by(odd) if odd else "is not")]
    if not any(scales):
        return []
    values = [_by(scale).removeprefix("by ") or "1" for scale in scales]
    return [scales[0] if len({*scales}) == 1 else "scaled by " + listed(values)]


def _by(scale: str) -> str:
    """`scaled by 0.17` → "by 0.17"."""
    return scale[scale.index("by ") :] if "by " in scale else scale


def listed(values: list[str]) -> str:
    """All of a few values, of many the first two and the last."""
    return ", ".join(values) if len(values) < 5 else f"{values[0]}, {values[1]} … {values[-1]}"


def sizes(size: object) -> str:
    """`(3, 5)` → "3×5"; equal ones of a factor or a rate are one."""
    values = size if isinstance(size, (tuple, list)) else (size,)
    if not values or not all(isinstance(n, int) for n in values):
        return ""
    return str(values[0]) if len({*values}) == 1 else "×".join(map(str, values))
