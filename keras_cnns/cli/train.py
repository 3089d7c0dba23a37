"""`keras-cnns train`: from images to a trained model."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import track

from keras_cnns import backends
from keras_cnns.api import create
from keras_cnns.building import without_weights
from keras_cnns.catalog.facts import find_network
from keras_cnns.cli.common import Force, Screen, complete_name, console, free_path, say
from keras_cnns.cli.train_run import Asked, read_asked, run
from keras_cnns.images import left_out_text

if TYPE_CHECKING:
    import keras
    import numpy as np

    from keras_cnns.training import Data

stderr = Screen(stderr=True)
NAMED = 5  # unreadable files; of more, only the count is printed

RunFolder = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="The run's folder: runs/NAME. FILE.keras: the model alone."),
]
# Of a model's files; a folder of such a name would surprise.
FILES = (".h5", ".hdf5", ".onnx", ".pb", ".pt", ".pth", ".tflite", ".xml", ".zip")


class Precision(str, Enum):
    """What `--precision` takes."""

    float32 = "float32"
    mixed_bfloat16 = "mixed_bfloat16"
    mixed_float16 = "mixed_float16"


class RecipeName(str, Enum):
    """What `--recipe` takes."""

    small = "small"
    paper = "paper"


class Weights(str, Enum):
    """What `--class-weights` takes."""

    balanced = "balanced"


def train_command(
    name: Annotated[
        str | None,
        typer.Argument(help="A network, as `keras-cnns list` has it.", autocompletion=complete_name),
    ] = None,
    data: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="With a sub-folder for each class, or `digits`.")
    ] = None,
    val: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="To test on; else one image in five.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(metavar="PIXELS", help="Height and width; else the paper's.", min=1)
    ] = None,
    recipe: Annotated[
        RecipeName, typer.Option(help="`small`: Adam, for a laptop. `paper`: its own.")
    ] = RecipeName.small,
    epochs: Annotated[
        int | None, typer.Option(metavar="N", help="Passes over the images. Small: 30.", min=1)
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(metavar="N", help="Images in one step. Small: 32.", min=1)
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(metavar="RATE", help="At the start. Small: 0.003.")
    ] = None,
    early_stop: Annotated[
        int | None, typer.Option(metavar="N", help="End after N epochs that are no better.", min=1)
    ] = None,
    class_weights: Annotated[
        Weights | None, typer.Option(help="Classes count the same, whatever their size.")
    ] = None,
    precision: Annotated[
        Precision, typer.Option(metavar="POLICY", help="float32, mixed_bfloat16, mixed_float16.")
    ] = Precision.float32,
    seed: Annotated[int, typer.Option(metavar="N", help="Of all random numbers.", min=0)] = 1,
    resume: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Go on with this run; nothing else is given.")
    ] = None,
    output: RunFolder = None,
    force: Force = False,
) -> None:
    """Train a network from scratch and test it on images held out, one in five.

    `keras-cnns train lenet_5 --data digits` learns real handwritten digits in about a minute, without a
    download. `keras-cnns predict runs/lenet_5 IMAGE` then uses what was learned.

    Each epoch is kept. A run goes on with `--resume runs/lenet_5` as if it had not been stopped.
    """
    if resume is not None:
        go_on(resume, [name, data, val, size, epochs, batch_size, learning_rate, early_stop, output])
        return
    if name is None or data is None:
        missing = "NAME" if name is None else "--data"
        raise ValueError(f"{missing} is needed, unless a run goes on with --resume FOLDER.")
    row = find_network(name)
    asked = Asked(
        network=row.name,
        data=data if data == "digits" else os.path.abspath(data),
        val=None if val is None else os.path.abspath(val),
        size=size,
        recipe=recipe.value,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
        early_stop=early_stop,
        class_weights=class_weights.value if class_weights else None,
        precision=precision.value,
    )
    if output is not None and output.suffix.lower() == ".keras":
        train_into_file(asked, data, output, force)
    else:
        train_into_folder(asked, data, output or Path("runs") / row.name, force)


def go_on(folder: Path, others: list[Any]) -> None:
    """Go on with a run."""
    if any(other is not None for other in others):
        raise ValueError("--resume goes alone: run.json in the folder says how the run was begun.")
    asked = read_asked(folder)
    backends.ask_for_onednn()
    backends.require_backend()
    images = readable_images(asked.data, asked.val)
    run(asked, folder, images, create, tell, resume=True)


def train_into_folder(asked: Asked, data: str, folder: Path, force: bool) -> None:
    """Begin a run."""
    from keras_cnns.training.folder import Folder

    place = Folder(folder)
    if folder.suffix.lower() in FILES:
        raise ValueError(f"--output must end in .keras, or be a folder for the run; got {folder}.")
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--output must be a folder, or end in .keras; {folder} is a file.")
    if place.settings.exists() and not force:
        raise ValueError(
            f"{folder} has a run already: go on with --resume {folder}, or give --force to begin anew, or "
            "another --output."
        )
    images = checked_images(asked, data)
    if force:
        place.clear()
    folder.mkdir(parents=True, exist_ok=True)
    check_writable(folder / "run.json", folder)
    run(asked, folder, images, create, tell, resume=False)


def train_into_file(asked: Asked, data: str, output: Path, force: bool) -> None:
    """Train with the small recipe and keep the model alone, after each epoch."""
    if asked.recipe != "small" or asked.early_stop or asked.class_weights or asked.precision != "float32":
        raise ValueError(
            f"--output must be a folder with --recipe paper, --early-stop, --class-weights or --precision; "
            f"got {output}."
        )
    target = free_path(output, force, ".keras")
    place = Path(os.path.realpath(target)).parent  # where a symbolic link leads
    check_writable(target, place)
    images = checked_images(asked, data)
    import keras

    from keras_cnns import training
    from keras_cnns.training.recipes import SMALL, scaled

    used = scaled(SMALL, asked.batch_size, asked.epochs, asked.learning_rate)
    keras.utils.set_random_seed(asked.seed)
    optimizer = training.optimizer(images, used.epochs, used.batch, used.rate)
    model = create(asked.row.name, asked.in_shape, len(images.classes), optimizer)
    check_room(target, place, training.saved_bytes(model))
    train_and_keep(model, images, used.epochs, used.batch, asked.seed, target)
    tell_score(model, images, used.batch)


def checked_images(asked: Asked, data: str) -> "Data":
    """Read the images, after what can be refused without them."""
    from keras_cnns.training.recipes import checked_rate

    if asked.learning_rate is not None:
        checked_rate(asked.learning_rate)
    if data != "digits":
        from keras_cnns.training.data import check_folder

        check_folder(Path(data))
    backends.ask_for_onednn()
    backends.require_backend()
    if asked.size:  # one that is too small is refused before the images are read
        without_weights(asked.row.name, asked.in_shape)
    return readable_images(data, asked.val)


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


def readable_images(data: str, val: str | None) -> "Data":
    """Read the data set, and say what is left out of it."""
    from keras_cnns import training

    warnings.filterwarnings("ignore", module=r"PIL\.")  # its remarks on files that it can read
    images = training.load(data, progress, val)
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
    keeper = training.KeptEachEpoch(target, tell, images.classes)
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
