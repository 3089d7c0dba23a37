"""How nodes, attributes and values are written in a report."""

from __future__ import annotations

import re
from typing import Any

from keras_cnns.comparison.canonical.canonical_graph import Attributes, CanonicalNode, Step
from keras_cnns.layer_kinds import activation_title

# A longer value is the configuration of something, not a value.
LONGEST_VALUE = 40
ATTRIBUTE_TITLES = {
    "in_shape": "input shape",
    "function": "activation",
    "statistic": "kind of pooling",
    "scale": "gamma",
    "center": "beta",
    "n_classes": "number of classes",
}


def describe(node: CanonicalNode) -> str:
    """Return what a node is, as its layer is written: "convolution 3×3, 64 filters, strides 2"."""
    return describe_step(node.original)


def describe_step(step: Step) -> str:
    """Return what is computed: "convolution 3×3, 64 filters, strides 2"."""
    kind, attributes = step
    if kind == "activation":
        return activation_text(attributes)
    if kind == "pooling":
        return _describe_pooling(attributes)
    if kind in ("convolution", "depthwise convolution"):
        return _describe_convolution(kind, attributes)
    if kind == "dense":
        return f"dense {attributes['filters']}"
    if kind == "rescaling":
        return f"scaling by {value_text(attributes['scale'])}"
    if kind == "zero padding":
        return f"zero padding {value_text(attributes['padding'])}"
    if kind == "dropout":
        return f"dropout {attributes['rate']}"
    return kind


def activation_text(attributes: Attributes) -> str:
    """Return an activation with the constants that stretch it: "ReLU", "1.7159 tanh(0.66667 a)"."""
    name, scale, slope = (attributes.get(key) for key in ("function", "scale", "slope"))
    if scale is None and slope is None:
        return value_text(name)
    inside = "a" if slope is None else f"{slope:.5g} a"
    return f"{value_text(name)}({inside})" if scale is None else f"{scale:.5g} {value_text(name)}({inside})"


def _describe_pooling(attributes: Attributes) -> str:
    if attributes["window"] == "whole map":
        return f"global {attributes['statistic']} pooling"
    return f"{attributes['statistic']}-pooling {value_text(attributes['window'])}{_strides(attributes)}"


def _describe_convolution(kind: str, attributes: Attributes) -> str:
    text = f"{kind} {value_text(attributes['kernel'])}"
    if "filters" in attributes:
        text += f", {attributes['filters']} filters"
    if attributes.get("groups", 1) != 1:
        text += f", {attributes['groups']} groups"
    return text + _strides(attributes)


def _strides(attributes: Attributes) -> str:
    strides = attributes.get("strides", ())
    if set(strides) <= {1}:
        return ""
    return f", strides {strides[0] if len(set(strides)) == 1 else value_text(strides)}"


def value_text(value: Any) -> str:
    """Return the value of an attribute as text: 3×3 for a window, yes or no, numbers as they are."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _slice_text(value) or activation_title(value)
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, tuple) and value:
        if all(isinstance(n, (int, type(None))) for n in value):
            return "×".join("?" if n is None else str(n) for n in value)
        if all(isinstance(pair, tuple) and len(pair) == 2 for pair in value):
            return padding_text(value)
        if all(isinstance(part, str) and _SLICE.fullmatch(part) for part in value):
            return f"[{', '.join(map(_slice_text, value))}]"
    return str(value)


_SLICE = re.compile(r"slice\((.+), (.+), (.+)\)")


def _slice_text(text: str) -> str:
    """A slice as it is written between brackets: "1:" for slice(1, None, None); "" for what is none."""
    found = _SLICE.fullmatch(text)
    if not found:
        return ""
    start, stop, step = ("" if part == "None" else part for part in found.groups())
    return f"{start}:{stop}" + (f":{step}" if step else "")


def is_readable(value: Any) -> bool:
    """Whether the value of an attribute says something to a person; a nested configuration does not."""
    if isinstance(value, tuple):
        numbers = all(isinstance(n, (int, float, type(None))) for n in value)
        pairs = all(isinstance(pair, tuple) and all(isinstance(n, int) for n in pair) for pair in value)
        return numbers or pairs or all(isinstance(part, str) and _SLICE.fullmatch(part) for part in value)
    return len(str(value)) <= LONGEST_VALUE


def padding_words(padding: Any, effective: Any) -> str:
    """Return a padding as the object of "pads": "nothing", "1 on every side"; of a word, what it is."""
    if isinstance(padding, tuple):
        return padding_text(padding) if any(map(any, padding)) else "nothing"
    words = f'"{padding}"' if padding in ("same", "valid", "causal") else str(padding)
    is_known = isinstance(effective, tuple) and all(isinstance(pair, tuple) for pair in effective)
    return f"{words}, here {padding_words(effective, None)}" if is_known else words


def axis_text(axis: Any, rank: int) -> str:
    """Return which axis a layer works over: "the channels (axis -1)"."""
    names = {-1: "the channels" if rank > 2 else "the units"}
    if rank == 4:
        names |= {-2: "the columns", -3: "the rows"}
    names[-rank] = "the batch"
    axes = axis if isinstance(axis, tuple) else (-1 if axis is None else axis,)
    axes = tuple(one - rank if isinstance(one, int) and 0 <= one < rank else one for one in axes)
    said = [f"{names[one]} (axis {one})" if one in names else f"axis {one}" for one in axes]
    return join_names(said) if said else "no axis"


def padding_text(pairs: tuple[tuple[int, int], ...]) -> str:
    """Return rows and columns added as text: "3 on every side", or before and after."""
    counts = {n for pair in pairs for n in pair}
    if len(counts) == 1:
        return f"{counts.pop()} on every side"
    if len(set(pairs)) == 1:
        return f"{pairs[0][0]} before and {pairs[0][1]} after"
    return " and ".join(f"{pair[0]}+{pair[1]}" for pair in pairs)


def attribute_title(name: str) -> str:
    """Return the name of an attribute as people write it."""
    return ATTRIBUTE_TITLES.get(name, name.replace("_", " "))


def join_names(names: list[str], most: int = 4) -> str:
    """Return a list as text, shortened if it is long."""
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} … and {names[-1]}"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
