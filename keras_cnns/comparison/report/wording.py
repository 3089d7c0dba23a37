"""How nodes, attributes and values are written in a report."""

from __future__ import annotations

from typing import Any

from keras_cnns.comparison.canonical.canonical_graph import Attributes, CanonicalNode, Step
from keras_cnns.layer_kinds import activation_title

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
        return value_text(attributes["function"])
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
        return activation_title(value)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple) and value:
        if all(isinstance(n, (int, type(None))) for n in value):
            return "×".join("?" if n is None else str(n) for n in value)
        if all(isinstance(pair, tuple) for pair in value):
            return padding_text(value)
    return str(value)


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
