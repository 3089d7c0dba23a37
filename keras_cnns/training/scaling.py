"""How long a training takes on many devices, reckoned from the speed of one and of what joins them.

A step computes, and then adds up the gradients of all devices. In a ring each device sends and receives
2(n-1)/n times the bytes of all gradients (Patarasuk and Yuan, 2009), so that time hardly depends on n, while
the part of a batch that one device computes becomes smaller as soon as the batch may not grow any more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from keras_cnns.arguments import checked_int, shown

BYTES = 4  # of a gradient in float32
LARGEST = 1e18  # of any number that is given


@dataclass(frozen=True)
class Reckoned:
    """What a training takes on a number of devices.

    Attributes:
        devices: their number.
        batch: images in one step, of all devices together.
        computing: seconds of a step that a device computes.
        adding: seconds of a step that adding up the gradients takes.
        hours: of the whole training if adding begins when computing has ended.
        hours_hidden: of the whole training if the shorter of the two is hidden behind the other.
        efficiency: how much of the devices' time is used for computing, by `hours`.
    """

    devices: int
    batch: int
    computing: float
    adding: float
    hours: float
    hours_hidden: float
    efficiency: float


def all_reduce_seconds(parameters: int, devices: int, gigabits: float) -> float:
    """Return how long a ring of devices takes to add up their gradients, each with a link of this speed."""
    return 2 * (devices - 1) / devices * parameters * BYTES * 8 / (gigabits * 1e9)


def check_count(name: str, value: Any, least: int = 1) -> None:
    """Refuse what is no whole number, or one that nobody can have."""
    if checked_int(name, value, least) >= LARGEST:
        raise ValueError(f"{name} must be below {LARGEST:.0e}; got {shown(value)}.")


def reckon(
    parameters: int,
    images_per_second: float,
    gigabits: float,
    devices: Iterable[int] = (1, 8, 64, 512),
    images: int = 1_281_167,
    epochs: int = 90,
    batch: int = 256,
    largest_batch: int = 8192,
) -> list[Reckoned]:
    """Return what a training takes on each number of devices.

    It is a lower bound: each device keeps its speed with any part of a batch, images come at once, nothing is
    tested or written, and no device waits for another.

    Args:
        parameters: trainable ones of the network, whose gradients are added up in float32.
        images_per_second: that one device trains on, without others.
        gigabits: a second, that each device can send, and receive at the same time.
        devices: the numbers of devices.
        images: in one epoch; those of ImageNet's training set by default.
        epochs: passes over them.
        batch: images in one step on one device.
        largest_batch: images in one step of all devices; with more the network would learn less.

    Raises:
        ValueError: if a number is not positive, or no number.
    """
    counts = {"parameters": parameters, "images": images, "epochs": epochs, "batch": batch}
    for name, count in counts.items():
        check_count(name, count)
    check_count("largest_batch", largest_batch, least=batch)
    for name, speed in (("images_per_second", images_per_second), ("gigabits", gigabits)):
        if isinstance(speed, bool) or not isinstance(speed, (int, float)) or not 0 < speed < LARGEST:
            raise ValueError(f"{name} must be positive; got {shown(speed)}.")
    try:
        numbers = list(devices)
    except Exception:  # whatever a class of others raises
        raise ValueError(
            f"devices must be numbers of devices, such as (1, 8); got {shown(devices)}."
        ) from None
    found = []
    for number in numbers:
        check_count("devices", number)
        whole = min(batch * number, largest_batch)
        computing = whole / number / images_per_second
        adding = all_reduce_seconds(parameters, number, gigabits)
        hours = epochs * images / whole / 3600
        found.append(
            Reckoned(
                number,
                whole,
                computing,
                adding,
                hours * (computing + adding),
                hours * max(computing, adding),
                computing / (computing + adding),
            )
        )
    return found
