"""How well a model tells apart images that are only tested on, from a folder of them."""

import difflib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import keras
import numpy as np

from keras_cnns.arguments import checked_int, checked_path, checked_strings
from keras_cnns.images import SUFFIXES, listed, require_pillow
from keras_cnns.safe_text import one_line
from keras_cnns.training.data import PARTS, Data, ImageSource, check_folder
from keras_cnns.training.scoring import Answers, Scores, scored

NAMED = 5  # folders in a message


def labelled(folder: str | Path, classes: Sequence[str], also: Mapping[str, int] | None = None) -> Data:
    """Read a folder of images to test on, in sub-folders that are named by the classes of a model.

    There need not be images of each class. Nothing is decoded yet.

    Args:
        folder: with a sub-folder for each class.
        classes: the names of the model's classes, in the order of its outputs.
        also: other names of classes, with the number of the class.

    Returns:
        The data; all of it is held out.

    Raises:
        ValueError: if a sub-folder is named by no class, two are named by one, or there is no image.
    """
    require_pillow("train")
    place = checked_path("folder", folder)
    check_folder(place)
    known = {
        **dict(also or {}),
        **{name: i for i, name in enumerate(checked_strings("classes", classes, "cat"))},
    }
    inside = sorted(path for path in place.iterdir() if path.is_dir() and path.name[0] != ".")
    numbers = class_numbers(place, inside, known)
    images: list[ImageSource] = []
    labels: list[int] = []
    left_out = Counter[str]()
    for path, number in zip(inside, numbers):
        files, others = listed(path)
        images += files
        labels += [number] * len(files)
        left_out += others
    left_out["images beside the class folders"] = len(listed(place)[0])
    if not images:
        raise ValueError(
            f"data must have images ({' '.join(SUFFIXES)}) in its sub-folders; got {str(folder)!r}."
        )
    return Data(([], np.zeros(0, int)), (images, np.array(labels)), list(classes), +left_out)


def class_numbers(place: Path, folders: Sequence[Path], known: Mapping[str, int]) -> list[int]:
    """Return the class that each sub-folder is named by, or raise a ValueError."""
    strange = [path.name for path in folders if path.name not in known]
    if strange or not folders:
        parts = [name for name in strange if name.lower() in PARTS]
        named = ", ".join(map(one_line, strange[:NAMED])) or "it has none"
        near = difflib.get_close_matches(strange[0], known, n=1) if strange else []
        hint = f" Did you mean {one_line(near[0])}?" if near else ""
        if parts:
            hint = f" Parts of one data set are given one at a time, such as {str(place / parts[-1])!r}."
        more = f" and {len(strange) - NAMED:,} more" if len(strange) > NAMED else ""
        raise ValueError(
            f"the sub-folders of data must be named by the model's classes, such as "
            f"{one_line(next(iter(known)))}; not so in {str(place)!r}: {named}{more}.{hint}"
        )
    numbers = [known[path.name] for path in folders]
    for number, times in Counter(numbers).items():
        if times > 1:
            twice = ", ".join(one_line(path.name) for path in folders if known[path.name] == number)
            raise ValueError(f"data must have one sub-folder for a class; {twice} name the same one.")
    return numbers


def evaluate(
    model: keras.Model, data: Data, prepare: Callable[[ImageSource], np.ndarray], batch_size: int = 32
) -> Scores:
    """Return how well the first output of a model, which has probabilities, tells images apart.

    Args:
        model: any model that reads one image and has an output for each class.
        data: what `labelled` returns, or `load`, of which the images held out are taken.
        prepare: makes of an image what the model reads, (height, width, channels) or a batch of one.
        batch_size: images computed at once.

    Returns:
        The scores. Files that cannot be read are not counted, and noted in `data.unreadable`.

    Raises:
        ValueError: if none can be read, or the outputs are no probabilities of the classes.
    """
    return scored(answers(model, data, prepare, checked_int("batch_size", batch_size)), data)


def answers(
    model: keras.Model, data: Data, prepare: Callable[[ImageSource], np.ndarray], batch_size: int
) -> Answers:
    """Give the classes of the images, batch by batch, with what the first output says of them."""
    for images, labels in batches(data, prepare, batch_size):
        outputs = model.predict_on_batch(np.stack(images))
        first = outputs[0] if isinstance(outputs, (list, tuple)) else outputs
        yield np.array(labels), np.asarray(first, dtype="float32")


def batches(
    data: Data, prepare: Callable[[ImageSource], np.ndarray], batch_size: int
) -> Iterator[tuple[list[np.ndarray], list[int]]]:
    """Give prepared images with their classes, as many at once as asked for; unreadable ones are noted."""
    images: list[np.ndarray] = []
    labels: list[int] = []
    for image, label in zip(*data.test):
        try:
            seen = prepare(image)
        except ValueError as error:
            if not isinstance(image, Path):
                raise
            data.unreadable[image] = str(error)
            continue
        images.append(seen[0] if seen.ndim == 4 else seen)
        labels.append(int(label))
        if len(images) == batch_size:
            yield images, labels
            images, labels = [], []
    if images:
        yield images, labels
