"""Published weights to begin a training with."""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from keras_cnns.api import create
from keras_cnns.cli.predict import is_file, weight_set
from keras_cnns.cli.predict_own import own_file
from keras_cnns.cli.train_asked import Asked
from keras_cnns.cli.train_own_start import begun_with_own, resolve_own
from keras_cnns.weights.formats import require_reader

if TYPE_CHECKING:
    import keras

    from keras_cnns.training import Recipe
    from keras_cnns.weights import Preprocessing


def resolve_start(asked: Asked) -> None:
    """Note what the weights need: options of the network, size and values of images. Nothing is fetched yet.

    Raises:
        ValueError: if there are no such weights, or it is not known how they expect images.
        ImportError: if the package that reads them is missing.
    """
    if asked.weights is None:
        if asked.like is not None:
            raise ValueError("--like goes with --weights, when that is a file.")
        return
    if (own := own_file(asked.weights)) is not None:
        resolve_own(asked, own)
        return
    row = weight_set(asked.row.name, asked.weights, asked.like)
    file = Path(asked.weights) if is_file(asked.weights) else None
    require_reader(file or row.file.name)
    seen = cast("Preprocessing", row.preprocessing)  # weight_set refuses rows without
    asked.size = asked.size or seen.size
    asked.start = {
        "weights": row.source if file is None else str(file.absolute()),
        "options": dict(row.options),
        "mean": list(seen.mean),
        "std": list(seen.std),
        "order": seen.mode,
    }


def begun_with(asked: Asked, names: list[str], resume: bool) -> "keras.Model":
    """Return the network, with the weights that it begins with; a run that goes on has its own."""
    classes = len(names)
    if asked.start is None:
        return create(asked.row.name, asked.in_shape, classes, "sgd", **asked.variant)
    options = asked.variant | asked.start["options"]
    if resume:
        return create(asked.row.name, asked.in_shape, classes, "sgd", **options)
    if "classes" in asked.start:
        return begun_with_own(asked, names)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* keep their initial weights", category=UserWarning)
        return create(asked.row.name, asked.in_shape, classes, "sgd", asked.start["weights"], **options)


def recipe_of(asked: Asked) -> "Recipe":
    """Return the recipe that was asked for; with weights that of fine-tuning, with images as they expect."""
    from keras_cnns.training import View, fine_tuning, recipe

    if asked.start is None:
        return recipe(asked.network, asked.recipe, asked.plateau)
    mean, std = (numbers(asked.start[name]) for name in ("mean", "std"))
    found = fine_tuning(View(mean, std, order=asked.start["order"]))
    if asked.start.get("cropped", True):
        return found
    return replace(found, view=replace(found.view, cropped=False, distortion="turn"))


def numbers(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
