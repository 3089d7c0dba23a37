"""The call of a layer or function, as Keras keeps it in a node, without what Keras itself has added."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keras import KerasTensor, Layer, tree

from keras_cnns.records import record

Node = Any  # a class that Keras does not export


@record(frozen=True, slots=True, eq=False)
class Arguments:
    """What a layer or function is called with: by position and by name."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@record(frozen=True, slots=True, eq=False)
class Call:
    """A call of a layer or function.

    Attributes:
        arguments: what it is given. A mask that goes along with the tensors by itself is not among it.
        input_tensors: the tensors in the arguments, in their order.
        outputs: the tensors that it gives.
    """

    arguments: Arguments
    input_tensors: tuple[KerasTensor, ...]
    outputs: tuple[KerasTensor, ...]


def call_of(node: Node) -> Call:
    """Return the call that a node of Keras stands for."""
    args, given = node.arguments.args, node.arguments.kwargs
    if not given:
        return Call(Arguments(args, {}), tuple(node.input_tensors), tuple(node.outputs))
    added = set(_masks_that_came_along(node))
    kwargs = {name: value for name, value in given.items() if name not in added}
    tensors = node.input_tensors if not added else _tensors((args, kwargs))
    return Call(Arguments(args, kwargs), tuple(tensors), tuple(node.outputs))


def maker_of(tensor: KerasTensor) -> Node:
    """Return the call that made a tensor, as Keras keeps it: with its `operation` and `input_tensors`."""
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]


def _tensors(structure: Any) -> list[KerasTensor]:
    return [leaf for leaf in tree.flatten(structure) if isinstance(leaf, KerasTensor)]


def _masks_that_came_along(node: Node) -> Iterator[str]:
    """The names of the arguments that Keras has filled in: with the masks of the tensors in the others.

    A mask that a person has computed is not what Keras would have filled in, and stays.
    """
    masks = {
        name: _tensors(value)
        for name, value in node.arguments.kwargs.items()
        if value is not None
        and (name == "mask" or name.endswith("_mask"))
        and isinstance(node.operation, Layer)
    }
    if not any(masks.values()):
        return
    others = {name: value for name, value in node.arguments.kwargs.items() if name not in masks}
    carried = [
        tensor._keras_mask
        for tensor in _tensors((node.arguments.args, others))
        if getattr(tensor, "_keras_mask", None) is not None
    ]
    for name, tensors in masks.items():
        if tensors and all(any(_is_the_same(tensor, mask) for mask in carried) for tensor in tensors):
            yield name


def _is_the_same(tensor: KerasTensor, other: KerasTensor) -> bool:
    """Whether two tensors are one, or computed alike: a file has the masks that Keras has made, and Keras
    makes them again as it is read."""
    waiting = [(tensor, other)]
    while waiting:
        one, two = waiting.pop()
        if one is two:
            continue
        first, second = maker_of(one), maker_of(two)
        alike = first.operation is second.operation or _settings(first) == _settings(second)
        places = one._keras_history.tensor_index, two._keras_history.tensor_index
        if not alike or places[0] != places[1] or len(first.input_tensors) != len(second.input_tensors):
            return False
        waiting += zip(first.input_tensors, second.input_tensors)
    return True


def _settings(node: Node) -> list[object]:
    """What a function computes but for its tensors; of a layer, the layer itself."""
    if isinstance(node.operation, Layer):
        return [id(node.operation)]
    held = {key: value for key, value in vars(node.operation).items() if key in ("axis", "keepdims", "dtype")}
    given = tree.flatten((node.arguments.args, node.arguments.kwargs, held))
    return [type(node.operation), *(str(leaf) for leaf in given if not isinstance(leaf, KerasTensor))]
