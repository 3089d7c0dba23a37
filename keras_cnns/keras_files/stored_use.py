"""What a `.keras` file says about its use: the names of the classes, and how the network sees images.

It is one more file in the archive, keras_cnns.json, which Keras does not read. Keras leaves it out of a file
that it writes itself.
"""

import json
import zipfile
import zlib
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from keras_cnns.keras_files.checksums import PACKING

USE = "keras_cnns.json"
MOST_BYTES = 1 << 24


@dataclass(frozen=True)
class Use:
    """How a network is used.

    Attributes:
        classes: the names, in the order of the outputs.
        mean: of the pixels, which are from 0 to 255: one number, or one for each channel in its `order`.
        std: the values that the network reads are (pixels - mean) / std.
        cropped: the network sees the centre of an image, in its proportion; otherwise all of it, stretched.
        order: of the channels of a coloured image, "RGB" or "BGR".
    """

    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    cropped: bool
    order: str = "RGB"

    @property
    def words(self) -> str:
        """Say in one line what is done to an image before the network sees it."""
        mean, std = (", ".join(f"{number:g}" for number in numbers) for numbers in (self.mean, self.std))
        part = (
            "the centre of an image, 7/8 of its shorter side"
            if self.cropped
            else "all of an image, stretched"
        )
        return f"It sees {part}, in the order {self.order}: (pixel - ({mean})) / ({std})."


def add_use(path: Path, use: Use) -> None:
    """Append it to a `.keras` file, in its place: before it is moved to where others see it."""
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(USE, json.dumps(asdict(use)))


def stored_use(path: Path) -> Use | None:
    """Return what a `.keras` file says about its use; None if it says nothing.

    Raises:
        ValueError: if the file is no archive, or what it says cannot be understood.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if USE not in archive.namelist():
                return None
            info = archive.getinfo(USE)
            if info.compress_type not in PACKING or info.file_size > MOST_BYTES:
                raise ValueError("it is packed in another way, or too large")
            return understood(json.loads(archive.read(USE)))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ValueError(f"{path} is no sound .keras file: {error}") from None
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"{path}: its {USE} cannot be read: {error}") from None


def understood(said: Any) -> Use:
    """Return the use that a JSON text describes, or raise a ValueError."""
    classes, mean, std, cropped = (said[name] for name in ("classes", "mean", "std", "cropped"))
    if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes) or not classes:
        raise ValueError("classes must be a list of names")
    for numbers in (mean, std):
        if not isinstance(numbers, list) or len(numbers) not in (1, 3) or not all(map(is_number, numbers)):
            raise ValueError("mean and std must be one or three numbers")
    if not all(std) or not isinstance(cropped, bool):
        raise ValueError("std must not be 0, and cropped true or false")
    order = said.get("order", "RGB")
    if order not in ("RGB", "BGR"):
        raise ValueError("order must be RGB or BGR")
    return Use(tuple(classes), tuple(map(float, mean)), tuple(map(float, std)), cropped, order)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
