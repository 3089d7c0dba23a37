"""A folder of images to test a model on, in sub-folders named by its classes; read without Keras."""

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_cnns.arguments import checked_path, checked_strings, shown
from keras_cnns.images import SUFFIXES, listed, require_pillow
from keras_cnns.safe_text import one_line
from keras_cnns.training.data import PARTS, Data, ImageSource, check_folder

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
    names = checked_strings("classes", classes, "cat")
    if not names:
        raise ValueError(f"classes must have a name for each output of the model; got {shown(classes)}.")
    known = {**other_names(also), **{name: i for i, name in enumerate(names)}}
    check_folder(place, "folder")
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
            f"folder must have images ({' '.join(SUFFIXES)}) in its sub-folders; got {str(folder)!r}."
        )
    return Data(([], np.zeros(0, int)), (images, np.array(labels)), list(classes), +left_out)


def other_names(also: Any) -> dict[str, int]:
    """Return the other names of classes, or raise a ValueError."""
    if also is None:
        return {}
    if not isinstance(also, Mapping) or not all(
        isinstance(name, str) and isinstance(number, int) for name, number in also.items()
    ):
        raise ValueError(f"also must be numbers of classes by their other names; got {shown(also)}.")
    return dict(also)


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
            f"folder must have sub-folders that are named by the model's classes, such as "
            f"{one_line(next(iter(known)))}; not so in {str(place)!r}: {named}{more}.{hint}"
        )
    numbers = [known[path.name] for path in folders]
    for number, times in Counter(numbers).items():
        if times > 1:
            twice = ", ".join(one_line(path.name) for path in folders if known[path.name] == number)
            raise ValueError(f"folder must have one sub-folder for a class; {twice} name the same one.")
    return numbers
