"""Several classifiers trained by one target: their outputs as one, with a loss and metrics for that."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import Model, ops

from keras_cnns.arguments import checked_name
from keras_cnns.graph import check_functional
from keras_cnns.submodels.compiling import another, as_list, of_output, own, settings_of
from keras_cnns.submodels.label_errors import explain_labels, wrong_for_loss
from keras_cnns.submodels.places import inputs_of

SUM = (
    "sum_over_batch_size"  # Keras' name for the mean of a batch, which is what losses are unless one says so
)


def one_target(model: Model, *, name: str | None = None) -> Model:
    """Return `model` with all its classifiers in one output, so that one target trains them.

    `fit` of a model with auxiliary classifiers asks for a target of each, and takes no class weights. The
    model returned here is trained as one with a single output: with pairs of images and labels from arrays,
    `tf.data` or any other data set, with class weights, and with callbacks that look at `val_accuracy`. The
    loss is the sum of the outputs' losses with their weights. The metrics are those of the first output; of
    a dict that is the first key by the alphabet.

    It serves training: since it shares the weights, `model` itself, or `without_aux(model)`, is what predicts
    afterwards.

    Args:
        model: a compiled functional model whose outputs have equal shapes.
        name: of the new model; the old one's with "_one_target" if None.

    Returns:
        A functional model on the same inputs, compiled with a new optimizer of the same kind and settings.
        Its output is (batch, outputs of `model`, classes).

    Raises:
        ValueError: if `model` is not functional or not compiled, or its outputs have several shapes, no loss,
            or losses that are reduced in several ways.
    """
    check_functional(model)
    settings = settings_of(model)
    loss = sum_of_losses(model, settings)
    metrics = as_list(of_output(settings["metrics"], model))
    single = Model(
        inputs_of(model),
        ops.stack(model.outputs, axis=1),
        name=checked_name(name, f"{model.name}_one_target"),
    )
    single.compile(
        **settings
        | {"optimizer": another(settings["optimizer"]), "metrics": [OfFirst(own(each)) for each in metrics]}
        | {"loss": loss, "loss_weights": None, "weighted_metrics": None}
    )
    return explain_labels(single)


def sum_of_losses(model: Model, settings: dict[str, Any]) -> "SumOfLosses":
    """Return the losses that a model is compiled with as one, for its outputs stacked."""
    shapes = sorted({str(tuple(tensor.shape)) for tensor in model.outputs})
    if len(shapes) > 1:
        raise ValueError(f"model must have outputs of equal shapes; {model.name!r} has {', '.join(shapes)}.")
    outputs = range(len(model.outputs))
    losses = [of_output(settings["loss"], model, i) for i in outputs]
    weights = [of_output(settings["loss_weights"], model, i) for i in outputs]
    if None in losses or len({getattr(loss, "reduction", SUM) for loss in losses}) > 1:
        raise ValueError(f"model must have a loss for each output, reduced alike; got {losses}.")
    return SumOfLosses(losses, [1.0 if weight is None else weight for weight in weights])


@keras.saving.register_keras_serializable("keras_cnns")
class SumOfLosses(keras.Loss):
    """The sum of losses, each of one of several outputs stacked in axis 1, with one target for all."""

    def __init__(self, losses: Sequence[Any], weights: Sequence[float], name: str = "sum_of_losses"):
        super().__init__(name, getattr(losses[0], "reduction", SUM))
        self.losses, self.weights = list(losses), list(weights)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        total = 0.0
        for i, (loss, weight) in enumerate(zip(self.losses, self.weights)):
            if words := wrong_for_loss(loss, y_true, y_pred[:, i]):
                raise ValueError(words)
            values = function_of(loss, y_true, y_pred[:, i])(y_true, y_pred[:, i])
            total = total + weight * values
        return total

    def get_config(self) -> dict[str, Any]:
        losses = keras.saving.serialize_keras_object(self.losses)
        return {"losses": losses, "weights": self.weights, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "SumOfLosses":
        return cls(**config | {"losses": keras.saving.deserialize_keras_object(config["losses"])})


def function_of(loss: Any, y_true: Any, y_pred: Any) -> Any:
    """Return what gives the loss of each example."""
    if loss in ("crossentropy", "ce"):  # Keras chooses by the labels
        loss = "sparse_categorical_crossentropy" if are_ints(y_true, y_pred) else "categorical_crossentropy"
    return loss.call if isinstance(loss, keras.Loss) else keras.losses.get(loss)


def are_ints(y_true: Any, y_pred: Any) -> bool:
    """Return whether targets are the numbers of classes, and not one value for each class."""
    return len(y_true.shape) < len(y_pred.shape) or (y_true.shape[-1] == 1 and y_pred.shape[-1] > 1)


@keras.saving.register_keras_serializable("keras_cnns")  # type: ignore[untyped-decorator]
def accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return for each example whether the likeliest class is the right one, as Keras' "accuracy" does."""
    if y_pred.shape[-1] == 1:
        return keras.metrics.binary_accuracy(y_true, y_pred)
    if are_ints(y_true, y_pred):
        return keras.metrics.sparse_categorical_accuracy(y_true, y_pred)
    return keras.metrics.categorical_accuracy(y_true, y_pred)


@keras.saving.register_keras_serializable("keras_cnns")
class OfFirst(keras.Metric):
    """A metric of the first output of several that are stacked in axis 1."""

    def __init__(self, metric: Any, name: str | None = None):
        found = accuracy if metric in ("accuracy", "acc") else keras.metrics.get(metric)
        if not isinstance(found, keras.Metric):
            called = metric if isinstance(metric, str) else found.__name__
            found = keras.metrics.MeanMetricWrapper(found, name=called)
        super().__init__(name=name or found.name)
        self.metric = found
        # By this Keras' callbacks know whether more is better.
        is_accuracy = getattr(found, "_fn", None) is accuracy
        if direction := "up" if is_accuracy else getattr(found, "_direction", None):
            self._direction = direction

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        return self.metric.update_state(y_true, y_pred[:, 0], sample_weight)

    def result(self) -> Any:
        return self.metric.result()

    def reset_state(self) -> None:
        self.metric.reset_state()

    def get_config(self) -> dict[str, Any]:
        return {"metric": keras.saving.serialize_keras_object(self.metric), "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "OfFirst":
        return cls(**config | {"metric": keras.saving.deserialize_keras_object(config["metric"])})
