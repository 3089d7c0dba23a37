"""Train a network on real images, and say how well it does on images it has not seen.

The data is either "digits", 1,797 handwritten digits that come inside scikit-learn and need no download, or a
folder with one sub-folder of images for each class. Pixels run from 0 to 1 for every network; one image in
five is held out, always the same ones; the others are turned and moved a little each time they are shown.
"""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

IMAGE_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp")
ImageSource = np.ndarray | Path  # 8-bit grey pixels, or a file
HELD_OUT = 0.2
LARGEST_TURN = 10  # degrees
LARGEST_MOVE = 0.1  # of the image's height and width


@dataclass
class Data:
    """Images as 8-bit grey arrays or as paths, their class numbers, and the names of the classes."""

    train: tuple[list[ImageSource], np.ndarray]
    test: tuple[list[ImageSource], np.ndarray]
    classes: list[str]


class Batches(keras.utils.PyDataset):
    """Batches of images, with one target for each output; shuffled and distorted if `random` is given."""

    def __init__(
        self,
        images: list[ImageSource],
        labels: np.ndarray,
        in_shape: tuple[int, int, int],
        targets: Callable[[np.ndarray], Any],
        batch_size: int,
        random: np.random.Generator | None = None,
    ):
        super().__init__()
        self.images, self.labels, self.in_shape = images, labels, in_shape
        self.targets, self.batch_size, self.random = targets, batch_size, random
        self.order = np.arange(len(images))
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self.images) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, Any]:
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        images = np.stack([pixels(self.images[i], self.in_shape, self.random) for i in chosen])
        return images, self.targets(self.labels[chosen])

    def on_epoch_end(self) -> None:
        if self.random is not None:
            self.random.shuffle(self.order)


def pixels(
    image: ImageSource, in_shape: tuple[int, int, int], random: np.random.Generator | None = None
) -> np.ndarray:
    """Return an array or a file as (height, width, channels) floats from 0 to 1."""
    from PIL import Image

    height, width, channels = in_shape
    try:
        picture = Image.open(image) if isinstance(image, Path) else Image.fromarray(image)
        picture = picture.convert("L" if channels == 1 else "RGB").resize((width, height))
    except (OSError, Image.DecompressionBombError) as error:
        raise ValueError(f"data has a file that cannot be read as an image: {image} ({error}).") from error
    if random is not None:
        across, down = random.uniform(-LARGEST_MOVE, LARGEST_MOVE, size=2) * (width, height)
        turn = random.uniform(-LARGEST_TURN, LARGEST_TURN)
        picture = picture.rotate(turn, Image.Resampling.BILINEAR, translate=(round(across), round(down)))
    return np.asarray(picture, dtype="float32").reshape(in_shape) / 255


def load(data: str | Path) -> Data:
    """Read "digits" or a folder; a ValueError says what is wrong with it, an ImportError what to install."""
    if importlib.util.find_spec("PIL") is None:
        raise ImportError('images are read with Pillow: pip install "keras-cnns[train]"')
    images, labels, classes = read_digits() if str(data) == "digits" else read_folder(Path(data))
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


def read_folder(folder: Path) -> tuple[list[ImageSource], np.ndarray, list[str]]:
    if not folder.is_dir():
        raise ValueError(
            f'data must be "digits" or a folder with one sub-folder per class; got {str(folder)!r}.'
        )
    classes = sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    files = [sorted(f for f in (folder / c).iterdir() if f.suffix.lower() in IMAGE_SUFFIXES) for c in classes]
    few = [name for name, paths in zip(classes, files) if len(paths) < 2]
    if len(classes) < 2 or few:
        found = f"in {', '.join(few[:5])} fewer than two" if few else f"{len(classes)} sub-folders"
        raise ValueError(
            "data must be a folder with two or more sub-folders of two or more images each "
            f"({' '.join(IMAGE_SUFFIXES)}); got {str(folder)!r} with {found}."
        )
    labels = np.repeat(np.arange(len(classes)), [len(paths) for paths in files])
    return [path for paths in files for path in paths], labels, classes


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
    if not learning_rate > 0:
        raise ValueError(f"learning_rate must be above 0; got {learning_rate}.")
    steps = epochs * -(-len(data.train[0]) // batch_size)
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, steps))


def fit(model: keras.Model, data: Data, epochs: int, batch_size: int, seed: int, **options: Any) -> None:
    """Train all outputs of `model` on the images that are not held out; `options` go to `Model.fit`."""
    eye = np.eye(len(data.classes), dtype="float32")
    outputs = len(model.outputs)

    def targets(labels: np.ndarray) -> Any:
        return eye[labels] if outputs == 1 else (eye[labels],) * outputs

    random = np.random.default_rng(seed)
    batches = Batches(*data.train, model.input_shape[1:], targets, batch_size, random)
    model.fit(batches, epochs=epochs, shuffle=False, **options)


def confusion(model: keras.Model, data: Data, batch_size: int = 32) -> np.ndarray:
    """Count the held-out images by (true class, class that the first output finds most likely)."""
    batches = Batches(*data.test, model.input_shape[1:], lambda labels: labels, batch_size)
    table = np.zeros((len(data.classes),) * 2, dtype=int)
    for images, labels in (batches[i] for i in range(len(batches))):
        outputs = model.predict_on_batch(images)
        first = outputs[0] if isinstance(outputs, (list, tuple)) else outputs
        np.add.at(table, (labels, np.argmax(first, axis=-1)), 1)
    return table
