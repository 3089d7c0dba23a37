"""Training on real images: recipes, runs that can be resumed, and how well unseen images are told apart.

The data is either "digits", 1,797 handwritten digits that come inside scikit-learn and need no download, or a
folder with one sub-folder of images for each class. Nothing here is imported before it is used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keras_cnns.training.augment import pixels
    from keras_cnns.training.batches import Batches
    from keras_cnns.training.data import Data, load
    from keras_cnns.training.devices import prepare
    from keras_cnns.training.evaluation import evaluate
    from keras_cnns.training.labelled_folder import labelled
    from keras_cnns.training.recipes import Recipe, fine_tuning, recipe
    from keras_cnns.training.run import train
    from keras_cnns.training.scoring import confusion, scores
    from keras_cnns.training.view import View

__all__ = [
    "Batches",
    "Data",
    "Recipe",
    "View",
    "confusion",
    "evaluate",
    "fine_tuning",
    "labelled",
    "load",
    "pixels",
    "prepare",
    "recipe",
    "scores",
    "train",
]

_HOMES = {
    "Batches": "batches",
    "Data": "data",
    "Recipe": "recipes",
    "View": "view",
    "confusion": "scoring",
    "evaluate": "evaluation",
    "fine_tuning": "recipes",
    "labelled": "labelled_folder",
    "load": "data",
    "pixels": "augment",
    "prepare": "devices",
    "recipe": "recipes",
    "scores": "scoring",
    "train": "run",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'keras_cnns.training' has no attribute {name!r}")
    return getattr(importlib.import_module(f"keras_cnns.training.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
