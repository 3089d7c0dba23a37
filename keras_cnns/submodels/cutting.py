"""A model cut at its last feature map, at named layers, at strides, or to its first output."""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from keras import KerasTensor, Model, layers

from keras_cnns.arguments import checked_choice, checked_name, checked_strings, shown
from keras_cnns.graph import check_functional
from keras_cnns.layer_kinds import GLOBAL_POOLINGS
from keras_cnns.submodels.compiling import compile_as_first
from keras_cnns.submodels.label_errors import explain_labels
from keras_cnns.submodels.places import (
    Place,
    all_places,
    inputs_of,
    outermost,
    outputs_of,
    sources_of,
    tensors_at,
)
from keras_cnns.submodels.published_names import ours
from keras_cnns.submodels.strides import last_of_strides

HEAD = (layers.Dropout, layers.Flatten, layers.Reshape, *GLOBAL_POOLINGS)
POOLINGS = {"avg": "mean", "max": "max"}


def backbone(model: Model, pooling: str | None = None, *, name: str | None = None) -> Model:
    """Return `model` without its classifier, up to its last feature map.

    The classifier is the last layer with weights on the way to the first output (a dense layer, or a
    convolution in networks such as NiN) with what surrounds it: pooling to a vector, flattening, dropout,
    hidden dense layers. Models inside the model are opened where the classifier is in them.

    Args:
        model: a functional or built Sequential model.
        pooling: "avg" or "max" pools the map to a vector, (batch, channels).
        name: of the new model; the old one's with "_backbone" if None.

    Returns:
        A functional model on the same inputs that shares the weights, and with them whether they can be
        trained; not compiled. Its output is the last map, (batch, height, width, channels) for images, or
        what the classifier reads if there are no maps.

    Raises:
        ValueError: if `model` is not functional, branches before a classifier is found, or `pooling` is
            something else.
    """
    check_functional(model)
    checked_choice("pooling", pooling, (None, "avg", "max"))
    (end,) = tensors_at(model, [last_map(model)])
    if pooling and len(end.shape) > 2:
        end = pooled(end, pooling)
    return Model(inputs_of(model), end, name=checked_name(name, f"{model.name}_backbone"))


def last_map(model: Model) -> Place:
    """Return the last feature map before the classifier, or what the classifier reads if there is none."""
    place = outputs_of(model)[0]
    classified = False
    while not classified:
        layer, place = place.operation, step_back(model, place)
        weights = getattr(layer, "weights", ())  # a function of keras.ops has none
        classified = bool(weights) and not isinstance(layer, layers.BatchNormalization)
    end = place
    while len(end.tensor.shape) < 3 or isinstance(end.operation, HEAD):
        if isinstance(end.operation, layers.InputLayer):
            return place
        end = step_back(model, end)
    return end


def step_back(model: Model, place: Place) -> Place:
    """Return the one tensor that the layer at a place has read."""
    sources = sources_of(place)
    if len(sources) != 1:
        raise ValueError(
            f"model must end in one path to its classifier; {model.name!r} reads {len(sources)} "
            f"tensors at {place.name!r}. Use features(model, landmarks) to cut it at a layer."
        )
    return sources[0]


def pooled(tensor: KerasTensor, pooling: str) -> KerasTensor:
    """Return the mean or the maximum of a map over its sides."""
    name = f"Global{'Average' if pooling == 'avg' else 'Max'}Pooling{len(tensor.shape) - 2}D"
    return getattr(layers, name)(name=f"{pooling}_pool")(tensor)


def features(
    model: Model,
    landmarks: str | Sequence[str] | Mapping[str, str] | None = None,
    *,
    strides: Sequence[int] | None = None,
    name: str | None = None,
) -> Model:
    """Return a model that gives the outputs of layers, by their names, or the last map of each stride.

    A layer of a model inside the model has the name "resnet18_backbone/conv5_2"; its own name is enough where
    no other layer has it. In our networks the names that keras.applications, torchvision, timm, TF-Slim and
    Caffe give to the same output are understood, such as "conv4_block6_out", "layer3.5" and "mixed10".

    Args:
        model: a functional or built Sequential model.
        landmarks: one layer name, for a model with one output; several, for a list in their order; or a dict
            of them, for a dict of outputs with its keys.
        strides: in place of landmarks, such as [4, 8, 16, 32] for a feature pyramid or a U-Net: by how many
            pixels of the image two neighbors of a map are apart. The map of a stride is the last one that all
            paths to the coarsest map go through, before padding.
        name: of the new model; the old one's with "_features" if None.

    Returns:
        A functional model on the same inputs that shares the weights; not compiled.

    Raises:
        ValueError: if `model` is not functional, has no layer of such a name or no map of such a stride, or
            applies the layer more than once.
    """
    check_functional(model)
    if (landmarks is None) == (strides is None):
        raise ValueError(f"landmarks or strides must be given; got {'both' if landmarks else 'neither'}.")
    places = named_places(model, landmarks) if strides is None else places_of_strides(model, strides)
    outputs: Any = tensors_at(model, places)
    if isinstance(landmarks, str):
        outputs = outputs[0]
    elif isinstance(landmarks, Mapping):
        outputs = dict(zip(landmarks, outputs))
    return Model(inputs_of(model), outputs, name=checked_name(name, f"{model.name}_features"))


def places_of_strides(model: Model, strides: Sequence[int]) -> list[Place]:
    """Return the last map of each stride before the classifier, or before the output if there is none."""
    end = last_map(model) if len(model.outputs[0].shape) == 2 else outputs_of(model)[0]
    return last_of_strides(model, end, strides)


def named_places(model: Model, landmarks: Any) -> list[Place]:
    """Return the outputs of the layers whose names are given as one, in a list, or as values of a dict."""
    if isinstance(landmarks, str):
        return [place_of(model, landmarks)]
    names = landmarks.values() if isinstance(landmarks, Mapping) else landmarks
    names = checked_strings("landmarks", names, model.layers[-1].name)
    if isinstance(landmarks, Mapping):
        checked_strings("landmarks", landmarks, "a key")
    if not names:
        raise ValueError("landmarks must have at least one layer's name; got none.")
    return [place_of(model, each) for each in names]


def place_of(model: Model, landmark: str) -> Place:
    """Return the output of the layer of a name, which may be inside a model."""
    found: dict[str, list[Place]] = defaultdict(list)
    own: dict[str, list[Place]] = defaultdict(list)
    for place in all_places(model):
        for each in {place, outermost(place)}:
            found[each.name].append(each)
            own[each.name.rpartition("/")[2]].append(each)
    places = found.get(landmark) or own.get(landmark)
    if not places and (meant := ours(landmark, found)):
        return place_of(model, meant)
    if not places:
        hint = nearest(landmark, {**own, **found})
        raise ValueError(f"landmarks must be names of layers in {model.name!r}; got {shown(landmark)}{hint}.")
    if len(places) > 1:
        full = sorted({place.name for place in places})
        which = f": {', '.join(full)}" if len(full) > 1 else ""
        raise ValueError(f"landmarks must name one output each; {landmark!r} has {len(places)}{which}.")
    return places[0]


def without_aux(model: Model) -> Model:
    """Return `model` with its first output only, as auxiliary classifiers are dropped after training.

    Args:
        model: a functional model whose first output is the one to keep.

    Returns:
        A functional model on the same inputs that shares the weights; if `model` is compiled, it is too, with
        the first output's loss and metrics and a new optimizer of the same kind.

    Raises:
        ValueError: if `model` is not functional.
    """
    check_functional(model)
    single = Model(inputs_of(model), model.outputs[0], name=f"{model.name}_without_aux")
    if model.compiled:
        compile_as_first(model, single)
        explain_labels(single)
    return single


def nearest(name: object, names: Iterable[str]) -> str:
    """Return a hint at the names that are most like one."""
    near = difflib.get_close_matches(str(name), list(names), n=3)
    return f"; the nearest are {', '.join(near)}" if near else ""
