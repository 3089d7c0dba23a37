"""Models by what a person types: a name of ours, one of keras.applications, a file."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import keras

from keras_cnns.building import without_weights
from keras_cnns.catalog.facts import list_models
from keras_cnns.weightless import build_weightless


def models_of(argument: str) -> Iterator[tuple[str, keras.Model]]:
    """A title and a model, or several where a file builds several."""
    keras.utils.clear_session()
    if argument in list_models():
        yield argument, without_weights(argument)
    elif hasattr(keras.applications, argument):
        yield argument, build_weightless(getattr(keras.applications, argument), weights=None)
    else:
        spec = importlib.util.spec_from_file_location("model_file", argument)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        built = module.build()
        for model in built if isinstance(built, (list, tuple)) else [built]:
            yield f"{Path(argument).stem} {model.name}", model
