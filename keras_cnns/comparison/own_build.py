"""Whether a model is word for word the reference: who wrote it, no comparison of functions can tell."""

from __future__ import annotations

import re
from typing import Any

from keras import Layer, Model

from keras_cnns.backends import no_tensorflow

NUMBERED = re.compile(r"_\d+$")  # what Keras puts behind a name that it has given before


def is_word_for_word(student: Model, reference: Model) -> bool:
    """Whether all layers have the same names, and the same settings down to those of training.

    Two people who build one network do not agree in the name and the initializer of each layer. A model for
    which this is true was made by the code that made the reference, or by a copy of it. If it is false, that
    says nothing.
    """
    if len(student.layers) != len(reference.layers):
        return False
    return all(_settings(one) == _settings(other) for one, other in zip(student.layers, reference.layers))


def _settings(layer: Layer) -> Any:
    try:
        with no_tensorflow():
            config = layer.get_config()
    except Exception:  # a layer of a person's own, which is in no network of the catalogue
        return object()
    return type(layer).__name__, {**config, "name": NUMBERED.sub("", layer.name)}
