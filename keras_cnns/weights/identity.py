"""Whether a model is one of our networks, layer by layer: weights are for that network and no other."""

from collections.abc import Iterator

import keras

from keras_cnns import graph
from keras_cnns.catalog import find, without_weights

# What a layer may differ in without computing anything else once it has its weights.
WITHOUT_EFFECT = ("name", "dtype", "trainable", "seed", "autocast", "batch_shape", "batch_input_shape")
ONLY_IN_TRAINING = ("initializer", "regularizer", "constraint", "momentum")

# The choices a factory leaves open, in the order in which they are tried.
CHOICES = {"aux": (False, True), "groups": (2, 1), "stride_in_3x3": (False, True)}


def options_of(model: keras.Model) -> dict[str, object]:
    """Return the options with which our factory builds this very network.

    Raises:
        ValueError: if the model has no name of ours, or differs from what our factory builds; it says where.
    """
    network = find_by_model(model)
    in_shape = tuple(model.input_shape[1:])
    n_classes = (model.output_shape[0] if len(model.outputs) > 1 else model.output_shape)[-1]
    difference = None
    for options in choices(network.options):
        reference = without_weights(network.name, in_shape, n_classes, **options)
        found = first_difference(model, reference)
        if found is None:
            return options
        difference = difference or found
    raise ValueError(
        f"model is called {model.name!r}, but is not what keras_cnns.create({network.name!r}) builds: "
        f"{difference}."
    )


def find_by_model(model: keras.Model):
    graph.check_functional(model)
    try:
        return find(model.name)
    except ValueError:
        raise ValueError(
            f"model must be a network of this package, with its name; got {model.name!r}. Build it with "
            "keras_cnns.create(name)."
        ) from None


def choices(names: tuple[str, ...]) -> Iterator[dict[str, object]]:
    """Every combination of the choices that a factory leaves open."""
    if not names:
        yield {}
        return
    for value in CHOICES[names[0]]:
        for others in choices(names[1:]):
            yield {names[0]: value, **others}


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
