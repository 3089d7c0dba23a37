"""Which published weights a model has: noted when they are loaded, never guessed."""

import warnings
import weakref
from pathlib import Path

import keras

from keras_cnns.arguments import shown
from keras_cnns.catalog import facts
from keras_cnns.weights.download.files import digest_error, known_digest
from keras_cnns.weights.published import SETS, WeightSet, find

# The weights that each model got, for as long as it lives.
loaded: "weakref.WeakKeyDictionary[keras.Model, WeightSet]" = weakref.WeakKeyDictionary()


def note_published_set(model: "keras.Model", path: Path, checked: WeightSet | None = None) -> None:
    """Note which published weights a model has now, if the file it got is one of theirs.

    Args:
        model: the model.
        path: the file; a warning says if it has the name of published weights and is not what was published.
        checked: the set that it is, if its digest was checked just now.
    """
    loaded.pop(model, None)
    if checked is not None:
        loaded[model] = checked
        return
    for row in SETS:
        if (row.network, row.file.name) == (model.name, path.name) and (digest := known_digest(row.file)):
            if error := digest_error(path, digest):
                warnings.warn(f"{path} has the name of published weights, but is {error}.", stacklevel=4)
            else:
                loaded[model] = row


def known_set(model_or_name: "keras.Model | str | WeightSet", source: str) -> WeightSet:
    """Return the weights of a model, or of a network's name and a source.

    Raises:
        ValueError: if it is not known which weights a model has, or a name has no such weights.
    """
    if isinstance(model_or_name, WeightSet):
        return model_or_name
    if isinstance(model_or_name, str):
        name = facts.find_network(model_or_name, "model_or_name").name
        try:
            return find(name, source)
        except ValueError as error:
            raise ValueError(f"model_or_name, {name!r}, and source: {error}") from None
    if isinstance(model_or_name, keras.Model) and model_or_name in loaded:
        return loaded[model_or_name]
    name = model_or_name.name if isinstance(model_or_name, keras.Model) else model_or_name
    raise ValueError(
        "model_or_name must be a network's name or a model from keras_cnns.create(name, weights=...); it is "
        f"unknown which weights {shown(name)} has. {way_out(name, model_or_name)}"
    )


def way_out(name: object, model: object) -> str:
    """Say how images are prepared for a model whose weights are not known."""
    network = next((row.network for row in SETS if isinstance(name, str) and row.network == name), None)
    if network is None:
        return (
            "Scale images as in its training, or give the network and the source that its weights are from."
        )
    sources = list(dict.fromkeys(row.source for row in SETS if row.network == network))
    size = getattr(model, "input_shape", (None,) * 4)[1:3]
    given = f", size={tuple(size)}" if None not in size else ""
    return (
        f"If they are published ones, give their source, such as preprocess({network!r}, images, "
        f"source={sources[0]!r}{given}); {network} has {', '.join(sources)}. Otherwise scale images as in "
        "its training; for random weights keras.layers.Rescaling(1 / 127.5, -1) will do."
    )
