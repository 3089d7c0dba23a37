"""What a network expects of an image: how it is resized, and which values it has."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from keras_cnns.arguments import checked_choice, checked_int, shown

Mean = tuple[float, float, float]
INTERPOLATIONS = ("bilinear", "bicubic")


@dataclass(frozen=True)
class Preprocessing:
    """What a network expects: values = (pixels - mean) / std, pixels from 0 to 255 in the order of `mode`.

    Attributes:
        size: height and width of the crop.
        resize: the image's shorter side before the crop, at least `size`.
        interpolation: "bilinear" or "bicubic".
        mode: "RGB" or "BGR"; `mean` and `std` are in that order.
    """

    size: int
    resize: int
    interpolation: str
    mode: str
    mean: Mean
    std: Mean

    def __post_init__(self) -> None:
        if checked_int("size", self.size) > checked_int("resize", self.resize):
            raise ValueError(f"resize must be at least size; got size {self.size}, resize {self.resize}.")
        checked_choice("interpolation", self.interpolation, INTERPOLATIONS)
        checked_choice("mode", self.mode, ("RGB", "BGR"))
        for argument, numbers in (("mean", self.mean), ("std", self.std)):
            if not are_three_numbers(numbers) or argument == "std" and not all(numbers):
                bound = ", none of them 0" if argument == "std" else ""
                raise ValueError(f"{argument} must be 3 numbers{bound}; got {shown(numbers)}.")

    @classmethod
    def caffe(cls, size: int = 224, resize: int = 256, interpolation: str = "bilinear") -> "Preprocessing":
        """BGR minus ImageNet's mean colour: the authors' VGG and ResNet, and so Keras'."""
        return cls(size, resize, interpolation, "BGR", (103.939, 116.779, 123.68), (1.0, 1.0, 1.0))

    @classmethod
    def tf(cls, size: int = 224, resize: int = 256, interpolation: str = "bilinear") -> "Preprocessing":
        """From -1 to 1: the Inceptions and Xception of TF-Slim and Keras."""
        return cls(size, resize, interpolation, "RGB", (127.5, 127.5, 127.5), (127.5, 127.5, 127.5))

    @classmethod
    def torch(cls, size: int = 224, resize: int = 256, interpolation: str = "bilinear") -> "Preprocessing":
        """ImageNet's mean and standard deviation per channel: all of torchvision.

        torchvision states them for values from 0 to 1: 0.485, 0.456, 0.406 and 0.229, 0.224, 0.225.
        """
        return cls(size, resize, interpolation, "RGB", (123.675, 116.28, 103.53), (58.395, 57.12, 57.375))


def are_three_numbers(numbers: Any) -> bool:
    """Whether these are numbers for three channels, finite."""
    return (
        isinstance(numbers, Sequence)
        and len(numbers) == 3
        and all(isinstance(number, (int, float)) and isfinite(number) for number in numbers)
    )
