"""A model without the batch normalizations that directly follow a convolution or a dense layer."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import KerasTensor, layers

from keras_cnns.engines.frozen import as_functional
from keras_cnns.layer_kinds import CONVOLUTIONS, DEPTHWISE, SEPARABLE

# Keras does not export the class.
Functional: Any = type(keras.Model(made := keras.Input((1,)), made))
FOLDED = (*CONVOLUTIONS, *DEPTHWISE, *SEPARABLE, layers.Dense)


def folded(model: keras.Model) -> keras.Model:
    """Return a model of the same outputs in inference, in which kernels do the work of normalizations.

    A normalization of the last axis multiplies and shifts each map by numbers that stay the same once a model
    is trained; the kernel before it can do both. That is done where nothing else reads what is between the
    two, in models inside the model as well. Other layers are made again from their settings, with the same
    values.

    Args:
        model: a functional or built Sequential model with weights.

    Returns:
        A new model, with variables of its own; not compiled. `model` itself, if nothing can be folded.
    """
    given, model = model, as_functional(model)
    normalization_of = _foldable(model)
    inner = {layer: folded(layer) for layer in model.layers if _is_functional(layer)}
    if not normalization_of and all(layer is made for layer, made in inner.items()):
        return given
    skipped = set(normalization_of.values())
    source = {}  # by the layer that is made

    def clone(layer: keras.Layer) -> keras.Layer:
        made = inner.get(layer) or _made_again(layer, layer in normalization_of)
        source[made] = layer
        return made

    def call(layer: keras.Layer, *given: Any, **more: Any) -> Any:
        return given[0] if source[layer] in skipped else layer(*given, **more)

    new = keras.models.clone_model(model, clone_function=clone, call_function=call)
    for made in new.layers:
        layer = source.get(made)
        if layer is None or layer in inner:
            continue
        normalization = normalization_of.get(layer)
        values = layer.get_weights() if normalization is None else _values(layer, normalization)
        if values:
            made.set_weights(values)
    return new


def _is_functional(layer: keras.Layer) -> bool:
    return isinstance(layer, (keras.Sequential, Functional)) and bool(layer.inputs)


def _made_again(layer: keras.Layer, has_bias: bool) -> keras.Layer:
    config = layer.get_config()
    if has_bias:
        config["use_bias"] = True
    return type(layer).from_config(config)


def _foldable(model: keras.Model) -> dict[keras.Layer, keras.Layer]:
    """The layers that a normalization follows that they can do the work of, with this normalization."""
    outputs = {id(tensor) for tensor in model.outputs}
    readers: dict[int, list[Any]] = {}
    calls = [node for nodes in model._nodes_by_depth.values() for node in nodes]
    for node in calls:
        for tensor in node.input_tensors:
            readers.setdefault(id(tensor), []).append(node)
    found = {}
    for node in calls:
        layer = node.operation
        if type(layer) not in FOLDED or len(layer._inbound_nodes) != 1:
            continue
        (tensor,) = node.outputs
        after = readers.get(id(tensor), [])
        if id(tensor) not in outputs and len(after) == 1 and _fits(layer, after[0], tensor):
            found[layer] = after[0].operation
    return found


def _fits(layer: Any, after: Any, tensor: KerasTensor) -> bool:
    normalization = after.operation
    return (
        type(normalization) is layers.BatchNormalization
        and len(normalization._inbound_nodes) == 1
        and not after.arguments.kwargs.get("training")
        and len(after.input_tensors) == 1
        and normalization.axis in (-1, len(tensor.shape) - 1)
        and getattr(layer, "data_format", "channels_last") == "channels_last"
        and layer.activation is keras.activations.linear
        and layer.compute_dtype == normalization.compute_dtype
        and getattr(layer, "lora_rank", None) is None
        and getattr(layer, "quantization_mode", None) is None
    )


def _values(layer: Any, normalization: Any) -> list[np.ndarray]:
    """The weights of the layer that does both, reckoned in double precision."""
    *kernels, bias = layer.get_weights() if layer.use_bias else [*layer.get_weights(), 0.0]
    scale = 1 / np.sqrt(_double(normalization.moving_variance) + normalization.epsilon)
    if normalization.scale:
        scale = scale * _double(normalization.gamma)
    shift = (bias - _double(normalization.moving_mean)) * scale
    if normalization.center:
        shift = shift + _double(normalization.beta)
    last = kernels[-1].astype("float64")
    # A depthwise kernel has its maps on the last two axes.
    by_map = scale.reshape(last.shape[-2:]) if type(layer) in DEPTHWISE else scale
    return [array.astype(kernels[0].dtype) for array in (*kernels[:-1], last * by_map, shift)]


def _double(variable: Any) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(variable), "float64")
