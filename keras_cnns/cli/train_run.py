"""`keras-cnns train` into the folder of a run, and on with one that was stopped."""

import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_cnns import backends
from keras_cnns.building import without_weights
from keras_cnns.cli.common import say
from keras_cnns.cli.train_asked import Asked, read_asked
from keras_cnns.cli.train_hosts import Joined, by_first
from keras_cnns.cli.train_images import readable_images, tell, tell_unreadable
from keras_cnns.cli.train_start import begun_with, recipe_of, resolve_start

if TYPE_CHECKING:
    from keras_cnns.training import Data, Recipe

# Of models' files; a folder of such a name would surprise.
FILES = (".keras", ".h5", ".hdf5", ".onnx", ".pb", ".pt", ".pth", ".tflite", ".xml", ".zip")


def begin(asked: Asked, folder: Path, force: bool, workers: int | None = None) -> None:
    """Begin a run; what can be refused is refused before the images are read."""
    from keras_cnns.training.folder import Folder

    def check() -> None:
        check_folder(folder)
        if Folder(folder).settings.exists() and not force:
            raise ValueError(
                f"{folder} has a run already: go on with --resume {folder}, or give --force to begin anew, "
                "or another --output."
            )

    by_first(check)
    resolve_start(asked)
    check_asked(asked)
    run(asked, folder, readable_images(asked.data, asked.val), workers, anew=force)


def go_on(folder: Path, workers: int | None = None) -> None:
    """Go on with a run."""

    def read() -> dict[str, Any]:
        asked = asdict(read_asked(folder))
        check_folder(folder)
        return asked

    asked = Asked(**by_first(read))
    backends.ask_for_onednn()
    backends.require_backend()
    check_devices(asked)
    run(asked, folder, readable_images(asked.data, asked.val), workers, resume=True)


def check_folder(folder: Path) -> None:
    """Refuse what can be no folder of a run, or one in which no file can be made; nothing is left there."""
    if folder.suffix.lower() in FILES:
        other = folder.with_suffix("")
        raise ValueError(
            f"--output must be a folder for the run; got {folder}. With -o {other} the model will be "
            f"{other / 'model.keras'}."
        )
    there = next(place for place in (folder, *folder.parents, folder.absolute()) if os.path.lexists(place))
    if not there.is_dir():
        raise ValueError(f"--output must be a folder for the run; {there} is none.")
    try:
        tempfile.TemporaryFile(dir=there).close()
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(f"--output must be a folder that can be written; got {folder}: {reason}.") from error


def check_asked(asked: Asked) -> None:
    """Refuse what can be refused without the images."""
    from keras_cnns.training.data import check_folder as check_data
    from keras_cnns.training.recipes import checked_rate, recipe

    recipe(asked.network, asked.recipe, asked.plateau)
    if asked.learning_rate is not None:
        checked_rate(asked.learning_rate)
    if asked.data != "digits":
        check_data(Path(asked.data))
    if asked.val is not None:
        check_data(Path(asked.val), "val")
    backends.ask_for_onednn()
    backends.require_backend()
    check_devices(asked)
    if asked.size:
        without_weights(asked.row.name, asked.in_shape, **asked.variant)


def check_devices(asked: Asked) -> None:
    """Refuse devices that cannot share a step; without GPUs the processor counts as several."""
    if asked.devices == 1:
        return
    from keras_cnns import training
    from keras_cnns.training import devices

    training.prepare(asked.devices)
    given = recipe_of(asked)
    devices.check_devices(asked.devices, given.batch if asked.batch_size is None else asked.batch_size)


def run(
    asked: Asked,
    folder: Path,
    data: "Data",
    workers: int | None,
    resume: bool = False,
    anew: bool = False,
) -> None:
    """Train as asked into the folder, showing each epoch; say what is best, and what is kept at any end."""
    import keras

    from keras_cnns import training
    from keras_cnns.cli.training_progress import Shown, Skipped
    from keras_cnns.training.recipes import scaled

    keras.config.set_dtype_policy(asked.precision)
    keras.utils.set_random_seed(asked.seed)
    model = begun_with(asked, data.classes, resume)
    given = recipe_of(asked)
    used = scaled(given, asked.batch_size, asked.epochs, asked.learning_rate)
    say(
        f"{model.name}: {model.count_params():,} parameters, {len(data.train[0]):,} images to learn from, "
        f"{len(data.test[0]):,} held out, {len(data.classes)} classes"
    )
    if asked.recipe == "paper" or asked.start is not None:
        tell_recipe(given, used)
    known = set(data.unreadable)
    shown = Shown(used.epochs, len(data.train[0]), used.batch)
    try:
        rows = training.train(
            model, data, folder, given, epochs=asked.epochs, batch_size=asked.batch_size,
            learning_rate=asked.learning_rate, seed=asked.seed, early_stop=asked.early_stop,
            class_weights=asked.class_weights, workers=workers, devices=asked.devices,
            tensorboard=asked.tensorboard, resume=resume, anew=anew, command=asdict(asked),
            callbacks=[shown, Skipped(data, known)], tell=tell,
        )  # fmt: skip
    except BaseException:  # Ctrl-C and SIGTERM, too
        shown.close()
        if not Joined.yes:  # of several hosts, the command that waits for this process has the last word
            tell(stopped(folder))
        raise
    tell_unreadable(data, known)
    tell_end(rows, folder, data)


def stopped(folder: Path) -> str:
    """Say what the folder holds now that the training has stopped early."""
    from keras_cnns.training.folder import Folder

    states = Folder(folder).states()
    if not folder.is_dir():
        return f"{folder} is not there; no epoch is kept"
    if not states:
        return "stopped before epoch 1; no epoch is kept"
    epoch = int(states[-1].stem.rpartition("-")[2])
    return f"{folder} holds epoch {epoch}; go on with: keras-cnns train --resume {folder}"


def tell_recipe(given: "Recipe", used: "Recipe") -> None:
    """Say what the paper did, where each number is from, and what is used here."""
    from keras_cnns.training.recipes import choices

    for what, was, source, now in choices(given, used):
        say(f"{what}: {was} ({source})" + (f"; here {now}" if now != was else ""))
    if used.warm_up:
        say(f"the rate rises during the first {used.warm_up} epochs, because the batch is larger")
    for note in given.notes:
        say(note)


def tell_end(rows: list[dict[str, Any]], folder: Path, data: "Data") -> None:
    from keras_cnns.training.confusion_table import read_confusion, worst_pair
    from keras_cnns.training.folder import Folder
    from keras_cnns.training.log import best

    row = rows[best(rows)]
    say(
        f"best: epoch {row['epoch']} of {len(rows)}, top-1 on the held-out images {row['val_accuracy']:.2%}, "
        f"top-5 {row['val_top_5']:.2%}"
    )
    table = read_confusion(Folder(folder).confusion, data.classes)
    if table is not None:
        say(worst_pair(table, data.classes))
    say(f"{folder} written; use it with: keras-cnns predict {folder} IMAGE")
