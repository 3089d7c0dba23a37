"""How nodes and values are said, in the words of a student."""

from __future__ import annotations

from typing import Any

from keras_cnns.comparison.canonical.nodes import Facts, Node

FUNCTIONS = {"relu": "ReLU", "relu6": "ReLU6", "leaky_relu": "leaky ReLU", "prelu": "PReLU", "elu": "ELU"}
ATTRIBUTES = {
    "in_shape": "input shape",
    "function": "activation",
    "statistic": "kind of pooling",
    "scale": "gamma",
    "center": "beta",
    "n_classes": "number of classes",
}


def describe(node: Node) -> str:
    """What a node is: "convolution 3×3, 64 filters, strides 2"."""
    kind, facts = node.plain
    if kind == "activation":
        return function(facts["function"])
    if kind == "pooling":
        return _pooling(facts)
    if kind in ("convolution", "depthwise convolution"):
        return _convolution(kind, facts)
    if kind == "dense":
        return f"dense {facts['filters']}"
    if kind == "rescaling":
        return f"scaling by {value(facts['scale'])}"
    if kind == "zero padding":
        return f"zero padding {value(facts['padding'])}"
    if kind == "dropout":
        return f"dropout {facts['rate']}"
    return kind


def _pooling(facts: Facts) -> str:
    if facts["window"] == "whole map":
        return f"global {facts['statistic']} pooling"
    return f"{facts['statistic']}-pooling {value(facts['window'])}{_strides(facts)}"


def _convolution(kind: str, facts: Facts) -> str:
    said = f"{kind} {value(facts['kernel'])}"
    if "filters" in facts:
        said += f", {facts['filters']} filters"
    if facts.get("groups", 1) != 1:
        said += f", {facts['groups']} groups"
    return said + _strides(facts)


def _strides(facts: Facts) -> str:
    strides = facts.get("strides", ())
    return (
        "" if set(strides) <= {1} else f", strides {strides[0] if len(set(strides)) == 1 else value(strides)}"
    )


def function(name: Any) -> str:
    """The name of an activation as people write it."""
    return FUNCTIONS.get(name, str(name).replace("_", " "))


def value(something: Any) -> str:
    """A value of an attribute: 3×3 for a window, yes or no, numbers as they are."""
    if something is None:
        return "none"
    if isinstance(something, bool):
        return "yes" if something else "no"
    if isinstance(something, str):
        return function(something)
    if (
        isinstance(something, tuple)
        and something
        and all(isinstance(n, (int, type(None))) for n in something)
    ):
        return "×".join("?" if n is None else str(n) for n in something)
    if isinstance(something, tuple) and something and all(isinstance(pair, tuple) for pair in something):
        return padding(something)
    return f"{something:g}" if isinstance(something, float) else str(something)


def padding(pairs: tuple) -> str:
    """Rows and columns added: 3 on every side, or before and after."""
    flat = {n for pair in pairs for n in pair}
    if len(flat) == 1:
        return f"{flat.pop()} on every side"
    if len(set(pairs)) == 1:
        return f"{pairs[0][0]} before and {pairs[0][1]} after"
    return " and ".join(f"{pair[0]}+{pair[1]}" for pair in pairs)


def attribute(name: str) -> str:
    """The name of an attribute as people say it."""
    return ATTRIBUTES.get(name, name.replace("_", " "))


def several(names: list[str], most: int = 4) -> str:
    """A list in words, shortened if it is long."""
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} … and {names[-1]}"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
