"""`keras-cnns train`: from images to a trained model."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import track

from keras_cnns import backends
from keras_cnns.api import create
from keras_cnns.building import without_weights
from keras_cnns.catalog.facts import find_network
from keras_cnns.cli.common import Force, Name, Screen, console, free_path, say
from keras_cnns.images import left_out_text

if TYPE_CHECKING:
    import keras
    import numpy as np

    from keras_cnns.training import Data

stderr = Screen(stderr=True)
NAMED = 5  # unreadable files; of more, only the count is printed

ModelFile = Annotated[
    Path | None, typer.Option("--output", "-o", help="The model's file; default: NAME.keras, here.")
]


def train_command(
    name: Name,
    data: Annotated[
        str, typer.Option(help="`digits`, or a folder with a sub-folder of images for each class.")
    ],
    size: Annotated[
        int | None, typer.Option(help="Height and width of the images; default: the paper's size.", min=1)
    ] = None,
    epochs: Annotated[int, typer.Option(help="Passes over the images.", min=1)] = 30,
    batch_size: Annotated[int, typer.Option(help="Images in one step.", min=1)] = 32,
    learning_rate: Annotated[float, typer.Option(help="Adam's, at the start; it decays to zero.")] = 0.003,
    seed: Annotated[int, typer.Option(help="Seed of all random numbers.", min=0)] = 1,
    output: ModelFile = None,
    force: Force = False,
) -> None:
    """Train a network from scratch and test it on images held out, one in five.

    `keras-cnns train lenet_5 --data digits` learns real handwritten digits in about a minute, without a
    download. Scale pixels to 0-1 when you use the saved model, as in training.

    The model is written after every epoch. Ctrl-C keeps the last whole one.
    """
    row = find_network(name)
    target = free_path(output or Path(f"{row.name}.keras"), force, ".keras")
    place = Path(os.path.realpath(target)).parent  # where a symbolic link leads
    check_writable(target, place)
    in_shape = (size, size, row.in_shape[2]) if size else row.in_shape
    if data != "digits":
        from keras_cnns.training.data import check_folder

        check_folder(Path(data))
    backends.ask_for_onednn()
    import keras

    from keras_cnns import training
    from keras_cnns.training.recipes import checked_rate

    checked_rate(learning_rate)
    if size:
        without_weights(row.name, in_shape)  # a size that is too small is refused before the images are read
    images = readable_images(data)
    keras.utils.set_random_seed(seed)
    optimizer = training.optimizer(images, epochs, batch_size, learning_rate)
    model = create(row.name, in_shape, len(images.classes), optimizer)
    check_room(target, place, training.saved_bytes(model))
    train_and_keep(model, images, epochs, batch_size, seed, target)
    tell_score(model, images, batch_size)


def check_writable(target: Path, place: Path) -> None:
    """Refuse, before the work starts, a folder in which no file can be made."""
    try:
        tempfile.TemporaryFile(dir=place).close()
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(
            f"--output must be in a folder that can be written; got {target} ({reason})."
        ) from error


def check_room(target: Path, place: Path, needed: int) -> None:
    """Refuse a disk without room for the model: a new file is written before the last one goes."""
    free = shutil.disk_usage(place).free
    if free < 2 * needed:
        raise ValueError(
            f"--output must be on a disk with {2 * needed / 1e6:,.2f} MB free, for a model and the next one; "
            f"{target} has {free / 1e6:,.2f} MB."
        )


def progress(files: list[Path]) -> Iterable[Path]:
    quiet = not stderr.is_terminal
    return track(files, "Checking images", console=stderr, transient=True, disable=quiet)


def tell(line: str) -> None:
    say(line, screen=stderr)


def readable_images(data: str) -> "Data":
    """Read the data set, and say what is left out of it."""
    from keras_cnns import training

    warnings.filterwarnings("ignore", module=r"PIL\.")  # its remarks on files that it can read
    images = training.load(data, progress)
    if images.left_out:
        tell(left_out_text(images.left_out))
    tell_unreadable(images, 0)
    return images


def tell_unreadable(images: "Data", known: int) -> None:
    """Name the first files that cannot be read, after those `known`, and say how many there are."""
    lines = list(images.unreadable.values())[known:]
    for line in lines[:NAMED]:
        tell(f"skipped: {line}")
    if len(lines) > NAMED:
        tell(f"skipped: {len(lines) - NAMED:,} more files that cannot be read")


def train_and_keep(
    model: "keras.Model", images: "Data", epochs: int, batch_size: int, seed: int, target: Path
) -> None:
    """Train; whatever ends it early, say what is kept."""
    from keras_cnns import training

    console.print(
        f"{model.name}: {model.count_params():,} parameters, {len(images.train[0]):,} images to learn from, "
        f"{len(images.test[0]):,} held out, {len(images.classes)} classes"
    )
    known = len(images.unreadable)
    keeper = training.KeptEachEpoch(target, tell)
    verbose = "auto" if console.is_terminal else 2
    try:
        training.fit(model, images, epochs, batch_size, seed, verbose=verbose, callbacks=[keeper])
    except BaseException:  # Ctrl-C and SIGTERM, too
        tell(keeper.stopped())
        raise
    say(f"{target} written.")
    tell_unreadable(images, known)


def tell_score(model: "keras.Model", images: "Data", batch_size: int) -> None:
    """Say how well the held-out images are told apart."""
    from keras_cnns import training

    known = len(images.unreadable)
    table = training.confusion(model, images, batch_size)
    tell_unreadable(images, known)
    console.print(f"top-1 on the held-out images: {table.trace() / table.sum():.2%}")
    say(worst_pair(table, images.classes))


def worst_pair(table: "np.ndarray", classes: list[str]) -> str:
    """Say which two classes are confused most often."""
    wrong = table.copy()
    wrong[range(len(classes)), range(len(classes))] = 0
    if not wrong.any():
        return "no held-out image is misclassified"
    true, read = divmod(int(wrong.argmax()), len(classes))
    times = f"{wrong[true, read]} of {table[true].sum()}"
    return f"most often confused: {classes[true]} for {classes[read]}, {times}"
