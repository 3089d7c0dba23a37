"""Configs of layers as attributes that can be compared."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

from keras import KerasTensor, Layer, Operation, tree

from keras_cnns.graph import Vertex
from keras_cnns.keras_files.opaque_layer import OpaqueFunction, OpaqueLayer

# Arguments that say how a layer starts or trains, or how its data is stored, and not what it computes.
NO_FUNCTION = re.compile(
    r"name|trainable|dtype|autocast|seed|.*_initializer|.*_regularizer|.*_constraint|data_format|synchroni.*"
)

UNSEEN = "whose code is not in the file"


def unseen(name: str) -> str:
    """Return what stands for a function of which a file has only the name."""
    return f"{name}, {UNSEEN}"


def config_of(operation: Operation) -> dict[str, Any]:
    """Return the config of a layer, without what does not change the function that it computes."""
    if isinstance(operation, OpaqueLayer):
        return {"code": unseen(f"settings {operation.digest[:8]}")}
    try:
        config = operation.get_config()
    except Exception:  # a custom layer need not have one, and may raise anything
        config = {key: value for key, value in vars(operation).items() if not key.startswith("_")}
        config = {key: value for key, value in config.items() if isinstance(value, (int, float, str, tuple))}
    return {key: value for key, value in config.items() if not NO_FUNCTION.fullmatch(key)}


def arguments_of(vertex: Vertex) -> dict[str, Any]:
    """Return the arguments of a call but its tensors, by position or name; of a layer those that are set."""
    call = vertex.call.arguments
    arguments = {str(i): value for i, value in enumerate(call.args)} | dict(call.kwargs)
    unset = (None, False) if isinstance(vertex.operation, Layer) else ()
    return {
        key: value
        for key, value in arguments.items()
        if not any(isinstance(leaf, KerasTensor) for leaf in tree.flatten(value))
        and not any(value is one for one in unset)
        and not (unset and key in ("training", "mask"))
    }


def freeze(value: Any) -> Hashable:
    """Return a value as one that can be compared and hashed; names inside do not count, but of functions."""
    if isinstance(value, dict) and value.get("class_name") == OpaqueFunction.__name__:
        return unseen(value["config"]["name"])
    if isinstance(value, dict) and value.get("class_name") == "function":
        return str(value.get("config"))
    if isinstance(value, dict):
        return tuple(
            sorted(
                (str(key), freeze(item)) for key, item in value.items() if not NO_FUNCTION.fullmatch(str(key))
            )
        )
    if isinstance(value, (list, tuple)):
        return tuple(freeze(item) for item in value)
    if isinstance(value, (int, float, str, bool)) or value is None:
        return value
    return repr(value)
