"""Where two models of the same layer order differ in what they compute."""

import keras

from keras_cnns import graph

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
