"""A model of one's own for `keras-cnns predict`: the run of a training, or a file that names its classes."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_cnns.catalog.facts import is_network
from keras_cnns.cli.export import trained
from keras_cnns.keras_files.stored_use import Use, stored_use
from keras_cnns.safe_text import shortened

if TYPE_CHECKING:
    import keras
    import numpy as np

    from keras_cnns.training.view import View

OF_A_RUN = ("best.keras", "model.keras")
LONGEST_LABEL = 200


def own_file(name: str) -> Path | None:
    """Return the file of the model that a run's folder or a file's name means; None for anything else.

    Raises:
        ValueError: for a folder without a model, or a file that is not there.
    """
    path = Path(name)
    if is_network(name) or not (path.is_dir() or path.suffix.lower() == ".keras"):
        return None
    if path.is_dir():
        found = next((path / file for file in OF_A_RUN if (path / file).is_file()), None)
        if found is None:
            raise ValueError(f"{path} is not the folder of a run: it has no {' and no '.join(OF_A_RUN)}.")
        return found
    if not path.is_file():
        raise ValueError(
            f"NAME, RUN or FILE.keras must be a network, a run's folder or a file; {path} is none."
        )
    return path


def use_of(file: Path) -> Use:
    """Return the classes of a model's file and how it sees images.

    Raises:
        ValueError: if the file does not say.
    """
    use = stored_use(file)
    if use is None:
        raise ValueError(
            f"{file} does not say which classes it tells apart, nor how it sees images; files that "
            "`keras-cnns train` writes do."
        )
    return use


def own_model(file: Path, use: Use) -> "keras.Model":
    """Return the model in a file; it must have one image as its input and an output for each class.

    Raises:
        ValueError: for another model, or a file that is not safe to load.
    """
    model = trained(str(file), None)
    shape, outputs = model.input_shape, model.outputs
    whole = isinstance(shape, tuple) and len(shape) == 4 and None not in shape[1:] and shape[-1] in (1, 3)
    if not whole or outputs[0].shape[1:] != (len(use.classes),):
        raise ValueError(
            f"{file} must read one image and have an output for each of its {len(use.classes)} classes."
        )
    return model


def prepared(model: "keras.Model", use: Use) -> Callable[[Path], "np.ndarray"]:
    """Return what makes of an image file a batch of one for the model."""
    from keras_cnns.training.augment import pixels

    view = view_of(use)
    return lambda file: pixels(file, model.input_shape[1:], None, view)[None]


def view_of(use: Use) -> "View":
    """Return how a model sees images, as its file says."""
    from keras_cnns.training.view import View

    return View(use.mean, use.std, use.cropped, order=use.order)


def named(use: Use) -> Callable[[Any, int], list[Any]]:
    """Return what names the likeliest classes of each image."""
    from keras_cnns.weights import decode

    return partial(decode, classes=[shortened(name, LONGEST_LABEL) for name in use.classes])
