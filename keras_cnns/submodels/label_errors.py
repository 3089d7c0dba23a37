"""What is wrong with labels that a model's loss cannot take, and the ways out.

Keras only says of two arrays that their ranks or structures differ, and says so when it has already chosen
metrics by the wrong labels, so that right ones fail afterwards. Here shapes are looked at before, once for
each graph that is traced. Only what Keras refuses for certain is refused.
"""

import functools
from collections.abc import Callable
from typing import Any

import keras
from keras import Model, tree

from keras_cnns.submodels.compiling import as_list, of_output, settings_of

SPARSE = "sparse_categorical_crossentropy"
Shape = tuple[int | None, ...]


def explain_labels(model: Model) -> Model:
    """Let a model say what to do with labels that its loss cannot take, wherever Keras computes it.

    Only this object is changed, in the methods that Keras offers to be overridden. Its files, clones and
    pickles are those of a plain model.

    Args:
        model: a functional model.

    Returns:
        The model itself.
    """
    for name in ("compute_loss", "compute_metrics"):
        setattr(model, name, explained(model, own_method(model, name)))
    if len(model.outputs) > 1:
        model.fit = explained_class_weights(model, own_method(model, "fit"))
    return model


def own_method(model: Model, name: str) -> Callable[..., Any]:
    """Return a method as the class of a model has it."""
    method: Callable[..., Any] = getattr(type(model), name).__get__(model)
    return method


def explained_class_weights(model: Model, fit: Callable[..., Any]) -> Callable[..., Any]:
    """Return `fit` of a model of several outputs, which names the way where Keras refuses class weights."""

    @functools.wraps(fit)
    def with_way(*arguments: Any, **named: Any) -> Any:
        try:
            return fit(*arguments, **named)
        except ValueError as error:
            if named.get("class_weight") is None or "class_weight" not in str(error):
                raise
            raise ValueError(
                f"class_weight must be left out for a model of {len(model.outputs)} outputs. "
                "one_target(model).fit(x, y, class_weight=...) takes it: one target trains all outputs."
            ) from error

    return with_way


def explained(model: Model, method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method of a model that looks at the labels first, and names the way if it fails."""

    @functools.wraps(method)
    def with_ways(x: Any = None, y: Any = None, y_pred: Any = None, *others: Any, **named: Any) -> Any:
        try:
            if words := wrong_labels(model, y, y_pred):
                raise ValueError(words)
            return method(x, y, y_pred, *others, **named)
        except Exception as error:  # ours, Keras' or the backend's
            model.train_function = model.test_function = None  # what is half traced cannot go on
            if words := wrong_for_heads(model, y, y_pred):
                raise ValueError(words) from error
            raise

    return with_ways


def wrong_labels(model: Model, y: Any, y_pred: Any) -> str | None:
    """Return why the losses of a compiled model cannot take labels, and the ways; None if they may."""
    targets, outputs = tree.flatten(y), tree.flatten(y_pred)
    if not model.compiled or len(targets) != len(outputs):
        return None
    loss = settings_of(model)["loss"]
    found = (wrong_for_loss(of_output(loss, model, i), targets[i], outputs[i]) for i in range(len(outputs)))
    return next(filter(None, found), None)


def wrong_for_heads(model: Model, y: Any, y_pred: Any) -> str | None:
    """Return what several outputs lack, of a compiled model that failed; None if that is not known."""
    targets, count = tree.flatten(y), len(tree.flatten(y_pred))
    if not model.compiled or count == 1:
        return None
    if len(targets) == 1 and targets[0] is not None:
        return (
            f"y must be a list of {count} targets, one for each output of {model.name!r}; got one. "
            f"one_target(model).fit(x, y) trains all outputs by one target, and model.fit(x, [y] * {count}) "
            "does so with metrics for each."
        )
    metrics = settings_of(model)["metrics"]
    if metrics and len(as_list(metrics)) != count and not tree.is_nested(as_list(metrics)[0]):
        return (
            f"metrics must be a list for each of the {count} outputs of {model.name!r}; got one list. "
            "recompile(model, metrics=[...]) gives it to all outputs."
        )
    return None


def wrong_for_loss(loss: Any, y_true: Any, y_pred: Any) -> str | None:
    """Return why the loss of one output cannot take labels, and the ways; None if it may."""
    labels, outputs, kind = shape_of(y_true), shape_of(y_pred), function_of_loss(loss)
    if not labels or outputs is None or len(outputs) != 2 or outputs[1] in (None, 1):
        return None
    classes, is_one_value = outputs[1], labels[1:] in ((), (1,))
    if kind is keras.losses.categorical_crossentropy and is_one_value:
        return (
            f"y must be one-hot labels, (batch, {classes}), for the loss {kind.__name__!r}; got shape "
            f'{labels}. For labels that are ints: create(..., loss="{SPARSE}"), or recompile(model, '
            f'loss="{SPARSE}"). To make them one-hot: keras.utils.to_categorical(y, {classes}), or '
            'label_mode="categorical" of image_dataset_from_directory.'
        )
    if len(labels) != 2 or is_one_value or labels[1] is None:
        return None
    if kind is keras.losses.categorical_crossentropy and labels[1] != classes:
        return (
            f"y must be one-hot labels of {classes} classes, (batch, {classes}), as many as the model has; "
            f"got shape {labels}. create(..., n_classes={labels[1]}) has as many classes as these labels."
        )
    if kind is keras.losses.sparse_categorical_crossentropy:
        return (
            f"y must be labels that are ints, (batch,), for the loss {kind.__name__!r}; got shape {labels}. "
            'For one-hot labels: recompile(model, loss="categorical_crossentropy").'
        )
    return None


def shape_of(array: Any) -> Shape | None:
    """Return the shape of an array or tensor; None if it is none, or not even its rank is known."""
    try:
        return tuple(array.shape)
    except (AttributeError, TypeError, ValueError):
        return None


def function_of_loss(loss: Any) -> Any:
    """Return the function behind a loss of Keras, given by name, as an object or as itself."""
    try:
        loss = keras.losses.get(loss)
    except (TypeError, ValueError):
        return None
    return getattr(loss, "fn", loss) if type(loss).__module__.startswith("keras.") else loss
