"""The images to learn from and those held out: read from a folder, or the digits inside scikit-learn."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np

from keras_cnns.arguments import checked_path
from keras_cnns.images import SUFFIXES, listed, problems, require_pillow
from keras_cnns.safe_text import one_line

ImageSource = np.ndarray | Path  # 8-bit grey pixels, or a file
HELD_OUT = 0.2
# What people call the parts of one data set.
PARTS = {"train", "training", "val", "valid", "validation", "test", "testing"}


@dataclass
class Data:
    """Images as 8-bit grey arrays or as paths, their class numbers, and the names of the classes.

    Attributes:
        train: the images to learn from, and their class numbers.
        test: the images held out, and theirs.
        classes: the name of each class.
        left_out: how many files of which kinds were in the folders but are not of a kind that is read.
        unreadable: the image files that could not be read, each with a line that says why. They are skipped.
            Files that become unreadable later are added.
    """

    train: tuple[list[ImageSource], np.ndarray]
    test: tuple[list[ImageSource], np.ndarray]
    classes: list[str]
    left_out: Counter[str] = field(default_factory=Counter)
    unreadable: dict[Path, str] = field(default_factory=dict)


def load(
    data: str | Path,
    tracked: Callable[[list[Path]], Iterable[Path]] = iter,
    val: str | Path | None = None,
) -> Data:
    """Read "digits" or a folder of images, and set one image of each class in five apart.

    Every file is decoded once, so that a damaged one is known before the training. It is skipped and noted in
    `unreadable`.

    Args:
        data: "digits", or a folder with a sub-folder for each class.
        tracked: passes the list of files through while they are decoded, for a progress bar.
        val: a folder with the same sub-folders, whose images are held out; of `data` none is then.

    Raises:
        ValueError: if there are not two classes of two readable images each, or `val` has other classes.
        ImportError: if a package is missing; it says what to install.
    """
    require_pillow("train")
    if str(data) == "digits":
        if val is not None:
            raise ValueError("val goes with a folder of images; of the digits one in five is held out.")
        images, labels, classes = read_digits()
        return split(images, labels, classes)
    folder = checked_path("data", data)
    files, left_out = image_files(folder)
    others, left_out_there = ({}, Counter[str]()) if val is None else image_files(checked_path("val", val))
    if val is not None and list(others) != list(files):
        differ = sorted(set(files) ^ set(others))
        raise ValueError(f"val must have the same sub-folders as data; not in both: {', '.join(differ[:5])}.")
    unreadable: dict[Path, str] = {}
    for path, why in problems(tracked([path for part in (files, others) for path in chain(*part.values())])):
        if why is not None:
            unreadable[path] = why
    images, labels = readable_files(folder, files, unreadable)
    if val is None:
        found = split(images, labels, list(files))
    else:
        found = Data((images, labels), readable_files(Path(val), others, unreadable), list(files))
    found.left_out, found.unreadable = left_out + left_out_there, unreadable
    return found


def readable_files(
    folder: Path, files: dict[str, list[Path]], unreadable: dict[Path, str]
) -> tuple[list[ImageSource], np.ndarray]:
    """Return the files of a folder that can be read, with their class numbers."""
    readable = {name: [path for path in paths if path not in unreadable] for name, paths in files.items()}
    check_numbers(folder, readable, files)
    labels = np.repeat(np.arange(len(readable)), [len(paths) for paths in readable.values()])
    return list(chain(*readable.values())), labels


def split(images: list[ImageSource], labels: np.ndarray, classes: list[str]) -> Data:
    test = held_out(labels)
    train, rest = ([images[i] for i in np.flatnonzero(mask)] for mask in (~test, test))
    return Data((train, labels[~test]), (rest, labels[test]), classes)


def read_digits() -> tuple[list[ImageSource], np.ndarray, list[str]]:
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError('the digits are inside scikit-learn: pip install "keras-cnns[train]"') from error
    digits = load_digits()
    grey = np.round(digits.images * (255 / digits.images.max())).astype("uint8")
    return list(grey), digits.target, [str(name) for name in digits.target_names]


def image_files(folder: Path) -> tuple[dict[str, list[Path]], Counter[str]]:
    """Return the image files of each class by name, and how many of which kinds are left out."""
    check_folder(folder)
    classes = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    found = {path.name: listed(path) for path in classes}
    files = {name: paths for name, (paths, _) in found.items()}
    check_numbers(folder, files, files)
    left_out = sum((others for _, others in found.values()), Counter[str]())
    left_out["images beside the class folders"] = len(listed(folder)[0])
    return files, +left_out


def check_folder(folder: Path) -> None:
    """Refuse what is no folder."""
    if not folder.is_dir():
        raise ValueError(
            f'data must be "digits" or a folder with one sub-folder per class; got {str(folder)!r}.'
        )


def check_numbers(folder: Path, readable: dict[str, list[Path]], files: dict[str, list[Path]]) -> None:
    """Refuse fewer than two classes, or classes of fewer than two readable images."""
    few = [name for name, paths in readable.items() if len(paths) < 2]
    parts = sorted(name for name in files if name.lower() in PARTS)
    if len(files) >= 2 and not few and len(parts) < len(files):
        return
    found = f"{len(files)} sub-folders" if len(files) < 2 else f"classes {', '.join(list(files)[:5])}"
    if few:
        damaged = any(len(files[name]) >= 2 for name in few)
        found = f"in {', '.join(map(one_line, few[:5]))} fewer than two{' readable ones' * damaged}"
    hint = ""
    if parts:
        part = str(folder / next((name for name in parts if "train" in name.lower()), parts[0]))
        hint = f" Parts of one data set ({', '.join(parts)}) are given one at a time, such as {part!r}."
    raise ValueError(
        "data must be a folder with two or more sub-folders of two or more images each "
        f"({' '.join(SUFFIXES)}); got {str(folder)!r} with {found}.{hint}"
    )


def held_out(labels: np.ndarray) -> np.ndarray:
    """Mark a fifth of each class, but at least one image, always the same ones."""
    mask = np.zeros(len(labels), dtype=bool)
    random = np.random.default_rng(0)
    for label in np.unique(labels):
        places = random.permutation(np.flatnonzero(labels == label))
        mask[places[: max(1, round(HELD_OUT * len(places)))]] = True
    return mask
