"""Train a network on real images, and say how well it does on images it has not seen.

The data is either "digits", 1,797 handwritten digits that come inside scikit-learn and need no download, or a
folder with one sub-folder of images for each class. Pixels run from 0 to 1 for every network; one image in
five is held out, always the same ones; the others are turned and moved a little each time they are shown.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_cnns.arguments import checked_path
from keras_cnns.atomic_write import written_whole
from keras_cnns.images import SUFFIXES, listed, picture, problems, require_pillow
from keras_cnns.keras_files.checksums import add_checksums
from keras_cnns.safe_text import one_line

ImageSource = np.ndarray | Path  # 8-bit grey pixels, or a file
HELD_OUT = 0.2
LARGEST_TURN = 10  # degrees
LARGEST_MOVE = 0.1  # of the image's height and width
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


class Batches(keras.utils.PyDataset):
    """Batches of images, with one target for each output; shuffled and distorted if `random` is given.

    A file that cannot be read is left out of its batch and noted in `unreadable`.
    """

    def __init__(
        self,
        images: list[ImageSource],
        labels: np.ndarray,
        in_shape: tuple[int, int, int],
        targets: Callable[[np.ndarray], Any],
        batch_size: int,
        random: np.random.Generator | None = None,
        unreadable: dict[Path, str] | None = None,
    ):
        super().__init__()
        self.images, self.labels, self.in_shape = images, labels, in_shape
        self.targets, self.batch_size, self.random = targets, batch_size, random
        self.unreadable = {} if unreadable is None else unreadable
        self.failed: ValueError | None = None
        self.order = np.arange(len(images))
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self.images) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, Any]:
        images, labels = self.readable(index)
        if not images:
            reason = next(reversed(self.unreadable.values()))
            self.failed = ValueError(f"no image of a batch can be read any more; {reason}")
            raise self.failed
        return np.stack(images), self.targets(labels)

    def readable(self, index: int) -> tuple[list[np.ndarray], np.ndarray]:
        """Return the images of a batch that can be read, and their class numbers."""
        chosen, images = [], []
        for i in self.order[index * self.batch_size : (index + 1) * self.batch_size]:
            image = self.images[i]
            try:
                images.append(pixels(image, self.in_shape, self.random))
                chosen.append(i)
            except ValueError as error:
                if not isinstance(image, Path):
                    raise
                self.unreadable[image] = str(error)
        return images, self.labels[chosen]

    def on_epoch_end(self) -> None:
        if self.random is not None:
            self.random.shuffle(self.order)


def pixels(
    image: ImageSource, in_shape: tuple[int, int, int], random: np.random.Generator | None = None
) -> np.ndarray:
    """Return an array or a file as (height, width, channels) floats from 0 to 1.

    Raises:
        ValueError: if the file cannot be read, see `keras_cnns.images.read`, or an array is not 8-bit grey.
    """
    from PIL import Image

    height, width, channels = in_shape
    if isinstance(image, Path):
        # Twice the size, so that the rest of the way down is still smoothed.
        seen = picture(image, channels, at_least=2 * max(height, width))
    else:
        check_grey(image)
        seen = Image.fromarray(image).convert("L" if channels == 1 else "RGB")
    seen = seen.resize((width, height))
    if random is not None:
        across, down = random.uniform(-LARGEST_MOVE, LARGEST_MOVE, size=2) * (width, height)
        turn = random.uniform(-LARGEST_TURN, LARGEST_TURN)
        seen = seen.rotate(turn, Image.Resampling.BILINEAR, translate=(round(across), round(down)))
    return np.asarray(seen, dtype="float32").reshape(in_shape) / 255


def check_grey(image: np.ndarray) -> None:
    if image.dtype != np.uint8 or image.ndim != 2:
        raise ValueError(
            f"an image must be a file or 8-bit grey, (height, width); got {image.dtype} {image.shape}."
        )


def load(data: str | Path, tracked: Callable[[list[Path]], Iterable[Path]] = iter) -> Data:
    """Read "digits" or a folder of images, and set one image of each class in five apart.

    Every file is decoded once, so that a damaged one is known before the training. It is skipped and noted in
    `unreadable`.

    Args:
        data: "digits", or a folder with a sub-folder for each class.
        tracked: passes the list of files through while they are decoded, for a progress bar.

    Raises:
        ValueError: if there are not two classes of two readable images each.
        ImportError: if a package is missing; it says what to install.
    """
    require_pillow("train")
    if str(data) == "digits":
        images, labels, classes = read_digits()
        return split(images, labels, classes)
    folder = checked_path("data", data)
    files, left_out = image_files(folder)
    unreadable: dict[Path, str] = {}
    for path, why in problems(tracked([path for paths in files.values() for path in paths])):
        if why is not None:
            unreadable[path] = why
    readable = {name: [path for path in paths if path not in unreadable] for name, paths in files.items()}
    check_numbers(folder, readable, files)
    labels = np.repeat(np.arange(len(readable)), [len(paths) for paths in readable.values()])
    found = split([path for paths in readable.values() for path in paths], labels, list(readable))
    found.left_out, found.unreadable = left_out, unreadable
    return found


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
    if not folder.is_dir():
        raise ValueError(
            f'data must be "digits" or a folder with one sub-folder per class; got {str(folder)!r}.'
        )
    classes = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    found = {path.name: listed(path) for path in classes}
    files = {name: paths for name, (paths, _) in found.items()}
    check_numbers(folder, files, files)
    left_out = sum((others for _, others in found.values()), Counter[str]())
    left_out["images beside the class folders"] = len(listed(folder)[0])
    return files, +left_out


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


def optimizer(data: Data, epochs: int, batch_size: int, learning_rate: float) -> keras.Optimizer:
    """Return Adam with a rate that falls to zero along half a cosine by the last step."""
    check_rate(learning_rate)
    steps = epochs * -(-len(data.train[0]) // batch_size)
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, steps))


def check_rate(learning_rate: float) -> None:
    if not 0 < learning_rate < math.inf:
        raise ValueError(f"learning_rate must be above 0; got {learning_rate}.")


class KeptEachEpoch(keras.callbacks.Callback):
    """Writes the model to a file after each epoch: what ends the training early costs one epoch at most.

    An epoch that cannot be written, because the disk is full, does not end the training, unless it is the
    last one.

    Attributes:
        begun: the number of the epoch under way, 0 before the first.
        kept: the number of the epoch that the file holds, 0 if none.
    """

    def __init__(self, path: Path, tell: Callable[[str], None]):
        super().__init__()
        self.path, self.tell = path, tell
        self.begun = self.kept = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.begun = epoch + 1

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        try:
            with written_whole(self.path) as file:
                self.model.save(file)
                add_checksums(file)
            self.kept = self.begun
        except OSError as error:
            if self.begun == self.params["epochs"]:
                raise
            self.tell(f"epoch {self.begun} is not kept: {error}")

    def stopped(self) -> str:
        """Say what the file holds now that the training has stopped early."""
        held = f"{self.path} holds epoch {self.kept}" if self.kept else "no epoch is kept"
        return f"stopped in epoch {self.begun}; {held}" if self.begun else f"stopped before epoch 1; {held}"


def saved_bytes(model: keras.Model) -> int:
    """Return about how large a file of a model is that Adam trains: it keeps two numbers for each weight."""
    sizes = [math.prod(weight.shape) * (3 if weight.trainable else 1) for weight in model.weights]
    return 4 * sum(sizes)


def fit(model: keras.Model, data: Data, epochs: int, batch_size: int, seed: int, **options: Any) -> None:
    """Train all outputs of `model` on the images that are not held out; `options` go to `Model.fit`.

    Files that can no longer be read are skipped and noted in `data.unreadable`.

    Raises:
        ValueError: if a batch comes of which no file can be read.
    """
    eye = np.eye(len(data.classes), dtype="float32")
    outputs = len(model.outputs)

    def targets(labels: np.ndarray) -> Any:
        return eye[labels] if outputs == 1 else (eye[labels],) * outputs

    random = np.random.default_rng(seed)
    batches = Batches(*data.train, model.input_shape[1:], targets, batch_size, random, data.unreadable)
    try:
        model.fit(batches, epochs=epochs, shuffle=False, **options)
    except Exception:
        if batches.failed is not None:  # TensorFlow makes another exception of it
            raise batches.failed from None
        raise


def confusion(model: keras.Model, data: Data, batch_size: int = 32) -> np.ndarray:
    """Count the held-out images by (true class, class that the first output finds most likely).

    Files that can no longer be read are not counted, and noted in `data.unreadable`.

    Raises:
        ValueError: if none can be read.
    """
    in_shape = model.input_shape[1:]
    batches = Batches(*data.test, in_shape, lambda labels: labels, batch_size, unreadable=data.unreadable)
    table = np.zeros((len(data.classes),) * 2, dtype=int)
    for images, labels in (batches.readable(i) for i in range(len(batches))):
        if images:
            outputs = model.predict_on_batch(np.stack(images))
            first = outputs[0] if isinstance(outputs, (list, tuple)) else outputs
            np.add.at(table, (labels, np.argmax(first, axis=-1)), 1)
    if not table.any():
        raise ValueError(f"no held-out image can be read any more; {next(iter(data.unreadable.values()))}")
    return table
