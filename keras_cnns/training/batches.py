"""Batches whose images, order and distortions follow from (seed, epoch, image) alone.

So there is no generator whose state would have to be kept. A run that is resumed, any number of workers, and
someone who looks at one image again see the same numbers.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_cnns.training.augment import pixels
from keras_cnns.training.data import ImageSource
from keras_cnns.training.view import FROM_0_TO_1, View


class Batches(keras.utils.PyDataset):
    """Batches of images, with one target for each output; shuffled and distorted if a `seed` is given.

    A file that cannot be read is left out of its batch and noted in `unreadable`.

    Attributes:
        epoch: the number of the epoch, from 0, that decides the order and the distortions. `EachEpoch` sets
            it. Keras calls `on_epoch_end` also before the first epoch, so it is no place to count.
    """

    def __init__(
        self,
        images: list[ImageSource],
        labels: np.ndarray,
        in_shape: tuple[int, int, int],
        targets: Callable[[np.ndarray], Any],
        batch_size: int,
        seed: int | None = None,
        unreadable: dict[Path, str] | None = None,
        view: View = FROM_0_TO_1,
        weights: np.ndarray | None = None,
    ):
        super().__init__()
        self.images, self.labels, self.in_shape = images, labels, in_shape
        self.targets, self.batch_size, self.seed, self.view = targets, batch_size, seed, view
        self.unreadable = {} if unreadable is None else unreadable
        self.weights = weights  # of the classes
        self.failed: ValueError | None = None
        self.epoch = 0
        self.known_order: tuple[int | None, np.ndarray] = (None, np.arange(len(images)))

    def __len__(self) -> int:
        return -(-len(self.images) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        images, labels = self.readable(index)
        if not images:
            reason = next(reversed(self.unreadable.values()))
            self.failed = ValueError(f"no image of a batch can be read any more; {reason}")
            raise self.failed
        batch = (np.stack(images), self.targets(labels))
        return batch if self.weights is None else (*batch, self.weights[labels])

    @property
    def order(self) -> np.ndarray:
        """The indices of the images in the order of this epoch."""
        epoch, order = self.known_order
        if self.seed is not None and epoch != self.epoch:
            epoch = self.epoch
            order = np.random.default_rng((self.seed, epoch)).permutation(len(self.images))
            self.known_order = (epoch, order)
        return order

    def generator(self, i: int) -> np.random.Generator | None:
        """Return what distorts the image of this index in this epoch."""
        return None if self.seed is None else np.random.default_rng((self.seed, self.epoch, i))

    def readable(self, index: int) -> tuple[list[np.ndarray], np.ndarray]:
        """Return the images of a batch that can be read, and their class numbers."""
        chosen, images = [], []
        for i in self.order[index * self.batch_size : (index + 1) * self.batch_size]:
            image = self.images[i]
            try:
                images.append(pixels(image, self.in_shape, self.generator(int(i)), self.view))
                chosen.append(i)
            except ValueError as error:
                if not isinstance(image, Path):
                    raise
                self.unreadable[image] = str(error)
        return images, self.labels[chosen]


class EachEpoch(keras.callbacks.Callback):
    """Tells batches which epoch begins."""

    def __init__(self, batches: Batches):
        super().__init__()
        self.batches = batches

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.batches.epoch = epoch
