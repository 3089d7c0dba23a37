"""Layers made again from their settings, some of which change."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from keras import Layer, Model, Variable, ops

from keras_cnns.grouped_convolution import fast


def made_again(layer: Any, config: dict[str, Any]) -> Layer:
    """Return a layer of the same class with these settings.

    Raises:
        ValueError: if the class cannot be made from settings; it names the layer.
    """
    try:
        return type(layer).from_config(config)
    except Exception as error:  # whatever a layer of one's own raises
        words = str(error.__cause__ or error).strip().splitlines() or [repr(error)]
        raise ValueError(
            f"model must have layers that their settings make again; {layer.name!r}, a "
            f"{type(layer).__name__}, does not: {words[-1]}"
        ) from error


def as_fast_as(model: Model, new: Model) -> Model:
    """Return `new`; if the grouped convolutions of `model` have been made fast, its own are, too."""
    return fast(new) if any("convolution_op" in vars(layer) for layer in model._flatten_layers()) else new


def copy_values(old: Iterable[Variable], new: Iterable[Variable]) -> None:
    """Give variables the values of others, but not their memory, which a step of JAX gives away."""
    for variable, value in zip(new, old, strict=True):
        variable.assign(np.array(ops.convert_to_numpy(value)))
