"""What a classifier ends in: its logits, and another classifier in its place."""

from collections.abc import Sequence
from typing import Any

from keras import KerasTensor, Layer, Model, Variable, layers

from keras_cnns.arguments import checked_choice, checked_int, checked_name
from keras_cnns.graph import check_functional
from keras_cnns.layer_kinds import CONVOLUTIONS, activation_name, has_keras_call, inner_layers
from keras_cnns.submodels.places import Place, inputs_of, like_outputs, outputs_of, sources_of, tensors_at

PROBABILITIES = ("softmax", "sigmoid")


def logits(model: Model, *, name: str | None = None) -> Model:
    """Return `model` without the softmax or sigmoid at its end.

    What Grad-CAM, distillation and losses with `from_logits=True` work on. Every output that ends in one is
    changed, so those of auxiliary classifiers, too. Models inside the model are opened where they end in it.

    Args:
        model: a functional or built Sequential model.
        name: of the new model; the old one's with "_logits" if None.

    Returns:
        A functional model on the same inputs that shares the weights; not compiled. It can be saved.

    Raises:
        ValueError: if `model` is not functional, no output ends in a softmax or sigmoid, or the layer that
            has it is not one of Keras'.
    """
    check_functional(model)
    ends = outputs_of(model)
    if not any(activation_name(end.operation) in PROBABILITIES for end in ends):
        made = ", ".join(repr(end.name) for end in ends)
        raise ValueError(f"model must end in a softmax or sigmoid; {model.name!r} ends in {made}.")
    places, linear = [], []
    for end in ends:
        is_probability = activation_name(end.operation) in PROBABILITIES
        places.append(sources_of(end)[0] if is_probability else end)
        linear.append(without_activation(end.operation) if is_probability else None)
    tensors = [layer(tensor) if layer else tensor for layer, tensor in zip(linear, tensors_at(model, places))]
    name = checked_name(name, f"{model.name}_logits")
    return Model(inputs_of(model), like_outputs(model, tensors), name=name)


def without_activation(operation: Any) -> Layer | None:
    """Return a layer with the same weights and without the activation; None if it is the activation alone."""
    if not getattr(operation, "weights", ()):
        return None
    if not isinstance(operation, Layer) or not has_keras_call(operation) or inner_layers(operation):
        raise ValueError(
            f"model must end in a layer of Keras; its activation is inside {operation.name!r}, which is a "
            f"{type(operation).__name__}."
        )
    twin = type(operation).from_config({**operation.get_config(), "activation": None})
    for attribute, value in vars(operation).items():
        if isinstance(value, Variable) or not hasattr(twin, attribute):
            setattr(twin, attribute, value)
    twin.input_spec, twin.built, twin.trainable = operation.input_spec, True, operation.trainable
    return twin


def with_classifier(
    model: Model, n_classes: int, activation: str | None = "softmax", *, name: str | None = None
) -> Model:
    """Return `model` with a new classifier of `n_classes` in place of its own.

    The classifier is the last layer with weights on the way to an output; all outputs are changed, so those
    of auxiliary classifiers, too. What stands before it keeps its weights, hidden dense layers, too.

    Args:
        model: a functional or built Sequential model that ends in a dense layer or a convolution, with
            pooling, dropout and an activation after it at most.
        n_classes: number of outputs; 1 only with "sigmoid" or None.
        activation: "softmax", "sigmoid" for labels that do not exclude one another, or None for logits.
        name: of the new model; the old one's if None.

    Returns:
        A functional model on the same inputs that shares all other weights; not compiled. The new weights are
        random, by the initializer of the old ones.

    Raises:
        ValueError: if `model` is not functional, does not end in such a layer, or an argument is wrong.
    """
    check_functional(model)
    checked_choice("activation", activation, (*PROBABILITIES, None))
    n_classes = checked_int("n_classes", n_classes)
    if n_classes == 1 and activation == "softmax":
        raise ValueError(
            'n_classes must be at least 2 with activation="softmax": the softmax of one class is always 1; '
            'got 1. To tell yes from no, give activation="sigmoid".'
        )
    tails = [tail_of(model, end) for end in outputs_of(model)]
    starts = tensors_at(model, [sources_of(tail[0])[0] for tail in tails])
    outputs = [new_head(tail, start, n_classes, activation) for tail, start in zip(tails, starts)]
    return Model(inputs_of(model), like_outputs(model, outputs), name=checked_name(name, model.name))


def tail_of(model: Model, end: Place) -> list[Place]:
    """Return the classifier, then what follows it up to an output."""
    tail = [end]
    while not getattr(tail[0].operation, "weights", ()):
        sources = sources_of(tail[0])
        if len(sources) != 1:
            raise ValueError(f"model must end in a classifier; {model.name!r} ends in {end.name!r}.")
        tail.insert(0, sources[0])
    if not isinstance(tail[0].operation, (layers.Dense, *CONVOLUTIONS)):
        raise ValueError(
            f"model must end in a dense layer or a convolution; {tail[0].name!r} of {model.name!r} is a "
            f"{type(tail[0].operation).__name__}."
        )
    return tail


def new_head(
    tail: Sequence[Place], tensor: KerasTensor, n_classes: int, activation: str | None
) -> KerasTensor:
    """Apply a new classifier to a tensor, and what followed the old one, with the activation at the end."""
    old, rest = tail[0].operation, [place.operation for place in tail[1:]]
    config = old.get_config() | {"units" if isinstance(old, layers.Dense) else "filters": n_classes}
    precise = old.dtype_policy.variable_dtype  # float32 under mixed precision, too
    if not rest:
        config |= {"activation": activation, "dtype": precise}
    elif activation_name(old) in PROBABILITIES:
        config["activation"] = None
    tensor = type(old).from_config(config)(tensor)
    for operation in rest:
        if activation_name(operation) not in PROBABILITIES:
            tensor = operation(tensor)
    if not rest or activation is None:
        return tensor
    ends = [
        layer.name for layer in rest if isinstance(layer, Layer) and activation_name(layer) in PROBABILITIES
    ]
    return layers.Activation(activation, dtype=precise, name=ends[-1] if ends else None)(tensor)
