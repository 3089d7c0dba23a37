"""The images to learn from and those held out: read from a folder, or the digits inside scikit-learn."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import overload

import numpy as np

from keras_cnns.arguments import checked_path
from keras_cnns.images import SUFFIXES, names, problem, require_pillow
from keras_cnns.safe_text import one_line

ImageSource = np.ndarray | Path  # 8-bit grey pixels, or a file
HELD_OUT = 0.2
# What people call the parts of one data set.
PARTS = {"train", "training", "val", "valid", "validation", "test", "testing"}


class Files(Sequence[Path]):
    """Image files in class folders, kept as their names: a path of its own for each takes five times more.

    Attributes:
        folder: what has the class folders.
        names: class/file, with the system's separator.
    """

    def __init__(self, folder: Path, names: Sequence[str]):
        self.folder, self.names = folder, names

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> "Files": ...
    def __getitem__(self, index: int | slice) -> "Path | Files":
        if isinstance(index, slice):
            return Files(self.folder, self.names[index])
        return self.folder / self.names[index]

    def picked(self, indices: Sequence[int]) -> "Files":
        return Files(self.folder, [self.names[i] for i in indices])


@dataclass
class Data:
    """Images as 8-bit grey arrays or as paths, their class numbers, and the names of the classes.

    Attributes:
        train: the images to learn from, and their class numbers.
        test: the images held out, and theirs.
        classes: the name of each class.
        left_out: how many files of which kinds were in the folders but are not of a kind that is read.
        unreadable: the image files that could not be read so far, each with a line that says why. Files are
            added when they are first shown.
    """

    train: tuple[Sequence[ImageSource], np.ndarray]
    test: tuple[Sequence[ImageSource], np.ndarray]
    classes: list[str]
    left_out: Counter[str] = field(default_factory=Counter)
    unreadable: dict[Path, str] = field(default_factory=dict)


def load(
    data: str | Path,
    tracked: Callable[[list[Path]], Iterable[Path]] = iter,
    val: str | Path | None = None,
) -> Data:
    """Read "digits" or a folder of images, and set one image of each class in five apart.

    Of a folder the names are read, and of each class as many files as it takes to find two that are sound.
    Another one that cannot be read is found when it is first shown, and is noted in `unreadable` then.

    Args:
        data: "digits", or a folder with a sub-folder for each class.
        tracked: passes the list of class folders through while they are read, for a progress bar.
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
    if val is not None:
        check_same_classes(class_folders(folder), class_folders(checked_path("val", val)))
    left_out, unreadable = Counter[str](), dict[Path, str]()
    files, labels, classes = image_files(folder, tracked, left_out, unreadable)
    if val is None:
        found = split(files, labels, classes)
    else:
        others, their_labels, _ = image_files(Path(val), tracked, left_out, unreadable)
        found = Data((files, labels), (others, their_labels), classes)
    found.left_out, found.unreadable = left_out, unreadable
    return found


def check_same_classes(folders: list[Path], others: list[Path]) -> None:
    """Refuse parts of a data set that have other classes."""
    differ = sorted({path.name for path in folders} ^ {path.name for path in others})
    if differ:
        raise ValueError(f"val must have the same sub-folders as data; not in both: {', '.join(differ[:5])}.")


def split(images: Sequence[ImageSource], labels: np.ndarray, classes: list[str]) -> Data:
    test = held_out(labels)
    places = (np.flatnonzero(mask).tolist() for mask in (~test, test))
    train, rest = (
        images.picked(some) if isinstance(images, Files) else [images[i] for i in some] for some in places
    )
    return Data((train, labels[~test]), (rest, labels[test]), classes)


def read_digits() -> tuple[list[ImageSource], np.ndarray, list[str]]:
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError('the digits are inside scikit-learn: pip install "keras-cnns[train]"') from error
    digits = load_digits()
    grey = np.round(digits.images * (255 / digits.images.max())).astype("uint8")
    return list(grey), digits.target, [str(name) for name in digits.target_names]


def class_folders(folder: Path) -> list[Path]:
    """Return the sub-folders of a folder by name, but for hidden ones."""
    check_folder(folder)
    return sorted(path for path in folder.iterdir() if path.name[0] != "." and path.is_dir())


def image_files(
    folder: Path,
    tracked: Callable[[list[Path]], Iterable[Path]],
    left_out: Counter[str],
    unreadable: dict[Path, str],
) -> tuple[Files, np.ndarray, list[str]]:
    """Return the image files in the class folders, their class numbers, and the classes' names.

    Also count what is left out, and note what cannot be read until two images of each class can be.
    """
    folders = class_folders(folder)
    found: dict[str, list[str]] = {}
    readable: dict[str, int] = {}
    for path in tracked(folders):
        found[path.name], others = names(path)
        left_out.update(others)
        readable[path.name] = two_readable([path / name for name in found[path.name]], unreadable)
    left_out.update({"images beside the class folders": beside} if (beside := len(names(folder)[0])) else {})
    check_numbers(folder, readable, {name: len(inside) for name, inside in found.items()})
    labels = np.repeat(np.arange(len(found)), [len(inside) for inside in found.values()])
    inside = [os.path.join(name, file) for name, files in found.items() for file in files]
    return Files(folder, inside), labels, list(found)


def two_readable(files: Iterable[Path], unreadable: dict[Path, str]) -> int:
    """Return how many files can be read, but stop at two; note those that cannot."""
    count = 0
    for path in files:
        why = problem(path)
        count += why is None
        if why is not None:
            unreadable[path] = why
        if count == 2:
            break
    return count


def check_folder(folder: Path, argument: str = "data") -> None:
    """Refuse what is no folder."""
    if not folder.is_dir():
        must = '"digits" or a folder' if argument == "data" else "a folder"
        raise ValueError(f"{argument} must be {must} with one sub-folder per class; got {str(folder)!r}.")


def check_numbers(folder: Path, readable: dict[str, int], files: dict[str, int]) -> None:
    """Refuse fewer than two classes, or classes of fewer than two readable images."""
    few = [name for name, count in readable.items() if count < 2]
    parts = sorted(name for name in files if name.lower() in PARTS)
    if len(files) >= 2 and not few and len(parts) < len(files):
        return
    found = f"{len(files)} sub-folders" if len(files) < 2 else f"classes {', '.join(list(files)[:5])}"
    if few:
        damaged = any(files[name] >= 2 for name in few)
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
