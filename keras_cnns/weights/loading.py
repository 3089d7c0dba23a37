"""Weights from a file into a network of this package: all of them, each in its place, or none."""

import os
import warnings
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from keras_cnns.arguments import checked_path, shown
from keras_cnns.safe_text import one_line
from keras_cnns.weights.architecture_difference import file_difference
from keras_cnns.weights.formats import kind_of, open_tensors
from keras_cnns.weights.formats.keras3 import is_keras3_file, weights_file
from keras_cnns.weights.formats.reading import narrowed, reading
from keras_cnns.weights.matching import input_channels
from keras_cnns.weights.matching.conversion import (
    Values,
    absorb_normalization,
    absorb_response_normalization,
    to_keras,
)
from keras_cnns.weights.matching.match import Match, Pair, match_layers
from keras_cnns.weights.matching.own_files import Fitted, load_own_weights
from keras_cnns.weights.matching.recognize import recognize_options
from keras_cnns.weights.provenance import note_published_set
from keras_cnns.weights.published import WeightSet


@dataclass(frozen=True)
class Loaded:
    """What was loaded from a file.

    Attributes:
        file: the file.
        left_out: the names of tensors in the file that the model does not use.
        new: the names of the model's layers that the file has no weights for; they keep their initial ones.
    """

    file: Path
    left_out: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


def load_weights(model: keras.Model, file: str | os.PathLike[str]) -> Loaded:
    """Load a file of published weights, or one that Keras 3 saved, into a network of this package.

    The file may be Keras' (`.h5`), PyTorch's (`.pth`; PyTorch must be installed), `.safetensors`, an `.onnx`
    graph of the model zoo, or what Keras 3 saved (`.weights.h5`, `.keras`). For each network and source the
    package knows which tensor belongs to which layer. Differences that can be absorbed into the weights are;
    a file with any other difference is rejected with the reason, even if all shapes fit, and so is one with a
    tensor too few or too many. Nothing in the file is executed. A model whose file is rejected is unchanged.

    If the model has another number of classes than the file, its classifier keeps its initial weights, and a
    warning says so. If it reads images of another number of channels, the first kernel is summed over the
    channels for one, and repeated over them for more and scaled by the old number over the new one, as timm
    does; a warning says so. What Keras 3 saved may have the same layers in a nested model, or the model may.

    Args:
        model: a network of this package, as `keras_cnns.create` or its factory builds it; for files of Keras
            3 any model.
        file: the path of the file.

    Returns:
        Which tensors of the file were left out, and which layers of the model keep their initial weights.

    Raises:
        ValueError: if the file is damaged, has numbers that are NaN, infinite or not floating-point ones, or
            is not for this network; it names the tensor or the difference.
        ImportError: if the package that reads the format is missing; it says which.
        OSError: if the file cannot be read.
    """
    if not isinstance(model, keras.Model):
        raise ValueError(f"model must be a Keras model; got {shown(model)}.")
    path = checked_path("file", file)
    if not path.is_file():
        raise ValueError(f"file must be a file of weights; no such weights file: {shown(str(path))}.")
    return load(model, path)


def load(
    model: keras.Model,
    path: Path,
    options: dict[str, object] | None = None,
    published: WeightSet | None = None,
) -> Loaded:
    """Load weights into a network whose factory had these options; None recognizes it by its layers.

    If the file is known to be one of `published` weights, its digest is not compared a second time.
    """
    with reading(path, kind_of(path)):
        own = is_keras3_file(path)
        fitted = load_own(model, path) if own else Fitted()
    if own:
        note_published_set(model, path, published)
        say(model, path, fitted.new, fitted.said)
        return Loaded(path, fitted.left_out, fitted.new)
    options = recognize_options(model) if options is None else options
    with reading(path, kind_of(path)):
        match = match_layers(model, open_tensors(path), options)
        values = converted(model.layers, match)
        check_complete(match, values)
    assign(match, values)
    note_published_set(model, path, published)
    say(model, path, match.new, changed_kernels(model, match))
    return Loaded(path, match.left_out, match.new)


def load_part(
    part: keras.Model,
    whole: keras.Model,
    path: Path,
    options: dict[str, object],
    published: WeightSet | None = None,
) -> None:
    """Load published weights of a network into a part of it.

    What the part does not have is not read, as far as it comes after what it has.

    Args:
        part: whose layers have the names of the network's.
        whole: the network, which needs no values and gets none.
        path: the file, which must have the weights of the whole network.
        options: of the network's factory.
        published: which published weights the file is known to have.

    Raises:
        ValueError: if the file is not for this network, or has no weights for a layer of the part.
    """
    wanted = {layer.name: layer for layer in part.layers if layer.weights}
    with reading(path, kind_of(path)):
        match = match_layers(whole, open_tensors(path), options)
        match, layers = up_to_last(whole, match, wanted)
        values = converted(layers, match)
        check_complete(match, values)
    for pair, layer_values in zip(match.pairs, values):
        if layer := wanted.get(pair.item.layer.name):
            give(layer, layer_values)
    note_published_set(part, path, published)
    say(part, path, (), changed_kernels(part, match))


def up_to_last(whole: keras.Model, match: Match, wanted: Collection[str]) -> tuple[Match, list[keras.Layer]]:
    """Return a match without what comes after the layers that are wanted, and the layers of the network."""
    names = [pair.item.layer.name for pair in match.pairs]
    if missing := [name for name in wanted if name not in names]:
        raise ValueError(
            f"{match.tensors.path} has no weights for {', '.join(missing[:3])} of {whole.name!r}, "
            "which it must have for a part of the network."
        )
    # A response normalization changes what reads it, too.
    last = max(map(names.index, wanted), default=-1) + bool(match.layout.response_normalization)
    pairs = match.pairs[: last + 1]
    if len(pairs) == len(match.pairs):
        return match, whole.layers
    end = max((whole.layers.index(pair.item.layer) for pair in pairs), default=-1)
    return replace(match, pairs=pairs, background=False), whole.layers[: end + 1]


def changed_kernels(model: keras.Model, match: Match) -> list[str]:
    """Return words about kernels that were changed for images of another number of channels."""
    return [
        input_channels.words(
            match.tensors.path.name, model.name, layer.name, channels, layer.kernel.shape[-2]
        )
        for layer, channels in match.channels
    ]


def load_own(model: keras.Model, path: Path) -> Fitted:
    """Load what Keras 3 saved; of an archive, whose model is known, only if it is this one."""
    with weights_file(model, path) as file:
        if path.suffix == ".keras" and (difference := file_difference(path, model)):
            raise ValueError(f"{path} holds another model than {model.name!r}: {difference}.")
        return load_own_weights(model, file, path)


def say(model: keras.Model, path: Path, new: Sequence[str], kernels: Sequence[str]) -> None:
    """Warn of layers that the file has no weights for, and of kernels that were changed."""
    said = list(kernels)
    if new:
        said.append(
            f"{path.name} has no weights for {', '.join(new)} of this {model.name}: those layers "
            "keep their initial weights; all others were loaded."
        )
    for words in said:
        warnings.warn(one_line(words), stacklevel=4)


def converted(layers: list[keras.Layer], match: Match) -> list[Values]:
    """Read the values of every layer and convert them to Keras' axes and this network's constants."""
    values = [read_layer(pair, match) for pair in match.pairs]
    with np.errstate(all="ignore"):  # what is not finite is refused below
        for pair, layer_values in zip(match.pairs, values):
            if pair.item.kind == "normalization":
                fit_normalization(pair, layer_values, match.pairs, values)
        if match.layout.response_normalization:
            absorb_response_normalization(layers, values, match.layout.response_normalization)
    return values


def fit_normalization(pair: Pair, layer_values: Values, pairs: list[Pair], values: list[Values]) -> None:
    """Absorb what differs in the file's batch normalization, also where it reads no convolution."""
    source = pair.item.source
    if source is None:
        absorb_normalization(pair.item, layer_values, {}, pair.epsilon)
        return
    has_bias = getattr(pairs[source].item.layer, "use_bias", False)
    absorb_normalization(pair.item, layer_values, values[source], pair.epsilon, not has_bias)


def assign(match: Match, values: list[Values]) -> None:
    """Give every weight its value, and let each value go before the next one is laid out for its weight."""
    for pair, layer_values in zip(match.pairs, values):
        give(pair.item.layer, layer_values)


def give(layer: keras.Layer, values: Values) -> None:
    """Give the weights of a layer their values."""
    for weight in layer.weights:
        weight.assign(np.ascontiguousarray(values.pop(weight.name)).reshape(weight.shape))


def read_layer(pair: Pair, match: Match) -> Values:
    """Read the tensors of one layer, which must be finite floating-point numbers."""
    tensors = match.tensors
    values: Values = {}
    for part, name in tensors.parts(pair.name, pair.item.kind).items():
        what = f"tensor {name[:80]!r}, of layer {pair.item.layer.name!r},"
        value = narrowed(tensors.read(name), "float32", what, tensors.path)
        tensors.forget(name)
        if match.background and pair is match.pairs[-1]:
            value = value[1:]
        value = to_keras(value, pair.item, part, tensors.keras_order)
        if part == "kernel" and any(layer is pair.item.layer for layer, _ in match.channels):
            value = input_channels.adapted(value, pair.item.layer.kernel.shape[-2])
        values[part] = value
    return values


def check_complete(match: Match, values: list[Values]) -> None:
    """Give each value its weight's type; a ValueError if it is not finite there, or one is missing."""
    path = match.tensors.path
    for pair, layer_values in zip(match.pairs, values):
        layer = pair.item.layer
        dtypes = {weight.name: keras.backend.standardize_dtype(weight.dtype) for weight in layer.weights}
        if dtypes.keys() != layer_values.keys():
            raise ValueError(
                f"{path}: layer {pair.name!r} has {', '.join(layer_values)}, but {layer.name!r} needs "
                f"{', '.join(sorted(dtypes))}."
            )
        for name, dtype in dtypes.items():
            what = f"weight {name!r} of layer {layer.name!r}"
            layer_values[name] = narrowed(layer_values[name], dtype, what, path)
