"""A kernel that reads the image, for images of another number of channels than it was trained on."""

import math

import keras
import numpy as np
from keras import layers

from keras_cnns import graph
from keras_cnns.layer_kinds import CONVOLUTIONS

MIXES_AXES = (layers.Reshape, layers.Permute, layers.Flatten)


def readers_of_images(model: keras.Model) -> list[keras.Layer]:
    """Return the convolutions that read an input of a model, in models inside it, too.

    Between the two may be what keeps the channels apart and has no weights, such as padding.
    """
    images: set[int] = set()
    found = []
    vertices = graph.read(model, expand_nested=True, own_layers=False).vertices
    for i, vertex in enumerate(vertices):
        layer = vertex.operation
        reads_one = len(vertex.sources) == 1 and vertex.sources[0] in images
        if isinstance(layer, layers.InputLayer):
            images.add(i)
        elif reads_one and isinstance(layer, CONVOLUTIONS) and layer.groups == 1:
            found.append(layer)
        elif reads_one and not getattr(layer, "weights", ()) and not isinstance(layer, MIXES_AXES):
            before, after = vertices[vertex.sources[0]].shapes[0], vertex.shapes[0]
            if len(before) == len(after) and before[-1] == after[-1]:
                images.add(i)
    return found


def can_be_adapted(channels: int, wanted: int) -> bool:
    """Return whether a kernel for images of `channels` can be made one for `wanted`."""
    return wanted == 1 or channels in (1, 3)


def adapted(kernel: np.ndarray, wanted: int) -> np.ndarray:
    """Return a kernel, (…, channels, filters), for images of `wanted` channels.

    For one channel it is summed over its own, so a grey image gives what it gave as one of equal channels.
    Else its channels are repeated in their order, and multiplied by the number that it had over the number
    that it gets, so that the outputs are as large as before. timm does so with kernels of three channels.
    """
    channels = kernel.shape[-2]
    if wanted == 1:
        return kernel.sum(axis=-2, keepdims=True, dtype="float32").astype(kernel.dtype)
    repeated = np.concatenate([kernel] * math.ceil(wanted / channels), axis=-2)[..., :wanted, :]
    return (repeated * np.float32(channels / wanted)).astype(kernel.dtype)


def words(file: str, model: str, layer: str, channels: int, wanted: int) -> str:
    """Say what was done with a kernel."""
    how = "summed over them"
    if wanted > 1:
        how = f"repeated over them and multiplied by {channels}/{wanted}"
    return (
        f"{file} is for images of {channels} channels, and this {model} reads {wanted}: the kernel of "
        f"{layer!r} was {how}."
    )
