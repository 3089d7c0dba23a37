"""A model compiled as a recipe says, so that the same run has the same bits."""

import sys
from typing import Any

import keras
import numpy as np

from keras_cnns.training.devices import replicas
from keras_cnns.training.optimizers import optimizer_of
from keras_cnns.training.phases import Phase, let_learn
from keras_cnns.training.recipes import Recipe


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
