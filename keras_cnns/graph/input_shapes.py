"""Whether a model can be read: what it is called with, and a model without an input shape built for one."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from keras import KerasTensor, Model, Sequential, tree

from keras_cnns.arguments import shown
from keras_cnns.graph.calls import Arguments, call_of
from keras_cnns.graph.tracing import arguments_for, first_line, unchanged
from keras_cnns.weightless import build_weightless


def check_functional(model: Any, argument: str = "model") -> None:
    """Raise a ValueError unless `model` is a graph of layers: functional, or Sequential and built.

    `argument` is what the message calls it.
    """
    if isinstance(model, Model) and getattr(model, "outputs", None):
        return
    if isinstance(model, Sequential):
        raise ValueError(
            f"{argument} {shown(model.name)} has no input shape yet; give it a keras.Input, or call it once."
        )
    if isinstance(model, Model):
        raise ValueError(
            f"{argument} must be functional or Sequential; {type(model).__name__} is a subclass whose call() "
            "is code, not a graph. Wrap what it computes: keras.Model(inputs, outputs of the layers)."
        )
    raise ValueError(f"{argument} must be a functional or Sequential Keras model; got {shown(model)}.")


def check_readable(model: Any, argument: str = "model") -> None:
    """Raise a ValueError unless `model` is functional, or built; `argument` is what the message calls it."""
    if not isinstance(model, Model) or getattr(model, "outputs", None):
        check_functional(model, argument)
    elif arguments_of(model) is None:
        raise ValueError(
            f"{argument} {shown(model.name)} has no input shape yet; give it a keras.Input, call it once, or "
            "give in_shape=(224, 224, 3), or whatever size you use."
        )


@contextmanager
def built_for(model: Any, in_shape: Any, argument: str = "model") -> Iterator[bool]:
    """Within the context, a model that has no input shape yet is built for one; its weights have no values.

    Afterwards it is as it was before. The context says whether there was anything to do.

    Args:
        model: a subclassed or Sequential model; any other is left alone.
        in_shape: the shape of its input without the batch, or a list or dict of shapes; None does nothing.
        argument: what a message calls the model.

    Raises:
        ValueError: if `in_shape` is no such shape, or the model cannot be called with it.
    """
    arguments = None
    if isinstance(model, Model) and not getattr(model, "outputs", None):
        arguments = arguments_of(model) or (None if in_shape is None else arguments_for(model, in_shape))
    if arguments is None or (arguments_of(model) and all(layer.built for layer in model._flatten_layers())):
        yield False
        return
    is_known = arguments_of(model) is not None
    with unchanged(model):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                build_weightless(model, *arguments.args, **arguments.kwargs)
        except Exception as error:  # code of another may raise anything
            if not is_known:
                why = f"{type(error).__name__}: {first_line(error)}"
                raise ValueError(
                    f"{argument} {shown(model.name)} cannot be called with in_shape={shown(in_shape)}: {why}."
                ) from None
        yield not is_known


@contextmanager
def readable(model: Any, in_shape: Any, argument: str = "model") -> Iterator[None]:
    """The same, for what needs no size but that of a model without one; a ValueError if it has one.

    Raises:
        ValueError: as `built_for` and `check_readable` do, or if `in_shape` is given for nothing.
    """
    with built_for(model, in_shape, argument) as is_built:
        check_readable(model, argument)
        if in_shape is not None and not is_built:
            raise ValueError(
                f"in_shape is for a model that has no input shape yet; {shown(model.name)} has one."
            )
        yield


def arguments_of(model: Model) -> Arguments | None:
    """What a model that is no graph is called with, by its first symbolic call or as it was built."""
    if model._inbound_nodes:
        return call_of(model._inbound_nodes[0]).arguments
    if getattr(model, "outputs", None):
        return Arguments((tree.pack_sequence_as(model._inputs_struct, model.inputs),), {})
    shapes = getattr(model, "_build_shapes_dict", None)
    if not shapes:
        return None
    given = {name.removesuffix("_shape"): _stand_ins(shape) for name, shape in dict(shapes).items()}
    return Arguments((), given) if len(given) > 1 else Arguments(tuple(given.values()), {})


def _stand_ins(shapes: Any) -> Any:
    """A tensor for each shape in a structure of them, for any batch."""
    if isinstance(shapes, dict):
        return {name: _stand_ins(shape) for name, shape in shapes.items()}
    if all(size is None or isinstance(size, int) for size in shapes):
        return KerasTensor((None, *shapes[1:]))
    return [_stand_ins(shape) for shape in shapes]
