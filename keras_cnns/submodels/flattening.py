"""Nested models opened for good: the same layers in one graph."""

import inspect
from collections import Counter
from typing import Any

from keras import Layer, Model, Operation

from keras_cnns.arguments import checked_name
from keras_cnns.graph import check_functional, depth_first
from keras_cnns.graph.calls import Node, maker_of
from keras_cnns.submodels.places import called_again, entered, fed, inputs_of, is_model, like_outputs


def flatten(model: Model, *, name: str | None = None) -> Model:
    """Return `model` with the layers of the models inside it in place of these.

    A model for transfer learning, with a trunk inside it, then is one graph: `features` of it are connected
    with its outputs, for a model between two layers. Since the layers are shared, `get_layer(name).output` is
    still the tensor inside the nested model.

    Args:
        model: a functional or built Sequential model; what is inside a subclassed model or a wrapper such as
            TimeDistributed stays as it is.
        name: of the new model; the old one's if None.

    Returns:
        A functional model on the same inputs that shares the weights; not compiled.

    Raises:
        ValueError: if `model` is not functional, or layers of two models in it have the same name.
    """
    check_functional(model)
    outputs = called_again(model.outputs, opened, lambda node: is_model(node.operation))
    made = depth_first(outputs, lambda tensor: maker_of(tensor).input_tensors)
    makers = [maker_of(tensor).operation for tensor in made]
    names = Counter(operation.name for operation in dict.fromkeys(makers))
    if twice := [each for each, times in names.items() if times > 1]:
        raise ValueError(
            f"model must have layers of different names in its nested models; {model.name!r} has several "
            f"called {twice[0]!r}. Build the models inside it with names of their own."
        )
    return Model(inputs_of(model), like_outputs(model, outputs), name=checked_name(name, model.name))


def opened(node: Node, args: Any, kwargs: Any, training: bool | None = None) -> Any:
    """Call a layer, or the layers of a model."""
    operation = node.operation
    if training is not None and takes_training(operation):
        kwargs = {**kwargs, "training": training}
    if not is_model(operation):
        return operation(*args, **kwargs)
    inside = kwargs.get("training")
    known = {id(inner): entered(inner, outer) for inner, outer in fed(operation, args, kwargs)}
    return called_again(
        operation.outputs, lambda node, args, kwargs: opened(node, args, kwargs, inside), known=known
    )


def takes_training(operation: Operation) -> bool:
    """Return whether a layer computes otherwise in training."""
    return isinstance(operation, Layer) and "training" in inspect.signature(operation.call).parameters
