"""Whether the disk has room for a run."""

import math
import shutil

import keras

from keras_cnns.submodels.freezing import is_leaf
from keras_cnns.training.folder import Folder
from keras_cnns.training.phases import phases
from keras_cnns.training.recipes import Recipe
from keras_cnns.training.state import variables

STATES_KEPT = 2
FROZEN = keras.layers.BatchNormalization  # while all else learns on from what was learned elsewhere


def check_room(
    place: Folder, model: keras.Model, recipe: Recipe, *, begun: bool = False, anew: bool = False
) -> None:
    """Refuse a disk without room for what a run writes: a new file is written before the old one goes.

    Args:
        recipe: of the run, for which the model is compiled.
        begun: some of the files are there already.
        anew: the files that are there will be removed.

    Raises:
        ValueError: with how much is needed, and how much there is.
    """
    state, weights = largest_state(model, recipe), bytes_of(model.weights)
    needed = state + 2 * weights if begun else (STATES_KEPT + 1) * state + 3 * weights
    free = shutil.disk_usage(place.path).free
    if anew:
        free += sum(path.stat().st_size for path in place.files() if path.is_file())
    if free < needed:
        raise ValueError(
            f"folder must be on a disk with {needed / 1e6:,.2f} MB free, for models and states of the run; "
            f"{place.path} has {free / 1e6:,.2f} MB."
        )


def largest_state(model: keras.Model, recipe: Recipe) -> int:
    """Return how many bytes a state has, in the part of the run in which the most weights learn.

    The optimizer keeps as much for each weight that learns later as for one that does now.
    """
    now, kept = bytes_of(model.trainable_variables), bytes_of(model.optimizer.variables)
    learning = [now]
    if any(phase.trunk == "without averages" for phase in phases(recipe)):
        those = [each for each in model._flatten_layers() if is_leaf(each) and not isinstance(each, FROZEN)]
        learning.append(bytes_of([weight for each in those for weight in each.weights]))
    return bytes_of(variables(model)) + round(kept * (max(learning) / now - 1))


def bytes_of(variables: list[keras.Variable]) -> int:
    sizes = {"float64": 8, "int64": 8, "uint64": 8, "float16": 2, "bfloat16": 2}
    return sum(math.prod(variable.shape) * sizes.get(variable.dtype, 4) for variable in variables)
