"""The part of a network that is wanted, by the network's name: no weights of the rest are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_cnns import building
from keras_cnns.arguments import shown
from keras_cnns.catalog.facts import find_network

if TYPE_CHECKING:
    import keras

    from keras_cnns.weights.published import WeightSet


def backbone(
    model: keras.Model | str,
    pooling: str | None = None,
    *,
    in_shape: Sequence[int | None] | None = None,
    weights: str | PathLike[str] | None = None,
    name: str | None = None,
    **options: Any,
) -> keras.Model:
    """Return a model without its classifier, up to its last feature map; or build a network by name so.

    The classifier is the last layer with weights on the way to the first output (a dense layer, or a
    convolution in networks such as NiN) with what surrounds it: pooling to a vector, flattening, dropout,
    hidden dense layers. Models inside the model are opened where the classifier is in them.

    By name, such as `backbone("vgg19", in_shape=(None, None, 3), weights="imagenet")`, the classifier's
    weights are never made, and images of any size will do where only the classifier needs a fixed one.

    Args:
        model: a functional or built Sequential model; or the name of a network, one of `list_models()`.
        pooling: "avg" or "max" pools the map to a vector, (batch, channels).
        in_shape: of the network that is named: (height, width, channels), with None for any height or width;
            the paper's if None.
        weights: of the network that is named: None for random ones; published ones, as `create` takes them.
        name: of the new model; the old one's with "_backbone" if None.
        **options: of the factory of the network that is named.

    Returns:
        A functional model, not compiled. Its output is the last map, (batch, height, width, channels) for
        images, or what the classifier reads if there are no maps. Of a model it shares the inputs and the
        weights, and with them whether they can be trained.

    Raises:
        ValueError: if `model` is not functional, branches before a classifier is found, or an argument is
            wrong or only for a name.
        ImportError: if the package that reads the weights is missing.
        OSError: if the weights cannot be fetched or read.
    """
    from keras_cnns.submodels.cutting import backbone

    if not isinstance(model, str):
        refuse_for_a_model(model, in_shape, weights, options)
        return backbone(model, pooling, name=name)
    return part_of(model, lambda whole: backbone(whole, pooling, name=name), in_shape, weights, options)


def features(
    model: keras.Model | str,
    landmarks: str | Sequence[str] | Mapping[str, str] | None = None,
    *,
    strides: Sequence[int] | None = None,
    in_shape: Sequence[int | None] | None = None,
    weights: str | PathLike[str] | None = None,
    name: str | None = None,
    **options: Any,
) -> keras.Model:
    """Return a model that gives the outputs of layers, by their names, or the last map of each stride.

    A layer of a model inside the model has the name "resnet18_backbone/conv5_2"; its own name is enough where
    no other layer has it. In our networks the names that keras.applications, torchvision, timm, TF-Slim and
    Caffe give to the same output are understood, such as "conv4_block6_out", "layer3.5" and "mixed10".

    By name, such as `features("vgg19", "conv4_2", in_shape=(None, None, 3), weights="imagenet")`, only the
    layers that these outputs need are made.

    Args:
        model: a functional or built Sequential model; or the name of a network, one of `list_models()`.
        landmarks: one layer name, for a model with one output; several, for a list in their order; or a dict
            of them, for a dict of outputs with its keys.
        strides: in place of landmarks, such as [4, 8, 16, 32] for a feature pyramid or a U-Net: by how many
            pixels of the image two neighbors of a map are apart. The map of a stride is the last one that all
            paths to the coarsest map go through, before padding.
        in_shape: of the network that is named: (height, width, channels), with None for any height or width;
            the paper's if None.
        weights: of the network that is named: None for random ones; published ones, as `create` takes them.
        name: of the new model; the old one's with "_features" if None.
        **options: of the factory of the network that is named.

    Returns:
        A functional model, not compiled. Of a model it shares the inputs and the weights.

    Raises:
        ValueError: if `model` is not functional, has no layer of such a name or no map of such a stride, or
            applies the layer more than once; or if an argument is wrong or only for a name.
        ImportError: if the package that reads the weights is missing.
        OSError: if the weights cannot be fetched or read.
    """
    from keras_cnns.submodels.cutting import features

    if not isinstance(model, str):
        refuse_for_a_model(model, in_shape, weights, options)
        return features(model, landmarks, strides=strides, name=name)

    def cut(whole: keras.Model) -> keras.Model:
        return features(whole, landmarks, strides=strides, name=name)

    return part_of(model, cut, in_shape, weights, options)


def refuse_for_a_model(model: Any, in_shape: Any, weights: Any, options: dict[str, Any]) -> None:
    """Raise a ValueError for what is no model, and for arguments that only a network that is named takes."""
    from keras_cnns.graph import check_functional

    check_functional(model)
    given = [("in_shape", in_shape, "at_size(…, in_shape) gives a model for images of another size")]
    given += [("weights", weights, "load_weights(model, file) loads them before")]
    given += [(option, value, "a model is built already") for option, value in options.items()]
    for argument, value, way in given:
        if value is not None:
            raise ValueError(
                f"{argument} must be left out for a model, and is for the name of a network; got "
                f"{shown(value)}: {way}."
            )


def part_of(
    network_name: str,
    cut: Callable[[keras.Model], keras.Model],
    in_shape: Any,
    weights: Any,
    options: dict[str, Any],
) -> keras.Model:
    """Build a part of a network: what `cut` returns of the whole."""
    if building.is_file(network_name):
        raise ValueError(
            f"model must be a model or the name of a network; got {shown(network_name)}: give "
            "keras.saving.load_model(file)."
        )
    network = find_network(network_name, "model")
    building.check_options(network, options)
    building.require_backend()
    source = None
    if weights is not None:
        source = published(network.name, weights, options)
    shape = network.in_shape if in_shape is None else in_shape
    whole = building.without_weights(network.name, at_a_size(shape, network.in_shape), **options)
    part = made(cut(whole), shape)
    if source is not None:
        from keras_cnns.weights.pretrained import restore_part

        restore_part(part, whole, source, {**network.defaults, **options})
    return part


def published(network: str, weights: Any, options: dict[str, Any]) -> WeightSet | Path:
    """Return a source of weights of a whole network that a part of it can be filled from."""
    from keras_cnns.weights.formats.keras3 import is_keras3_file
    from keras_cnns.weights.pretrained import source_of

    source = source_of(network, weights, options)
    if isinstance(source, Path) and is_keras3_file(source):
        raise ValueError(
            f"weights must be published ones; Keras 3 saved {shown(str(source))}. If it has the whole "
            f'network, cut that: backbone(create("{network}", weights=…)). If it has the part: '
            f'load_weights(backbone("{network}"), …).'
        )
    return source


def at_a_size(in_shape: Any, of_paper: tuple[int, int, int]) -> Any:
    """Return a shape with the paper's height and width where they may be any."""
    if not isinstance(in_shape, (tuple, list)) or len(in_shape) != 3:
        return in_shape
    return (*(known if side is None else side for side, known in zip(in_shape[:2], of_paper)), in_shape[2])


def made(part: keras.Model, in_shape: Sequence[int | None]) -> keras.Model:
    """Return a model that has no weights yet again, with weights, for images of this size."""
    import keras

    from keras_cnns.grouped_convolution import fast

    image = keras.Input(tuple(in_shape), name=part.inputs[0].name)
    return fast(keras.models.clone_model(part, input_tensors=image))
