"""The parts of a run, each with its own optimizer: the classifier learns alone, then everything does."""

from dataclasses import dataclass, replace

import keras

from keras_cnns.submodels import freeze, unfreeze
from keras_cnns.training.recipes import Recipe


@dataclass(frozen=True)
class Phase:
    """Some epochs of a run.

    Attributes:
        first: how many epochs are before it.
        last: the number of its last epoch.
        recipe: how they train; its `epochs` are those of the phase.
        trunk: "learns", "frozen", or "without averages": batch normalizations stay as they are.
    """

    first: int
    last: int
    recipe: Recipe
    trunk: str = "learns"


def phases(recipe: Recipe) -> list[Phase]:
    """Return the phases of a recipe: one, or two if the classifier learns alone at first."""
    alone, epochs = min(recipe.head_epochs, recipe.epochs), recipe.epochs
    if not alone:
        return [Phase(0, epochs, recipe)]
    head = replace(recipe, rate=recipe.head_rate, schedule="constant", drops=(), epochs=alone, warm_up=0)
    found = [Phase(0, alone, head, "frozen")]
    if alone < epochs:
        found.append(Phase(alone, epochs, replace(recipe, epochs=epochs - alone), "without averages"))
    return found


def phase_of(recipe: Recipe, epoch: int) -> Phase:
    """Return the phase to which an epoch belongs, counted from 1; 0 is the beginning of the first."""
    return next(phase for phase in phases(recipe) if epoch <= phase.last)


def let_learn(model: keras.Model, phase: Phase) -> None:
    """Freeze what does not learn in a phase; the model is to be compiled after it."""
    if phase.trunk == "frozen":
        freeze(model)
    elif phase.trunk == "without averages":
        unfreeze(model)
