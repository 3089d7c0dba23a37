"""What a layer of a user's own computes, found by calling its `call` on symbolic tensors.

In Keras 3 such a call leaves a node behind for each layer and function in it. Nothing is computed, variables
keep their values, and afterwards everything that the call has changed is as it was before.
"""

from __future__ import annotations

import inspect
import re
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
from keras import KerasTensor, Layer, tree

from keras_cnns.arguments import shown
from keras_cnns.graph.calls import Arguments, Node
from keras_cnns.safe_text import one_line, shortened

Shape = tuple[int | None, ...]
# Code that reads the batch's size, as in `ops.reshape(x, (ops.shape(x)[0], -1))`, needs a number for it.
BATCH = 13


class NotTraceable(Exception):
    """The call is code that symbolic tensors cannot go through; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Traced:
    """What a call has computed: its inputs' and outputs' tensors, and the batch that stood for any."""

    inputs: list[KerasTensor]
    outputs: list[KerasTensor]
    batch: int | None

    def shape(self, tensor: KerasTensor) -> Shape:
        """The shape of a tensor, with None for the batch."""
        shape = tuple(tensor.shape)
        first = shape[0] if shape else None
        return (None, *shape[1:]) if shape and self.batch and first and first % self.batch == 0 else shape


@contextmanager
def traced(layer: Layer, arguments: Arguments) -> Iterator[Traced]:
    """Call a layer's `call`; as the context ends, all is as it was before.

    It must run in `build_weightless`, so that names are counted from one and no variable gets a value.

    Args:
        layer: a layer that is built.
        arguments: what it is called with; each KerasTensor stands for a tensor like it.

    Raises:
        NotTraceable: if `call` raises, draws random numbers, changes variables, or gives what does not depend
            on its inputs.
    """
    with unchanged(layer):
        try:
            found = _attempt(layer, arguments, None)
        except NotTraceable as error:
            try:
                found = _attempt(layer, arguments, BATCH)
            except NotTraceable:
                raise error from None
        try:
            yield found
        finally:
            _forget(found.inputs)


def _attempt(layer: Layer, arguments: Arguments, batch: int | None) -> Traced:
    inputs: list[KerasTensor] = []

    def start(leaf: Any) -> Any:
        if not isinstance(leaf, KerasTensor):
            return leaf
        shape = tuple(leaf.shape)
        if shape and shape[0] is None:
            shape = (batch, *shape[1:])
        casts = layer.autocast and "float" in str(leaf.dtype)
        inputs.append(keras.Input(batch_shape=shape, dtype=layer.compute_dtype if casts else leaf.dtype))
        return inputs[-1]

    args, kwargs = tree.map_structure(start, (arguments.args, arguments.kwargs))
    try:
        with keras.StatelessScope(initialize_variables=False) as scope, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outputs = tree.flatten(_called(layer, args, kwargs))
    except Exception as error:  # code of another may raise anything
        raise NotTraceable(f"its call raises {type(error).__name__}: {first_line(error)}") from None
    if scope.state_mapping:
        raise NotTraceable("its call draws random numbers or changes variables")
    outputs = [output for output in outputs if output is not None]
    if not outputs or not all(isinstance(output, KerasTensor) for output in outputs):
        raise NotTraceable("its call gives what does not depend on its inputs")
    return Traced(inputs, outputs, batch)


def _called(layer: Layer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What `call` returns, outside of training and without masks."""
    parameters = inspect.signature(layer.call).parameters
    names = list(parameters)
    if not any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()):
        kwargs = {name: value for name, value in kwargs.items() if name in names}  # a wrapper takes a mask
    if "training" in names:
        args, kwargs = args[: names.index("training")], {**kwargs, "training": False}
    given = {*names[: len(args)], *kwargs}
    missing = {name: None for name in names if name.endswith("mask") and name not in given}
    required = {name: None for name in missing if parameters[name].default is inspect.Parameter.empty}
    return layer.call(*args, **kwargs, **required)


def _tensors_for(in_shape: Any) -> Any:
    """Return a tensor for a shape without the batch, or a list or dict of tensors for one of shapes."""
    if isinstance(in_shape, dict) and in_shape:
        return {name: _tensors_for(shape) for name, shape in in_shape.items()}
    if isinstance(in_shape, (list, tuple)) and in_shape:
        if all(isinstance(size, int) and size > 0 for size in in_shape):
            return KerasTensor((None, *in_shape))
        if all(isinstance(shape, (list, tuple)) for shape in in_shape):
            return [_tensors_for(shape) for shape in in_shape]
    raise ValueError(
        "in_shape must be the shape of the input without the batch, such as (224, 224, 3), or a list or dict "
        f"of shapes; got {shown(in_shape)}."
    )


def arguments_for(model: Layer, in_shape: Any) -> Arguments:
    """Return what to call a model with; a list is one argument, unless `call` needs several by position.

    Raises:
        ValueError: if `in_shape` is no shape without the batch, nor a list or dict of shapes.
    """
    given = _tensors_for(in_shape)
    parameters = inspect.signature(model.call).parameters.items()
    needed = [name for name, one in parameters if one.default is inspect.Parameter.empty]
    several = sum(name != "training" and "mask" not in name for name in needed) > 1
    return Arguments(tuple(given), {}) if several and isinstance(given, list) else Arguments((given,), {})


def _forget(inputs: list[KerasTensor]) -> None:
    """Take the calls that depend on the inputs off the operations that keep them."""
    waiting = [tensor._keras_history.operation for tensor in inputs]
    seen: set[int] = set()
    for operation in waiting:
        for node in [node for node in operation._outbound_nodes if id(node) not in seen]:
            seen.add(id(node))
            waiting.append(node.operation)
            _remove(node.operation._inbound_nodes, node)
            for tensor in node.input_tensors:
                _remove(tensor._keras_history.operation._outbound_nodes, node)


def _remove(nodes: list[Node], node: Node) -> None:
    nodes[:] = [one for one in nodes if one is not node]


def first_line(error: Exception | str) -> str:
    """Return the first line of a message that says something."""
    lines = [re.sub(r"\x1b\[\d*m", "", line).strip() for line in str(error).splitlines()]
    said = [line for line in lines if line and not line.startswith("Exception encountered when calling")]
    return shortened(one_line(said[0] if said else "")).rstrip(".")


@contextmanager
def unchanged(layer: Layer) -> Iterator[None]:
    """As the context ends, put back what a layer and those in it hold: attributes, lists, dicts and sets."""
    saved: dict[int, tuple[Any, Any]] = {}
    waiting: list[Any] = [vars(one) for one in (layer, *layer._flatten_layers(include_self=False))]
    for container in waiting:
        if id(container) not in saved:
            copy = dict(container) if isinstance(container, dict) else list(container)
            saved[id(container)] = container, copy
            held = copy.values() if isinstance(copy, dict) else copy
            waiting += [one for one in map(_container, held) if one is not None]
    try:
        yield
    finally:
        for container, copy in saved.values():
            _put_back(container, copy)


def _container(value: Any) -> Any:
    """The value if it holds others; of Keras' own book of layers and variables, what it holds."""
    if isinstance(value, (list, dict, set, tuple)):
        return value
    return vars(value) if type(value).__name__ == "Tracker" else None


def _put_back(container: Any, copy: Any) -> None:
    """Fill a container with what was in it; the classes of Keras would keep book of each change."""
    if isinstance(container, dict):
        if list(container) != list(copy) or any(container[key] is not copy[key] for key in copy):
            kind = OrderedDict if isinstance(container, OrderedDict) else dict
            kind.clear(container)
            for key, value in copy.items():
                kind.__setitem__(container, key, value)
    elif isinstance(container, list):
        list.__setitem__(container, slice(None), copy)
    elif isinstance(container, set):
        set.clear(container)
        set.update(container, copy)
