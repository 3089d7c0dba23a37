"""Whether a model is one of our networks, layer by layer: weights are for that network and no other."""

from collections.abc import Iterator

import keras

from keras_cnns import graph
from keras_cnns.building import without_weights
from keras_cnns.catalog.facts import NETWORKS, Network
from keras_cnns.weights.architecture_difference import first_difference

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


def find_by_model(model: keras.Model) -> Network:
    """Return the network that a model has the very name of."""
    graph.check_functional(model)
    for network in NETWORKS:
        if network.name == model.name:
            return network
    raise ValueError(
        f"model must be a network of this package, with its name; got {model.name!r}. Build it with "
        "keras_cnns.create(name)."
    )


def choices(names: tuple[str, ...]) -> Iterator[dict[str, object]]:
    """Every combination of the choices that a factory leaves open."""
    if not names:
        yield {}
        return
    for value in CHOICES[names[0]]:
        for others in choices(names[1:]):
            yield {names[0]: value, **others}
