"""Keras' layers by what they do, and where their axes are."""

import keras
from keras import layers

from keras_cnns.graph import Shape

CONVOLUTIONS = (layers.Conv1D, layers.Conv2D, layers.Conv3D)
DEPTHWISE = (layers.DepthwiseConv1D, layers.DepthwiseConv2D)
SEPARABLE = (layers.SeparableConv1D, layers.SeparableConv2D)
TRANSPOSED = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)
KERNELS = (*CONVOLUTIONS, *DEPTHWISE, *SEPARABLE, *TRANSPOSED, layers.Dense, layers.EinsumDense)


def unwrapped(operation: keras.Operation) -> keras.Operation:
    """The layer inside a wrapper that changes only its weights."""
    while isinstance(operation, layers.SpectralNormalization):
        operation = operation.layer
    return operation


def is_of_keras(operation: keras.Operation) -> bool:
    """Whether what the operation computes is Keras' own code, its class perhaps another's."""
    return type(operation).call.__module__.split(".")[0] == "keras"


def spatial(layer: layers.Layer, shape: Shape) -> tuple[int, ...]:
    """The sizes of a map's axes, without batch and channels."""
    first = getattr(layer, "data_format", None) == "channels_first"
    return tuple(shape[2:] if first else shape[1:-1])


def channels(layer: layers.Layer, shape: Shape) -> int:
    """The number of channels of a map."""
    return shape[1 if getattr(layer, "data_format", None) == "channels_first" else -1]
