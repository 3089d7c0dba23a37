"""A model cut at its last feature map, at named layers, or to its first output."""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from keras import KerasTensor, Model, Operation, Sequential, layers

from keras_cnns.arguments import checked_strings
from keras_cnns.graph import check_functional, depth_first
from keras_cnns.graph.calls import maker_of
from keras_cnns.layer_kinds import GLOBAL_POOLINGS

HEAD = (layers.Dropout, layers.Flatten, layers.Reshape, *GLOBAL_POOLINGS)


def backbone(model: Model) -> Model:
    """Return `model` without its classifier, up to its last feature map.

    The classifier is the last layer with weights on the way to the first output (a dense layer, or a
    convolution in networks such as NiN) with what surrounds it: pooling to a vector, flattening, dropout,
    hidden dense layers.

    Args:
        model: a functional or built Sequential model.

    Returns:
        A functional model on the same inputs that shares the weights; not compiled. Its output is the last
        map, (batch, height, width, channels) for images, or what the classifier reads if there are no maps.

    Raises:
        ValueError: if `model` is not functional, or branches before a classifier is found.
    """
    check_functional(model)
    tensor = model.outputs[0]
    classified = False
    while not classified:
        layer, tensor = step_back(model, tensor)
        weights = getattr(layer, "weights", ())  # a function of keras.ops has none
        classified = bool(weights) and not isinstance(layer, layers.BatchNormalization)
    end = tensor
    while len(end.shape) < 3 or isinstance(maker_of(end).operation, HEAD):
        if isinstance(maker_of(end).operation, layers.InputLayer):
            end = tensor
            break
        _, end = step_back(model, end)
    return Model(inputs_of(model), end, name=f"{model.name}_backbone")


def features(model: Model, landmarks: str | Sequence[str]) -> Model:
    """Return a model that gives the outputs of the layers named in `landmarks`.

    Args:
        model: a functional or built Sequential model.
        landmarks: one layer name, for a model with one output, or several, for a list in their order.

    Returns:
        A functional model on the same inputs that shares the weights; not compiled.

    Raises:
        ValueError: if `model` is not functional, has no layer of such a name, or applies it more than once.
    """
    check_functional(model)
    outputs = defaultdict(list)
    for tensor in all_tensors(model):
        outputs[maker_of(tensor).operation.name].append(tensor)
    names = (
        [landmarks]
        if isinstance(landmarks, str)
        else checked_strings("landmarks", landmarks, model.layers[-1].name)
    )
    if not names:
        raise ValueError("landmarks must have at least one layer's name; got none.")
    for name in names:
        if name not in outputs:
            hint = nearest(name, outputs)
            raise ValueError(f"landmarks must be names of layers in {model.name!r}; got {name!r}{hint}.")
        if len(outputs[name]) > 1:
            raise ValueError(f"landmarks must name one output each; {name!r} has {len(outputs[name])}.")
    chosen = [outputs[name][0] for name in names]
    return Model(
        inputs_of(model), chosen[0] if isinstance(landmarks, str) else chosen, name=f"{model.name}_features"
    )


def without_aux(model: Model) -> Model:
    """Return `model` with its first output only, as auxiliary classifiers are dropped after training.

    Args:
        model: a functional model whose first output is the one to keep.

    Returns:
        A functional model on the same inputs that shares the weights; if `model` is compiled, it is too, with
        the first output's loss and metrics and a new optimizer of the same kind.

    Raises:
        ValueError: if `model` is not functional.
    """
    check_functional(model)
    single = Model(inputs_of(model), model.outputs[0], name=f"{model.name}_without_aux")
    if model.compiled:
        config = model.get_compile_config()
        first = model.output_names[0]
        config["loss"] = of_first(config["loss"], first, len(model.outputs))
        config["loss_weights"] = None
        for key in ("metrics", "weighted_metrics"):
            metrics = of_first(config[key], first, len(model.outputs))
            config[key] = metrics if metrics is None or isinstance(metrics, (list, tuple)) else [metrics]
        single.compile_from_config(config)
    return single


def nearest(name: object, names: Iterable[str]) -> str:
    """Return a hint at the names that are most like one."""
    near = difflib.get_close_matches(str(name), list(names), n=3)
    return f"; the nearest are {', '.join(near)}" if near else ""


def of_first(setting: Any, name: str, n_outputs: int) -> Any:
    """Return what a `compile` argument says of the first output."""
    if isinstance(setting, dict) and "class_name" not in setting:
        return setting.get(name)
    if isinstance(setting, (list, tuple)) and len(setting) == n_outputs:
        return setting[0]
    return setting


def inputs_of(model: Model) -> Any:
    """Return the inputs in the structure in which the model takes them."""
    return model.inputs[0] if isinstance(model, Sequential) else model.input


def step_back(model: Model, tensor: KerasTensor) -> tuple[Operation, KerasTensor]:
    """Return the layer or function that made `tensor` and the one tensor that it read."""
    call = maker_of(tensor)
    if len(call.input_tensors) != 1:
        raise ValueError(
            f"model must end in one path to its classifier; {model.name!r} reads {len(call.input_tensors)} "
            f"tensors at {call.operation.name!r}. Use features(model, landmarks) to cut it at a layer."
        )
    return call.operation, call.input_tensors[0]


def all_tensors(model: Model) -> list[KerasTensor]:
    """Return every tensor between the inputs and the outputs, each once; inputs that nothing reads, too."""
    starts = set(model.inputs)
    return depth_first(
        [*model.outputs, *model.inputs],
        lambda tensor: () if tensor in starts else maker_of(tensor).input_tensors,
    )
