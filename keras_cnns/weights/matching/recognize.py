"""Which network of this package a model is, layer by layer: weights are for that network and no other."""

from collections.abc import Iterator

import keras

from keras_cnns import graph
from keras_cnns.building import without_weights
from keras_cnns.catalog.facts import NETWORKS, Network
from keras_cnns.weights.architecture_difference import first_difference

# The values of each factory option, in the order in which they are tried.
OPTION_VALUES = {
    "alpha": (1.0, 0.75, 0.5, 0.35, 0.25, 1.3, 1.4),
    "aux": (False, True),
    "groups": (2, 1),
    "shortcut": ("zeros", "projection", "none"),
    "slim": (False, True),
    "stride_in_3x3": (False, True),
    "wide": (False, True),
}


def recognize_options(model: keras.Model) -> dict[str, object]:
    """Return the options with which the factory builds this very network.

    Raises:
        ValueError: if the model has not the name of a network of this package, or differs from what the
            factory builds; it says where.
    """
    network = recognize_network(model)
    in_shape = tuple(model.input_shape[1:])
    n_classes = (model.output_shape[0] if len(model.outputs) > 1 else model.output_shape)[-1]
    difference = None
    for options in combinations(network.options):
        reference = without_weights(network.name, in_shape, n_classes, **options)
        found = first_difference(model, reference)
        if found is None:
            return options
        difference = difference or found
    raise ValueError(
        f"model is called {model.name!r}, but is not what keras_cnns.create({network.name!r}) builds: "
        f"{difference}."
    )


def recognize_network(model: keras.Model) -> Network:
    """Return the network whose name a model has; the spelling must be the same."""
    graph.check_functional(model)
    for network in NETWORKS:
        if network.name == model.name:
            return network
    raise ValueError(
        f"model must be a network of this package, with its name; got {model.name!r}. Build it with "
        "keras_cnns.create(name)."
    )


def combinations(names: tuple[str, ...]) -> Iterator[dict[str, object]]:
    """Every combination of the values that these options may have."""
    if not names:
        yield {}
        return
    for value in OPTION_VALUES[names[0]]:
        for others in combinations(names[1:]):
            yield {names[0]: value, **others}
