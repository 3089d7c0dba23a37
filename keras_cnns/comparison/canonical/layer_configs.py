"""Configs of layers as facts that can be compared."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

from keras import KerasTensor, Operation, tree

# Arguments that say how a layer starts or trains, or where it is in a file, and not what it computes.
ASIDE = re.compile(
    r"name|trainable|dtype|seed|.*_initializer|.*_regularizer|.*_constraint|data_format|synchroni.*"
)


def config_of(operation: Operation) -> dict[str, Any]:
    """What a layer says of itself, without what does not change the function that it computes."""
    try:
        config = operation.get_config()
    except Exception:  # a layer of somebody's own need not have one, and may raise anything
        config = {key: value for key, value in vars(operation).items() if not key.startswith("_")}
        config = {key: value for key, value in config.items() if isinstance(value, (int, float, str, tuple))}
    return {key: value for key, value in config.items() if not ASIDE.fullmatch(key)}


def arguments(operation: Operation) -> dict[str, Any]:
    """The arguments, tensors apart, of the call of a `keras.ops` function, by place or name."""
    if len(operation._inbound_nodes) != 1:
        return {}
    call = operation._inbound_nodes[0].arguments
    given = {str(i): value for i, value in enumerate(call.args)} | dict(call.kwargs)
    return {
        key: value
        for key, value in given.items()
        if not any(isinstance(leaf, KerasTensor) for leaf in tree.flatten(value))
    }


def freeze(value: Any) -> Hashable:
    """The same as something that can be compared and hashed; names inside do not count."""
    if isinstance(value, dict):
        return tuple(
            sorted((str(key), freeze(item)) for key, item in value.items() if not ASIDE.fullmatch(str(key)))
        )
    if isinstance(value, (list, tuple)):
        return tuple(freeze(item) for item in value)
    if isinstance(value, (int, float, str, bool)) or value is None:
        return value
    return repr(value)
