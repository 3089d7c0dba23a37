"""Published weights, loaded exactly: `keras-cnns weights` lists them.

`SETS` has the rows of that list. Nothing here is imported before it is used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras_cnns.weights.expected_images import Preprocessing
    from keras_cnns.weights.imagenet_classes import Prediction, decode
    from keras_cnns.weights.loading import Loaded, load_weights
    from keras_cnns.weights.pretrained import preprocess, preprocessing_layers
    from keras_cnns.weights.published import SETS, WeightSet, find

__all__ = [
    "SETS",
    "Loaded",
    "Prediction",
    "Preprocessing",
    "WeightSet",
    "decode",
    "find",
    "load_weights",
    "preprocess",
    "preprocessing_layers",
]

_HOMES = {
    "SETS": "published",
    "Loaded": "loading",
    "Prediction": "imagenet_classes",
    "Preprocessing": "expected_images",
    "WeightSet": "published",
    "decode": "imagenet_classes",
    "find": "published",
    "load_weights": "loading",
    "preprocess": "pretrained",
    "preprocessing_layers": "pretrained",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'keras_cnns.weights' has no attribute {name!r}")
    return getattr(importlib.import_module(f"keras_cnns.weights.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
