"""`keras-cnns train` into the folder of a run, and on with one that was stopped."""

import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_cnns.catalog.facts import Network, find_network
from keras_cnns.cli.common import say

if TYPE_CHECKING:
    import keras

    from keras_cnns.training import Data, Recipe


@dataclass
class Asked:
    """What a run was asked for; run.json keeps it."""

    network: str
    data: str
    val: str | None
    size: int | None
    recipe: str
    epochs: int | None
    batch_size: int | None
    learning_rate: float | None
    seed: int
    early_stop: int | None
    class_weights: str | None
    precision: str

    @property
    def row(self) -> Network:
        return find_network(self.network)

    @property
    def in_shape(self) -> tuple[int, int, int]:
        height, width, channels = self.row.in_shape
        return (self.size, self.size, channels) if self.size else (height, width, channels)


def read_asked(folder: Path) -> Asked:
    """Return what a run was asked for, and choose its backend if none is chosen yet.

    Raises:
        ValueError: if the folder is no run of this command.
    """
    from keras_cnns.training.folder import Folder

    settings = Folder(folder).read_settings()
    told = settings["command"]
    if not isinstance(told, dict) or set(told) != {field.name for field in fields(Asked)}:
        raise ValueError(
            f"{folder} is no run of `keras-cnns train`; go on with it in the script that began it."
        )
    asked = Asked(**told)
    texts = ("network", "data", "recipe", "precision")
    numbers = ("size", "epochs", "batch_size", "seed", "early_stop")
    if not all(isinstance(told[name], str) for name in texts) or not all(
        told[name] is None or type(told[name]) is int for name in numbers
    ):
        raise ValueError(f"{folder} is not the folder of a run: run.json has values of another kind.")
    backend = settings["training"].get("backend")
    if "keras" not in sys.modules and backend in ("jax", "tensorflow", "torch"):
        os.environ.setdefault("KERAS_BACKEND", backend)
    return asked


def run(
    asked: Asked,
    folder: Path,
    data: "Data",
    build: Callable[..., "keras.Model"],
    tell: Callable[[str], None],
    resume: bool,
) -> None:
    """Train as asked into the folder, showing each epoch; say what is best, and what is kept at any end."""
    import keras

    from keras_cnns import training
    from keras_cnns.cli.training_progress import Shown
    from keras_cnns.training.recipes import scaled

    keras.config.set_dtype_policy(asked.precision)
    keras.utils.set_random_seed(asked.seed)
    model = build(asked.row.name, asked.in_shape, len(data.classes), "sgd")
    given = training.recipe(asked.network, asked.recipe)
    used = scaled(given, asked.batch_size, asked.epochs, asked.learning_rate)
    say(
        f"{model.name}: {model.count_params():,} parameters, {len(data.train[0]):,} images to learn from, "
        f"{len(data.test[0]):,} held out, {len(data.classes)} classes"
    )
    if asked.recipe == "paper":
        tell_recipe(given, used)
    shown = Shown(used.epochs, len(data.train[0]), used.batch)
    try:
        rows = training.train(
            model, data, folder, given, epochs=asked.epochs, batch_size=asked.batch_size,
            learning_rate=asked.learning_rate, seed=asked.seed, early_stop=asked.early_stop,
            class_weights=asked.class_weights, resume=resume, command=asdict(asked), callbacks=[shown],
            tell=tell,
        )  # fmt: skip
    except BaseException:  # Ctrl-C and SIGTERM, too
        shown.close()
        tell(stopped(folder))
        raise
    tell_end(rows, folder)


def stopped(folder: Path) -> str:
    """Say what the folder holds now that the training has stopped early."""
    from keras_cnns.training.folder import Folder

    states = Folder(folder).states()
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


def tell_end(rows: list[dict[str, Any]], folder: Path) -> None:
    from keras_cnns.training.log import best

    row = rows[best(rows)]
    say(
        f"best: epoch {row['epoch']} of {len(rows)}, top-1 on the held-out images {row['val_accuracy']:.2%}, "
        f"top-5 {row['val_top_5']:.2%}"
    )
    say(f"{folder} written; use it with: keras-cnns predict {folder} IMAGE")
