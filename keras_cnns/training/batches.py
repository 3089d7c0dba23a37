"""Batches whose images, order and distortions follow from (seed, epoch, image) alone.

So there is no generator whose state would have to be kept. A run that is resumed, any number of workers, and
someone who looks at one image again see the same numbers.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import keras
import numpy as np

from keras_cnns.training.augment import scaled
from keras_cnns.training.data import ImageSource
from keras_cnns.training.hosts import Here
from keras_cnns.training.reading import Found, Reader, read_here
from keras_cnns.training.view import FROM_0_TO_1, View

ALONE = Here()
MOST_FAILURES = 1000  # files in a row that cannot be read: the folder is gone


class Batches(keras.utils.PyDataset):
    """Batches of images, with one target for each output; shuffled and distorted if a `seed` is given.

    A file that cannot be read is noted in `unreadable`. In a shuffled batch the next image of the epoch that
    can be read takes its place, so that the batch keeps its size; in others it is left out.

    Attributes:
        epoch: the number of the epoch, from 0, that decides the order and the distortions. `EachEpoch` sets
            it. Keras calls `on_epoch_end` also before the first epoch, so it is no place to count.
    """

    def __init__(
        self,
        images: Sequence[ImageSource],
        labels: np.ndarray,
        in_shape: tuple[int, int, int],
        targets: Callable[[np.ndarray], Any],
        batch_size: int,
        seed: int | None = None,
        unreadable: dict[Path, str] | None = None,
        view: View = FROM_0_TO_1,
        weights: np.ndarray | None = None,
        reader: Reader | None = None,
        here: Here = ALONE,
        multiple: int = 1,
    ):
        super().__init__()
        self.images, self.labels, self.in_shape = images, labels, in_shape
        self.targets, self.batch_size, self.seed, self.view = targets, batch_size, seed, view
        self.unreadable = {} if unreadable is None else unreadable
        self.weights = weights  # of the classes
        self.multiple = multiple  # the images of a batch are so many, or twice as many, or …
        self.reader = Reader() if reader is None else reader
        self.here = here
        self.failed: Exception | None = None
        self.epoch = 0
        self.known_order: tuple[int | None, np.ndarray] = (None, np.arange(len(images)))
        self.under_way: dict[tuple[int, int], Callable[[], list[Found]]] = {}
        self.lock = Lock()  # TensorFlow asks from threads of its own

    def __len__(self) -> int:
        return -(-len(self.images) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        try:
            images, labels = self.readable(index)
            if not len(images):
                raise ValueError(f"no image of a batch can be read any more; {self.last_reason()}")
        except Exception as error:
            self.failed = error
            raise
        batch = (images, self.targets(labels))
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

    def places(self, index: int) -> Sequence[int]:
        """Return the places in the order whose images make this batch, of several hosts this one's part.

        After the last place comes the first.
        """
        first, images = index * self.batch_size, len(self.images)
        length = min(self.batch_size, images - first)
        length += -length % self.multiple
        return self.here.share([place % images for place in range(first, first + length)])

    def wanted(self, place: int) -> tuple[ImageSource, tuple[int, int, int] | None]:
        """Return the image at a place in the order, and the key of its distortion."""
        i = int(self.order[place])
        return self.images[i], None if self.seed is None else (self.seed, self.epoch, i)

    def started(self, index: int) -> Callable[[], list[Found]]:
        """Begin to read this batch and some after it; return what waits for this one."""
        with self.lock:
            last = min(index + self.reader.ahead(self.batch_size), len(self) - 1)
            now = [(self.epoch, i) for i in range(index, last + 1)]
            self.under_way = {key: wait for key, wait in self.under_way.items() if key in now}
            for key in now:
                if key not in self.under_way:
                    wanted = [self.wanted(place) for place in self.places(key[1])]
                    self.under_way[key] = self.reader.start(wanted, self.in_shape, self.view)
            return self.under_way.pop(now[0])

    def readable(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the images of a batch that can be read, and their class numbers."""
        order, places = self.order, self.places(index)
        images, chosen = [], []
        for place, found in zip(places, self.started(index)()):
            if isinstance(found, str):
                self.note(place, found)
                if self.seed is None:
                    continue
                place, found = self.next_readable(place)
            images.append(found)
            chosen.append(order[place])
        pixels = np.stack(images) if images else np.empty((0, *self.in_shape), "uint8")
        return scaled(pixels, self.view), self.labels[chosen]

    def note(self, place: int, reason: str) -> None:
        image, _ = self.wanted(place)
        assert isinstance(image, Path)
        self.unreadable.pop(image, None)
        self.unreadable[image] = reason

    def next_readable(self, place: int) -> tuple[int, np.ndarray]:
        """Return the next place in the order, after the last the first, whose image can be read; and that."""
        tries = min(len(self.images), MOST_FAILURES)
        for step in range(1, tries):
            other = (place + step) % len(self.images)
            found = read_here(*self.wanted(other), self.in_shape, self.view)
            if not isinstance(found, str):
                return other, found
            self.note(other, found)
        raise ValueError(f"none of {tries:,} images in a row can be read any more; {self.last_reason()}")

    def last_reason(self) -> str:
        return next(reversed(self.unreadable.values()))


class EachEpoch(keras.callbacks.Callback):
    """Tells batches which epoch begins."""

    def __init__(self, batches: Batches):
        super().__init__()
        self.batches = batches

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.batches.epoch = epoch
