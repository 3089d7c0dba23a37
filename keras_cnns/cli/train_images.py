"""The images of a run: read for `keras-cnns train`, with a word for each file that is not."""

import warnings
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import track

from keras_cnns.cli.common import Screen, say
from keras_cnns.images import left_out_text

if TYPE_CHECKING:
    from keras_cnns.training import Data

stderr = Screen(stderr=True)
NAMED = 5  # unreadable files; of more, only the count is printed


def tell(line: str) -> None:
    say(line, screen=stderr)


def readable_images(data: str, val: str | None) -> "Data":
    """Read the data set, and say what is left out of it."""
    from keras_cnns import training

    warnings.filterwarnings("ignore", module=r"PIL\.")  # its remarks on files that it can read
    images = training.load(data, progress, val)
    if images.left_out:
        tell(left_out_text(images.left_out))
    tell_unreadable(images)
    return images


def progress(folders: list[Path]) -> Iterable[Path]:
    quiet = not stderr.is_terminal
    return track(folders, "Reading the folders", console=stderr, transient=True, disable=quiet)


def tell_unreadable(images: "Data", known: Collection[Path] = ()) -> None:
    """Name the first files that cannot be read, but for those `known`, and say how many there are."""
    lines = [line for path, line in images.unreadable.items() if path not in known]
    for line in lines[:NAMED]:
        tell(f"skipped: {line}")
    if len(lines) > NAMED:
        tell(f"skipped: {len(lines) - NAMED:,} more files that cannot be read")
