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

import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_cnns.arguments import checked_choice, checked_flag, checked_int, checked_path, shown
from keras_cnns.training.data import Data, Files
from keras_cnns.training.devices import check_devices, replicas, spread
from keras_cnns.training.events import Events
from keras_cnns.training.fitting import fit
from keras_cnns.training.folder import Folder, Tell
from keras_cnns.training.hosts import arrays_from_first, check_same, from_first, here
from keras_cnns.training.keeper import Keeper, use_averages
from keras_cnns.training.log import Row
from keras_cnns.training.optimizers import optimizer_of
from keras_cnns.training.phases import Phase, let_learn, phase_of, phases
from keras_cnns.training.reading import opened, workers_for
from keras_cnns.training.recipes import SMALL, Recipe, scaled
from keras_cnns.training.room import check_room
from keras_cnns.training.state import check_fits, restore, values, variables, write_state
from keras_cnns.version import __version__


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
        ValueError: if the folder has a run already, or with `resume` another or none; or if its disk has too
            little room.
        OSError: if the folder cannot be written.
    """
    place = Folder(checked_path("folder", folder))
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
            last_rows(place, trained, settings, tell, prepared)
            if checked_flag("resume", resume)
            else begin(place, trained, settings, command, checked_flag("anew", anew))
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


def be_deterministic() -> None:
    """Let TensorFlow add up in the same order each time; the other backends do so on a CPU."""
    if keras.backend.backend() == "tensorflow":
        sys.modules["tensorflow"].config.experimental.enable_op_determinism()


def loss_weights(model: keras.Model) -> Any:
    """Return how much the loss of each output of a compiled model counts."""
    return (model.get_compile_config() or {}).get("loss_weights") if model.compiled else None


def compile_phase(model: keras.Model, phase: Phase, images: int, weights: Any = None) -> None:
    """Let the layers of a phase learn, and compile the model anew, for so many images an epoch."""
    let_learn(model, phase)
    compile_for(model, phase.recipe, -(-images // phase.recipe.batch), weights)


def compile_for(model: keras.Model, recipe: Recipe, steps: int, weights: Any = None) -> None:
    """Compile a model anew, and build its optimizer.

    Args:
        model: any with probabilities as outputs.
        recipe: as `scaled` returns it.
        steps: how many make an epoch.
        weights: how much the loss of each output counts.
    """
    outputs = len(model.outputs)
    losses = [keras.losses.CategoricalCrossentropy(label_smoothing=recipe.smoothing) for _ in range(outputs)]
    metrics = ["accuracy"] * outputs
    model.compile(
        optimizer_of(recipe, steps),
        losses if outputs > 1 else losses[0],
        weights if outputs > 1 else None,
        metrics,
        jit_compile="auto" if replicas() == 1 else False,  # Keras cannot on several copies (keras#20763)
    )
    model.optimizer.build(model.trainable_variables)


def balanced(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return weights that let all classes count the same; their mean over the images is 1."""
    return (len(labels) / (classes * np.bincount(labels, minlength=classes))).astype("float32")


def circumstances(model: keras.Model, data: Data) -> dict[str, Any]:
    """Return what a run depends on besides its arguments: classes, images, shapes, backend, versions."""
    shapes = [list(variable.shape) for variable in variables(model)]
    return {
        "classes": data.classes,
        "images": {
            "to learn from": len(data.train[0]),
            "held out": len(data.test[0]),
            "digest": digest(data),
        },
        "model": {"name": model.name, "input": list(model.input_shape[1:]), "variables": digest_of(shapes)},
        "precision": model.dtype_policy.name,
        "backend": keras.backend.backend(),
        "hosts": here().number,
        "versions": {"keras_cnns": __version__, "keras": keras.__version__},
    }


def digest(data: Data) -> str:
    """Return a digest of the images' names, or pixels if they have none, and classes, in their order."""
    found = hashlib.sha256()
    for images, labels in (data.train, data.test):
        for name, label in zip(images.names if isinstance(images, Files) else images, labels):
            if isinstance(name, str):
                content = os.fsencode(name)
            elif isinstance(name, Path):
                content = os.fsencode(Path(name.parent.name) / name.name)
            else:
                content = name.tobytes()
            found.update(hashlib.sha256(content).digest() + int(label).to_bytes(4, "little"))
    return found.hexdigest()


def digest_of(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def check_hosts(batch: int, settings: dict[str, Any]) -> None:
    """Refuse what several hosts cannot train together; alone, nothing is refused."""
    at = here()
    if at.number == 1:
        return
    if keras.distribution.distribution() is None:
        raise ValueError("several hosts train together after `hosts.join`; no distribution is set.")
    if batch % at.devices:
        raise ValueError(
            f"batch_size must be a multiple of {at.devices}, the number of devices of the {at.number} hosts; "
            f"got {batch}."
        )
    check_same(settings)


def begin(
    place: Folder, model: keras.Model, settings: dict[str, Any], command: dict[str, Any] | None, anew: bool
) -> list[Row]:
    """Write the settings and the state before the first epoch."""
    return from_first(lambda: begin_here(place, model, settings, command, anew))


def begin_here(
    place: Folder, model: keras.Model, settings: dict[str, Any], command: dict[str, Any] | None, anew: bool
) -> list[Row]:
    if place.settings.exists() and not anew:
        raise ValueError(f"{place.path} has a run already: go on with it (resume), or choose another folder.")
    place.path.mkdir(parents=True, exist_ok=True)
    check_room(place, model, anew=anew)
    if anew:
        place.clear()
    write_state(place.state(0), model, {"epoch": 0, "rows": []})
    place.write_settings({"training": settings, "command": command})
    return []


def last_rows(
    place: Folder,
    model: keras.Model,
    settings: dict[str, Any],
    tell: Tell,
    prepared: Callable[[int], None],
) -> list[Row]:
    """Give the model the state of the last epoch, and return the rows up to it.

    `prepared` compiles it as it was in the epoch of a number.
    """
    arrays: list[np.ndarray] | None = None
    source = place.settings

    def read() -> list[Row]:
        nonlocal arrays, source
        arrays, rows, source = last_rows_here(place, settings, tell)
        return rows

    def check() -> None:
        check_fits(model, arrays or [], source)
        check_room(place, model, begun=True)

    rows = from_first(read)
    prepared(len(rows))  # by all hosts together, since it makes variables
    from_first(check)
    restore(model, arrays_from_first(arrays, values(model)))
    return rows


def last_rows_here(
    place: Folder, settings: dict[str, Any], tell: Tell
) -> tuple[list[np.ndarray], list[Row], Path]:
    known = {"devices": 1, **place.read_settings()["training"]}
    settings = json.loads(json.dumps(settings))
    for name, value in settings.items():
        if known.get(name) != value and name not in ("versions", "hosts"):
            raise ValueError(
                f"{place.path} is a run of another kind: its {name} {differ(known.get(name), value)}"
            )
    if known.get("versions") != settings["versions"]:
        was = known.get("versions")
        tell(f"{place.path} was begun with other versions ({was}); bits may differ from here on")
    if known.get("hosts", 1) != settings["hosts"]:
        tell(f"{place.path} was begun on another number of hosts ({known.get('hosts', 1)}); bits may differ")
    found = place.last_state(tell)
    if found is None:
        raise ValueError(f"{place.path} has no state that can be read; start again, in another folder.")
    arrays, record, path = found
    return arrays, list(record["rows"]), path


def differ(was: Any, now: Any) -> str:
    if isinstance(was, dict) and isinstance(now, dict):
        names = [name for name in now if was.get(name) != now[name]]
        return f"differs in {', '.join(names)}."
    return f"was {shown(was)}; now it is {shown(now)}."
