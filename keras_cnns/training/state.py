"""The state of a training in one file: all variables, and what is known about the epochs so far.

With order and distortions as functions of (seed, epoch, image), and the rate as one of the number of steps,
it holds all that the next epoch depends on. Keras' own files of weights leave out the seeds of dropout.
"""

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_cnns.atomic_write import written_whole

RECORD = "record"


def variables(model: keras.Model) -> list[keras.Variable]:
    """Return the variables of a compiled model and of its optimizer: weights, seeds, momenta, averages."""
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    metrics = {id(variable) for variable in model.metrics_variables}
    own = [variable for variable in model.variables if id(variable) not in metrics]
    return [*own, *model.optimizer.variables]


def values(model: keras.Model) -> list[np.ndarray]:
    """Return the values of `variables`."""
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables(model)]


def write_state(path: Path, model: keras.Model, record: dict[str, Any]) -> None:
    """Write the variables and a record, which JSON can hold, to one file, whole or not at all."""
    arrays: dict[str, Any] = {RECORD: np.frombuffer(json.dumps(record).encode(), dtype="uint8")}
    arrays |= {f"{i:05}": value for i, value in enumerate(values(model))}
    with written_whole(path) as file, file.open("wb") as opened:
        np.savez(opened, **arrays)


def read_state(path: Path) -> tuple[list[np.ndarray], dict[str, Any]]:
    """Return the values and the record of a file.

    Raises:
        ValueError: if the file is damaged or no state.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            names = sorted(name for name in file.files if name != RECORD)
            record = json.loads(bytes(file[RECORD]))
            return [file[name] for name in names], record
    except (OSError, ValueError, LookupError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is damaged, or is no state of a training: {error}") from None


def restore(model: keras.Model, arrays: list[np.ndarray]) -> None:
    """Give the variables of a compiled model these values, which fit."""
    for variable, array in zip(variables(model), arrays):
        variable.assign(array)


def check_fits(model: keras.Model, arrays: list[np.ndarray], path: Path) -> None:
    """Refuse the values of another model.

    Raises:
        ValueError: if their number or shapes are others.
    """
    own = variables(model)
    shapes = [tuple(variable.shape) for variable in own]
    if shapes != [array.shape for array in arrays]:
        raise ValueError(
            f"{path} is the state of another model, or of another optimizer: it has {len(arrays)} variables, "
            f"this one {len(own)}, or their shapes differ."
        )
