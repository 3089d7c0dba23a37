"""Weights from a file into one of our networks: all of them, each to its place, or none."""

import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import keras

from keras_cnns.weights.formats import open_tensors
from keras_cnns.weights.formats.keras3 import is_own, load_own
from keras_cnns.weights.matching.conversion import (
    Values,
    absorb_normalization,
    absorb_response_normalization,
    to_keras,
)
from keras_cnns.weights.matching.match import Match, match_layers
from keras_cnns.weights.matching.recognize import options_of
from keras_cnns.weights.provenance import remember


@dataclass(frozen=True)
class Loaded:
    """What became of a file's tensors and of a model's weights.

    `left_out` are the names of tensors in the file that the model has no use for, `new` the layers of the
    model that the file has no weights for and that keep their initial ones.
    """

    file: Path
    left_out: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


def load_weights(model: keras.Model, file: str | os.PathLike) -> Loaded:
    """Load the weights of a published file, or of one of ours, into a network of this package.

    The file may be Keras' (`.h5`), PyTorch's (`.pth`; PyTorch must be installed), `.safetensors`, an `.onnx`
    graph of the model zoo, or what Keras 3 saved (`.weights.h5`, `.keras`). Which tensor goes where is
    listed for each network and source; differences that algebra takes away are taken away. A file for another
    network, even one with the same shapes, is refused with the difference, and so is one with a tensor too
    few or too many. Nothing in the file is executed; a model whose file is refused stays as it is.

    If the model has another number of classes than the file, its classifier keeps its initial weights, and a
    warning says so.

    Args:
        model: a network of this package, as `keras_cnns.create` or its factory builds it; for files of Keras
            3 any model.
        file: the path of the file.

    Returns:
        Which tensors of the file were left out and which layers of the model are new.

    Raises:
        ValueError: if the file is not sound, or not for this network; it names the difference.
        ImportError: if the package that reads the format is missing; it says which.
        OSError: if the file cannot be read.
    """
    return load(model, Path(file))


def load(model: keras.Model, path: Path, options: dict[str, object] | None = None) -> Loaded:
    """Load weights into a network whose factory had these options; None recognizes it by its layers."""
    if is_own(path):
        load_own(model, path)
        remember(model, path)
        return Loaded(path)
    tensors = open_tensors(path)
    match = match_layers(model, tensors, options_of(model) if options is None else options)
    assign(match, converted(model, match))
    remember(model, path)
    if match.new:
        warnings.warn(
            f"{path.name} has no weights for {', '.join(match.new)} of this {model.name}: the initial ones "
            "stay there, to be trained; all other layers are loaded.",
            stacklevel=3,
        )
    return Loaded(path, match.left_out, match.new)


def converted(model: keras.Model, match: Match) -> list[Values]:
    """Read the values of every layer and fit them to ours."""
    tensors, layout = match.tensors, match.layout
    values: list[Values] = []
    for place in match.places:
        parts = tensors.parts(place.name, place.item.kind)
        read = {part: tensors.read(name) for part, name in parts.items()}
        if match.background and place is match.places[-1]:
            read = {part: value[1:] for part, value in read.items()}
        values.append(
            {part: to_keras(value, place.item, part, tensors.keras_order) for part, value in read.items()}
        )
    for place, own in zip(match.places, values):
        if place.item.kind == "normalization":
            absorb_normalization(place.item, own, values[place.item.source], place.epsilon)
    if layout.response_normalization:
        absorb_response_normalization(model.layers, values, layout.response_normalization)
    return values


def assign(match: Match, values: list[Values]) -> None:
    """Set the weights of all layers; every weight must have its value, and every value its weight."""
    for place, own in zip(match.places, values):
        weights = {weight.name: weight for weight in place.item.layer.weights}
        if weights.keys() != own.keys():
            raise ValueError(
                f"{match.tensors.path}: layer {place.name!r} has {', '.join(own)}; "
                f"{place.item.layer.name!r} wants {', '.join(weights)}."
            )
    for place, own in zip(match.places, values):
        for weight in place.item.layer.weights:
            weight.assign(own[weight.name])
