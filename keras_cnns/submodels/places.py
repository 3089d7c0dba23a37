"""Tensors anywhere in a model, in the models inside it, too, and how to reach them from its inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from keras import KerasTensor, Model, Operation, Sequential, ops, tree

from keras_cnns.graph import depth_first
from keras_cnns.graph.calls import Node, call_of, maker_of


@dataclass(frozen=True, slots=True)
class Place:
    """A tensor of a model, or of a model inside it.

    Attributes:
        path: the calls of the models that it is in, the outermost first; none in the model itself.
        tensor: as Keras keeps it in the innermost of these.
    """

    path: tuple[Node, ...]
    tensor: KerasTensor

    @property
    def operation(self) -> Operation:
        """The layer or function that made it."""
        return maker_of(self.tensor).operation

    @property
    def name(self) -> str:
        """The names of the models that it is in and of its layer, as in "resnet18_backbone/conv5_2"."""
        return "/".join(node.operation.name for node in (*self.path, maker_of(self.tensor)))


def is_model(operation: Any) -> bool:
    """Return whether this is a model with a graph of its own."""
    return isinstance(operation, Model) and bool(getattr(operation, "outputs", None))


def inputs_of(model: Model) -> Any:
    """Return the inputs in the structure in which the model takes them."""
    return model.inputs[0] if isinstance(model, Sequential) else model.input


def like_outputs(model: Model, tensors: Sequence[KerasTensor]) -> Any:
    """Return a tensor for each output in the structure in which the model gives them, such as a dict."""
    structure = model.outputs[0] if isinstance(model, Sequential) else model.output
    return tree.pack_sequence_as(structure, list(tensors))


def outputs_of(model: Model) -> list[Place]:
    """Return where the outputs of a model are computed."""
    return [innermost(Place((), tensor)) for tensor in model.outputs]


def innermost(place: Place) -> Place:
    """Return where a tensor is computed: what a model gives is computed in it, what it reads is not."""
    place = outermost(place)
    while is_model(place.operation):
        call = maker_of(place.tensor)
        inner = call.operation.outputs[place.tensor._keras_history.tensor_index]
        place = outermost(Place((*place.path, call), inner), keep_outputs=True)
    return place


def outermost(place: Place, keep_outputs: bool = False) -> Place:
    """Return the place in the outermost model that has the tensor: those around it read or give it, too."""
    path, tensor = place.path, place.tensor
    while path:
        pairs = what_it_reads(path[-1])
        if not keep_outputs:
            pairs += zip(path[-1].operation.outputs, path[-1].outputs)
        outside = next((outer for inner, outer in pairs if inner is tensor), None)
        if outside is None:
            break
        path, tensor = path[:-1], outside
    return Place(path, tensor)


def what_it_reads(call: Node) -> list[tuple[KerasTensor, KerasTensor]]:
    """Return each input of a model that is called, with the tensor that it is given."""
    arguments = call_of(call).arguments
    return fed(call.operation, arguments.args, arguments.kwargs)


def fed(model: Model, args: Sequence[Any], kwargs: dict[str, Any]) -> list[tuple[KerasTensor, KerasTensor]]:
    """Return each input of a model with the tensor that it gets by these arguments."""
    given = args[0] if args else kwargs.get("inputs")
    inputs = inputs_of(model)
    if isinstance(given, dict) and not isinstance(inputs, dict):
        return [(inner, given[inner.name]) for inner in model.inputs if inner.name in given]
    return list(zip(tree.flatten(inputs), tree.flatten(given)))


def entered(inner: KerasTensor, outer: KerasTensor) -> KerasTensor:
    """Return what a model makes of a tensor for one of its inputs: of the input's type and rank."""
    if outer.dtype != inner.dtype:
        outer = ops.cast(outer, inner.dtype)
    if len(outer.shape) > len(inner.shape):
        return ops.squeeze(outer, -1)
    return ops.expand_dims(outer, -1) if len(outer.shape) < len(inner.shape) else outer


def sources_of(place: Place) -> list[Place]:
    """Return what the layer that computed a tensor has read; `place` is innermost, and so are they."""
    return [innermost(Place(place.path, tensor)) for tensor in call_of(maker_of(place.tensor)).input_tensors]


def all_places(model: Model) -> list[Place]:
    """Return the outputs of all layers, also of those inside models, and inputs that nothing reads."""
    return depth_first([*outputs_of(model), *(Place((), tensor) for tensor in model.inputs)], sources_of)


def tensors_at(model: Model, places: Sequence[Place]) -> list[KerasTensor]:
    """Return the tensors at these places as tensors of the model itself.

    A model inside it is replaced by one with the same layers that gives the inner tensors, too; what reads it
    is called again. So all that is asked for at once is computed once, and gradients flow through it.
    """
    places = [outermost(place) for place in places]
    plain = [place.tensor for place in places if not place.path]
    wanted: dict[int, list[Place]] = {}
    for place in places:
        if place.path:
            wanted.setdefault(id(place.path[0]), []).append(Place(place.path[1:], place.tensor))
    read = {tensor for place in places if place.path for tensor in place.path[0].input_tensors}
    needed = set(depth_first([*plain, *read], lambda tensor: maker_of(tensor).input_tensors))
    inner: dict[int, list[KerasTensor]] = {}

    def call(node: Node, args: Any, kwargs: Any) -> Any:
        if id(node) not in wanted:
            return node.operation(*args, **kwargs)
        keep = not needed.isdisjoint(node.outputs)
        opened = opened_at(node.operation, wanted[id(node)], keep)
        outputs, inner[id(node)] = opened(*args, **kwargs)
        return outputs

    through = [place.path[0].outputs[0] for place in places if place.path]
    found = iter(called_again([*plain, *through], call, lambda node: id(node) in wanted))
    return [inner[id(place.path[0])].pop(0) if place.path else next(found) for place in places]


def opened_at(model: Model, places: list[Place], keep: bool) -> Model:
    """Return a model of the same name that gives what `model` gives, or nothing, and a list of tensors."""
    outer = [Place((), tensor) for tensor in model.outputs] if keep else []
    tensors = tensors_at(model, [*outer, *places])
    given = like_outputs(model, tensors[: len(outer)]) if keep else []
    return Model(inputs_of(model), (given, tensors[len(outer) :]), name=model.name)


def called_again(
    ends: Sequence[KerasTensor],
    call: Callable[[Node, Any, Any], Any],
    changes: Callable[[Node], bool] = lambda node: False,
    known: dict[int, KerasTensor] | None = None,
) -> list[KerasTensor]:
    """Return the tensors that `ends` become where some calls change, by calling what follows again.

    Args:
        ends: tensors of a model.
        call: makes a call, that is given as Keras keeps it, with new arguments.
        changes: whether a call is made again though what it reads is as before.
        known: new tensors in place of old ones, by the `id` of the old one.
    """
    new = dict(known or {})
    for tensor in depth_first(
        ends, lambda tensor: () if id(tensor) in new else maker_of(tensor).input_tensors
    ):
        node = maker_of(tensor)
        if id(tensor) in new or not (changes(node) or any(id(t) in new for t in node.input_tensors)):
            continue
        arguments = call_of(node).arguments
        args, kwargs = tree.map_structure(
            lambda leaf: new.get(id(leaf), leaf), (arguments.args, arguments.kwargs)
        )
        for old, now in zip(node.outputs, tree.flatten(call(node, args, kwargs))):
            new[id(old)] = now
    return [new.get(id(tensor), tensor) for tensor in ends]
