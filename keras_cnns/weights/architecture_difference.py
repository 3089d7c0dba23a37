"""Where two models differ in what they compute, layer by layer and in the same order."""

import keras

from keras_cnns import graph

# What a layer may differ in without computing anything else once it has its weights.
WITHOUT_EFFECT = ("name", "dtype", "trainable", "seed", "autocast", "batch_shape", "batch_input_shape")
ONLY_IN_TRAINING = ("initializer", "regularizer", "constraint", "momentum")


def first_difference(model: keras.Model, reference: keras.Model) -> str | None:
    """Return where two models differ in what they compute, None if nowhere."""
    ours, theirs = graph.read(model), graph.read(reference)
    for vertex, expected in zip(ours.vertices, theirs.vertices):
        if vertex.sources != expected.sources:
            return f"layer {vertex.name!r} reads other layers"
        kind, wanted = type(vertex.operation).__name__, type(expected.operation).__name__
        if kind != wanted:
            return f"layer {vertex.name!r} is {kind}, not {wanted}"
        settings, expected_settings = effective(vertex), effective(expected)
        for key in expected_settings:
            if settings.get(key) != expected_settings[key]:
                return (
                    f"layer {vertex.name!r} has {key}={settings.get(key)!r}, not {expected_settings[key]!r}"
                )
    if len(ours.vertices) != len(theirs.vertices) or ours.outputs != theirs.outputs:
        return f"it has {len(ours.vertices)} layers, not {len(theirs.vertices)}, or other outputs"
    return None


def effective(vertex: graph.Vertex) -> dict[str, object]:
    """The settings of a layer that decide what it computes."""
    settings = vertex.operation.get_config()
    return {
        key: value
        for key, value in settings.items()
        if key not in WITHOUT_EFFECT and not key.endswith(ONLY_IN_TRAINING)
    }
