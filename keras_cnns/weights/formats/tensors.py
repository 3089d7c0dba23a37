"""What all formats have in common: named tensors, found by the layer they belong to."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import numpy as np

Shape = tuple[int, ...]

# The parts of a layer by its kind, in the order in which Keras keeps them.
PARTS = {
    "convolution": ("kernel", "bias"),
    "separable": ("depthwise_kernel", "pointwise_kernel", "bias"),
    "dense": ("kernel", "bias"),
    "depthwise": ("kernel", "bias"),
    "normalization": ("gamma", "beta", "moving_mean", "moving_variance"),
    "layer normalization": ("gamma", "beta"),
    "scale": ("gamma",),
    "images": ("mean", "variance", "count"),  # of what prepares images
}


class Tensors:
    """The tensors of a file; their shapes are known before any is read."""

    # What follows a layer's name in the names of its parts. Keras lists the parts in order instead.
    spelling: dict[str, dict[str, str]] = {}
    keras_order = False
    # The names of the file's layers in order, where the format lists them.
    layers: Sequence[str] = ()
    # Tensors that say how images were prepared, and belong to no layer of ours.
    prepares_images: Collection[str] = ()

    def __init__(self, path: Path):
        self.path = path
        self.shapes: dict[str, Shape] = {}

    def parts(self, layer: str, kind: str) -> dict[str, str]:
        """The names of a layer's tensors in this file, by part."""
        spelled = {part: layer + ending for part, ending in self.spelling[kind].items()}
        return {part: name for part, name in spelled.items() if name in self.shapes}

    def divide(self, layer: str, counts: Sequence[int]) -> list[str] | None:
        """Names for the layers inside a nested model, if the format keeps such models under one name."""
        return None

    def settings(self, name: str) -> dict[str, object]:
        """The strides and groups of the convolution with the kernel `name`, if the file states them."""
        return {}

    def read(self, name: str) -> np.ndarray:
        """Return the values of one tensor, in the type that the file has."""
        raise NotImplementedError

    def forget(self, name: str) -> None:
        """Let go what the reader holds of a tensor that is not read again."""

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __contains__(self, name: str) -> bool:
        return name in self.shapes
