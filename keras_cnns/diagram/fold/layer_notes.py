"""What is to be written under a box: facts of a layer without a letter. `note_words` says how they read."""

import inspect
from typing import Any

from keras import Layer, layers

from keras_cnns import layer_kinds
from keras_cnns.diagram.fold.defining import LEFT_OUT
from keras_cnns.diagram.fold.note_words import Notes, number
from keras_cnns.diagram.fold.sizes_in_calls import said_sizes
from keras_cnns.graph import Vertex
from keras_cnns.safe_text import shortened

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


def sizes(size: object) -> str:
    """`(3, 5)` → "3×5"; equal ones of a factor or a rate are one."""
    values = size if isinstance(size, (tuple, list)) else (size,)
    if not values or not all(isinstance(n, int) for n in values):
        return ""
    return str(values[0]) if len({*values}) == 1 else "×".join(map(str, values))
