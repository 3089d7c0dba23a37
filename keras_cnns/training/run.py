"""A run: a training that keeps each epoch in a folder, and goes on after any end as if there was none.

The folder has these files, each written whole or not at all:

- run.json: what is trained, how, on what; a run goes on only where all of it is the same.
- state-0007.npz: all that the epoch after the seventh depends on; the last two are kept.
- log.csv, curves.svg: what is known about each epoch. Both are made again from the state.
- best.keras: the model after the epoch that told apart the most images held out.
- confusion.csv: how many of them it took for which class.
- model.keras: the model at the end.
- events/: for TensorBoard, if that is asked for.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras

from keras_cnns.arguments import checked_choice, checked_flag, checked_int, checked_path, shown
from keras_cnns.training.beginning import begin, last_rows
from keras_cnns.training.checks import check_callbacks, check_data, check_model
from keras_cnns.training.circumstances import check_hosts, circumstances
from keras_cnns.training.compiling import balanced, be_deterministic, compile_phase, loss_weights
from keras_cnns.training.data import Data
from keras_cnns.training.devices import check_devices, spread
from keras_cnns.training.events import Events
from keras_cnns.training.fitting import fit
from keras_cnns.training.folder import Folder, Tell
from keras_cnns.training.hosts import here
from keras_cnns.training.keeper import Keeper, use_averages
from keras_cnns.training.log import Row
from keras_cnns.training.phases import phase_of, phases
from keras_cnns.training.reading import opened, workers_for
from keras_cnns.training.recipes import SMALL, Recipe, scaled


def train(
    model: keras.Model,
    data: Data,
    folder: str | Path,
    recipe: Recipe = SMALL,
    *,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    seed: int = 1,
    early_stop: int | None = None,
    class_weights: str | None = None,
    workers: int | None = None,
    devices: int = 1,
    tensorboard: bool = False,
    resume: bool = False,
    anew: bool = False,
    command: dict[str, Any] | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    tell: Tell = print,
    verbose: Any = 0,
) -> list[Row]:
    """Train a model and keep each epoch in a folder, so that the training can go on after any end.

    A run that was killed and goes on has, bit for bit, the variables of one that was not, on the same
    machine, backend and versions. If the recipe averages the weights, the model has the averages at the end.

    Args:
        model: a functional model that ends in probabilities of the classes. It is compiled anew. Of several
            outputs all are trained, with the weights of their losses that it was compiled with; the first is
            tested, and the files of the model have only that.
        data: what `load` returns.
        folder: is made if it is not there.
        recipe: how to train.
        epochs: in place of the recipe's.
        batch_size: in place of the recipe's.
        learning_rate: in place of the recipe's.
        seed: of the order and the distortions of the images; with the number of the epoch it is also given to
            `keras.utils.set_random_seed` as each begins. The weights at the start are the model's.
        early_stop: ends the run if so many epochs were no better than the best one before.
        class_weights: "balanced" lets the images of each class count as much as those of another.
        workers: as for `fit`. It changes no bit, and need not be the same when a run goes on.
        devices: how many devices of this machine share each batch, with JAX or TensorFlow. The results are
            those of one device up to rounding; with TensorFlow, dropout draws other numbers, and each device
            the same ones. A run goes on with the same number. See `prepare` for processors without GPUs.
        tensorboard: write events/ in the folder, which `tensorboard --logdir` shows; it changes no bit.
        resume: go on with the run that is in the folder; the other arguments must be the same. The model must
            be built in the same way; its weights are replaced.
        anew: remove the run that is in the folder, if there is one, before the first file is written.
        command: is kept in run.json.
        callbacks: those of Keras; they keep no state.
        tell: is called with each line of news, such as an epoch that could not be kept.
        verbose: as for `Model.fit`.

    Returns:
        A row for each epoch, as in log.csv.

    Raises:
        ValueError: if the model does not read one image or has no probability for each class, another
            argument is wrong, the folder has a run already, or with `resume` another or none, or its disk has
            too little room.
        OSError: if the folder cannot be written.
    """
    check_data(data)
    check_model(model, data)
    check_callbacks(callbacks)
    place = Folder(checked_path("folder", folder))
    if not isinstance(recipe, Recipe):
        raise ValueError(f"recipe must be what training.recipe returns; got {shown(recipe)}.")
    used = scaled(recipe, batch_size, epochs, learning_rate)
    checked_int("seed", seed, least=0)
    early_stop = None if early_stop is None else checked_int("early_stop", early_stop)
    workers = workers_for(data.train[0], workers)
    checked_choice("class_weights", class_weights, (None, "balanced"))
    devices = check_devices(devices, used.batch)
    sharing = max(devices, here().devices)
    if extra := -(len(data.train[0]) % used.batch) % sharing:
        images = "1 image" if extra == 1 else f"{extra} images"
        tell(f"the last step of an epoch shows {images} again, so that {sharing} devices can share it")
    checked_flag("tensorboard", tensorboard)
    be_deterministic()
    number, given = len(data.train[0]), loss_weights(model)

    def prepared(epoch: int) -> None:
        with both.scope():
            compile_phase(trained, phase_of(used, epoch), number, given)

    settings = {
        "recipe": asdict(used),
        "seed": seed,
        "early_stop": early_stop,
        "class_weights": class_weights,
        "devices": devices,
    }
    with opened(data.train[0], workers) as reader, spread(model, devices) as both:
        trained = both.trained
        prepared(0)
        settings |= circumstances(trained, data)
        check_hosts(used.batch, settings | {"resume": resume})
        rows = (
            last_rows(place, trained, used, settings, tell, prepared)
            if checked_flag("resume", resume)
            else begin(place, trained, used, settings, command, checked_flag("anew", anew))
        )
        keeper = Keeper(place, data, used, seed, early_stop, rows, tell, reader, both)
        if tensorboard:
            keeper.events = Events(place.events)
        keeper.set_model(trained)
        if rows:
            keeper.show()
        weights = balanced(data.train[1], len(data.classes)) if class_weights else None
        for phase in phases(used):
            if len(rows) >= phase.last or keeper.is_over:
                continue
            if 0 < len(rows) == phase.first:
                prepared(phase.first + 1)
            keeper.phase, all_of = phase, [keeper, *callbacks]
            fit(trained, data, phase.last, used.batch, seed, used.view, weights, all_of, reader, sharing,
                initial_epoch=len(rows), verbose=verbose)  # fmt: skip
        use_averages(trained)
        keeper.write_model(place.model)
    return keeper.rows
