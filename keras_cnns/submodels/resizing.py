"""A model at another input size, with the same weights."""

from collections.abc import Sequence
from typing import Any

from keras import Input, Model, tree

from keras_cnns.arguments import checked_name, is_plain, shown
from keras_cnns.graph import check_functional
from keras_cnns.graph.calls import Node
from keras_cnns.submodels.places import called_again, entered, fed, inputs_of, is_model, like_outputs


def at_size(model: Model, in_shape: Sequence[int | None], *, name: str | None = None) -> Model:
    """Return `model` for images of another size, or of any.

    For style transfer, dense prediction and the like: `at_size(backbone(model), (None, None, 3))`. A
    classifier that reads a flattened map is bound to its size; cut it off first.

    Args:
        model: a functional or built Sequential model with one input.
        in_shape: (height, width, channels), with None for any height or width; the channels are the model's.
        name: of the new model; the old one's if None.

    Returns:
        A functional model that shares the weights; not compiled.

    Raises:
        ValueError: if `model` is not functional or has several inputs, or cannot have this size.
    """
    check_functional(model)
    if len(model.inputs) != 1:
        raise ValueError(f"model must have one input; {model.name!r} has {len(model.inputs)}.")
    old = model.inputs[0]
    shape = tuple(in_shape) if is_plain(in_shape) and hasattr(in_shape, "__iter__") else ()
    right = all(n is None or (type(n) is int and n > 0) for n in shape)
    if not right or len(shape) != len(old.shape) - 1 or shape[-1] != old.shape[-1]:
        raise ValueError(
            f"in_shape must be such as {(*[None] * (len(old.shape) - 2), old.shape[-1])}, with "
            f"{old.shape[-1]} channels; got {shown(in_shape)}."
        )
    inputs = Input(shape, dtype=old.dtype, name=old.name)
    try:
        outputs = called_again(model.outputs, resized, known={id(old): inputs})
    except ValueError as error:
        raise ValueError(
            f"in_shape={shown(in_shape)} does not fit {model.name!r}: {str(error).splitlines()[0]} A "
            "classifier that reads a flattened map is bound to its size: give backbone(model)."
        ) from error
    inputs = tree.pack_sequence_as(inputs_of(model), [inputs])
    return Model(inputs, like_outputs(model, outputs), name=checked_name(name, model.name))


def resized(node: Node, args: Any, kwargs: Any) -> Any:
    """Call a layer, or a model inside made anew for the size of what it reads."""
    model = node.operation
    if not is_model(model):
        return model(*args, **kwargs)
    pairs = [(inner, entered(inner, outer)) for inner, outer in fed(model, args, kwargs)]
    new = {id(inner): Input(outer.shape[1:], dtype=outer.dtype, name=inner.name) for inner, outer in pairs}
    ends = called_again(model.outputs, resized, known=new)
    inputs = tree.map_structure(lambda inner: new[id(inner)], inputs_of(model))
    return Model(inputs, like_outputs(model, ends), name=model.name)(*args, **kwargs)
