"""Which published weights a model has: noted when they are loaded, never guessed."""

import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from keras_cnns.weights.download.files import fault, known_digest
from keras_cnns.weights.published import SETS, WeightSet, find

if TYPE_CHECKING:
    import keras

# Which weights a model got, for as long as it lives.
loaded: "weakref.WeakKeyDictionary[keras.Model, WeightSet]" = weakref.WeakKeyDictionary()


def remember(model: "keras.Model", path: Path) -> None:
    """Note which published weights a model has now, if the file is one of theirs."""
    loaded.pop(model, None)
    for row in SETS:
        if (row.network, row.file.name) == (model.name, path.name):
            digest = known_digest(row.file)
            if digest and not fault(path, digest):
                loaded[model] = row


def known_set(model_or_name: "keras.Model | str | WeightSet", source: str) -> WeightSet:
    """Return the weights that are meant; nothing is guessed."""
    if isinstance(model_or_name, WeightSet):
        return model_or_name
    if isinstance(model_or_name, str):
        return find(model_or_name, source)
    if model_or_name in loaded:
        return loaded[model_or_name]
    name = getattr(model_or_name, "name", type(model_or_name).__name__)
    raise ValueError(
        "model_or_name must be a network's name or a model from keras_cnns.create(name, weights=...); which "
        f"weights {name!r} has is not known. Say it: preprocess('resnet50', images, source='keras')."
    )
