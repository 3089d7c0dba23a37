"""Whether the disk has room for a run."""

import math
import shutil

import keras

from keras_cnns.training.folder import Folder
from keras_cnns.training.state import variables

STATES_KEPT = 2


def check_room(place: Folder, model: keras.Model, *, begun: bool = False, anew: bool = False) -> None:
    """Refuse a disk without room for what a run writes: a new file is written before the old one goes.

    Args:
        begun: some of the files are there already.
        anew: the files that are there will be removed.

    Raises:
        ValueError: with how much is needed, and how much there is.
    """
    state, weights = bytes_of(variables(model)), bytes_of(model.weights)
    needed = state + 2 * weights if begun else (STATES_KEPT + 1) * state + 3 * weights
    free = shutil.disk_usage(place.path).free
    if anew:
        free += sum(path.stat().st_size for path in place.files() if path.is_file())
    if free < needed:
        raise ValueError(
            f"folder must be on a disk with {needed / 1e6:,.2f} MB free, for models and states of the run; "
            f"{place.path} has {free / 1e6:,.2f} MB."
        )


def bytes_of(variables: list[keras.Variable]) -> int:
    sizes = {"float64": 8, "int64": 8, "uint64": 8, "float16": 2, "bfloat16": 2}
    return sum(math.prod(variable.shape) * sizes.get(variable.dtype, 4) for variable in variables)
