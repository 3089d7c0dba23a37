"""How a model is compiled: with something else changed, or as its first output is."""

from typing import Any

from keras import Metric, Model, metrics, tree

from keras_cnns.arguments import checked_loss, checked_optimizer, shown


def recompile(model: Model, *, optimizer: Any = None, loss: Any = None, metrics: Any = None) -> Model:
    """Compile a model anew; what is None stays as it is.

    `Model.compile` forgets what it is not given, such as the weights of the losses of auxiliary classifiers,
    and takes one list of metrics for one output only. Here one loss goes to all outputs that have a loss, and
    one list of metrics to all outputs.

    Args:
        model: a compiled model.
        optimizer: one of Keras', or its name. If None, one of the same kind and settings, which begins anew
            where the old one has trained.
        loss: of Keras, a name, or a function, for all outputs; or a list or dict of them, one for each.
            Labels that are ints need "sparse_categorical_crossentropy".
        metrics: a list for all outputs; or a list of lists or a dict of them, one for each.

    Returns:
        The model itself.

    Raises:
        ValueError: if `model` is not compiled, or an argument is no such thing.
    """
    settings = settings_of(model)
    if optimizer is not None:
        settings["optimizer"] = checked_optimizer("optimizer", optimizer)
    elif getattr(settings["optimizer"], "built", False):
        settings["optimizer"] = another(settings["optimizer"])
    if loss is not None:
        settings["loss"] = for_each_loss(model, settings, checked_loss("loss", loss))
    if metrics is not None:
        settings["metrics"] = for_each_output(model, checked_metrics(metrics))
    model.compile(**settings)
    return model


def settings_of(model: Model) -> dict[str, Any]:
    """Return the arguments that a model was compiled with, and the optimizer that it has now."""
    if not isinstance(model, Model) or not model.compiled:
        raise ValueError(f"model must be compiled, by its method compile; got {shown(model)}.")
    optimizer = model.optimizer
    return {**model._compile_config.config, "optimizer": getattr(optimizer, "inner_optimizer", optimizer)}


def another(optimizer: Any) -> Any:
    """Return an optimizer of the same kind and settings, which has not trained."""
    return optimizer and type(optimizer).from_config(optimizer.get_config())


def for_each_loss(model: Model, settings: dict[str, Any], loss: Any) -> Any:
    """Return a loss in the structure in which the model has losses and their weights."""
    if tree.is_nested(loss):
        if len(tree.flatten(loss)) > len(model.outputs):
            raise ValueError(f"loss must be one for each of {len(model.outputs)} outputs; got {shown(loss)}.")
        return loss
    if tree.is_nested(settings["loss"]):
        return tree.map_structure(lambda old: None if old is None else loss, settings["loss"])
    return loss


def for_each_output(model: Model, given: Any) -> Any:
    """Return one list of metrics for each output; each has its own counts."""
    if len(model.outputs) == 1 or isinstance(given, dict) or any(tree.is_nested(each) for each in given):
        return given
    return [[own(each) for each in given] for _ in model.outputs]


def own(metric: Any) -> Any:
    """Return another metric of the same kind, if it is one that counts."""
    return type(metric).from_config(metric.get_config()) if isinstance(metric, Metric) else metric


def checked_metrics(given: Any) -> Any:
    """Return metrics that Keras understands."""
    try:
        if not isinstance(given, (list, tuple, dict)):
            raise ValueError
        for metric in tree.flatten(given):
            if metric not in (None, "accuracy", "acc"):  # which Keras chooses by the labels
                metrics.get(metric)
    except Exception:  # whatever Keras stumbles over
        raise ValueError(
            f'metrics must be a list of those that Keras knows, such as ["accuracy"]; got {shown(given)}.'
        ) from None
    return given


def compile_as_first(model: Model, single: Model) -> None:
    """Compile a model of the first output of a compiled one as that output is, with a new optimizer."""
    config = model.get_compile_config()
    config["loss"], config["loss_weights"] = of_output(config["loss"], model), None
    for key in ("metrics", "weighted_metrics"):
        config[key] = None if config[key] is None else as_list(of_output(config[key], model))
    single.compile_from_config(config)


def of_output(setting: Any, model: Model, index: int = 0) -> Any:
    """Return what a `compile` argument says of an output, by its place, its key or the name of its layer."""
    if isinstance(setting, dict) and "class_name" not in setting:
        path, _ = tree.flatten_with_path(model.output)[index]
        names = (*path[-1:], model.output_names[index])
        return next((setting[name] for name in names if name in setting), None)
    if isinstance(setting, (list, tuple)) and len(setting) == len(model.outputs):
        return setting[index]
    return setting


def as_list(setting: Any) -> list[Any]:
    """Return the metrics of one output as a list."""
    if setting is None:
        return []
    return list(setting) if isinstance(setting, (list, tuple)) else [setting]
