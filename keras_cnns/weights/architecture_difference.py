"""Where two models of the same layer order differ in what they compute."""

from pathlib import Path

import keras
from keras import layers

from keras_cnns import graph
from keras_cnns.layer_kinds import DROPOUTS

# What a layer may differ in without computing anything else once it has its weights.
WITHOUT_EFFECT = ("name", "dtype", "trainable", "seed", "autocast", "batch_shape", "batch_input_shape")
ONLY_IN_TRAINING = ("initializer", "regularizer", "constraint", "momentum")


def first_difference(model: keras.Model, reference: keras.Model) -> str | None:
    """Return the first difference in what two models compute, layer by layer, or None."""
    found, expected = (graph.read(one, own_layers=False) for one in (model, reference))
    for vertex, wanted in zip(found.vertices, expected.vertices):
        if difference := vertex_difference(vertex, wanted):
            return f"layer {vertex.name!r} {difference}"
    if len(found.vertices) != len(expected.vertices) or found.outputs != expected.outputs:
        return f"it has {len(found.vertices)} layers, not {len(expected.vertices)}, or other outputs"
    return None


def vertex_difference(vertex: graph.Vertex, wanted: graph.Vertex) -> str | None:
    """Return how a layer differs from the one in its place."""
    if vertex.sources != wanted.sources:
        return "has other inputs"
    kind, wanted_kind = type(vertex.operation).__name__, type(wanted.operation).__name__
    if kind != wanted_kind:
        return f"is {kind}, not {wanted_kind}"
    settings, wanted_settings = effective_settings(vertex), effective_settings(wanted)
    for key, value in wanted_settings.items():
        if settings.get(key) != value:
            return f"has {key}={settings.get(key)!r}, not {value!r}"
    return None


def effective_settings(vertex: graph.Vertex) -> dict[str, object]:
    """The settings of a layer that decide what it computes."""
    settings = vertex.operation.get_config()
    return {
        key: value
        for key, value in settings.items()
        if key not in WITHOUT_EFFECT and not key.endswith(ONLY_IN_TRAINING)
    }


def file_difference(path: Path, model: keras.Model) -> str | None:
    """Return the first difference between the model of a `.keras` file and one for its weights, or None.

    Neither the number of classes counts, nor what the classifier ends in, nor preparation of the images or
    dropout, nor whether layers are in a nested model.
    """
    from keras_cnns import architectures  # noqa: F401  registers the layers that our networks define
    from keras_cnns.keras_files.architecture import load_architecture

    other = load_architecture(path)
    found = first_difference(other, model)
    return found if found and core_difference(other, model) else None


def core_difference(model: keras.Model, reference: keras.Model) -> bool:
    """Return whether two models differ from their first layer with weights to their last."""
    found, expected = core(model), core(reference)
    if len(found) != len(expected):
        return True
    last = max(i for i, (_, _, has_weights) in enumerate(expected) if has_weights) if expected else -1
    of_classes = {"units", "filters", "activation"}
    for i, ((kind, settings, _), (wanted_kind, wanted, _)) in enumerate(zip(found, expected)):
        ignored = of_classes if i == last else set()
        keys = (settings.keys() | wanted.keys()) - ignored
        if kind != wanted_kind or any(settings.get(key) != wanted.get(key) for key in keys):
            return True
    return False


def core(model: keras.Model) -> list[tuple[str, dict[str, object], bool]]:
    """Return the class and settings of each layer between the first and the last with weights, in order."""
    left_out = (layers.InputLayer, *DROPOUTS)
    listed = [
        vertex
        for vertex in graph.read(model, expand_nested=True, own_layers=False).vertices
        if not isinstance(vertex.operation, left_out)
    ]
    weighted = [i for i, vertex in enumerate(listed) if getattr(vertex.operation, "weights", ())]
    listed = listed[weighted[0] : weighted[-1] + 1] if weighted else []
    return [
        (type(one.operation).__name__, effective_settings(one), bool(getattr(one.operation, "weights", ())))
        for one in listed
    ]
