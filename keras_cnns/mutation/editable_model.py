"""A model as a list of layer calls, which can be edited and built again."""

from __future__ import annotations

import copy
import itertools
import re
from dataclasses import dataclass
from typing import Any

import keras

from keras_cnns import graph
from keras_cnns.graph import Shape, depth_first
from keras_cnns.safe_text import one_line
from keras_cnns.weightless import build_weightless


@dataclass(frozen=True, slots=True)
class _Tensor:
    """The place of a tensor among the arguments of a call: the number of the source that gives it."""

    source: int


Arguments = tuple[tuple[Any, ...], dict[str, Any]]


@dataclass(eq=False, slots=True)
class Call:
    """One call of a layer, or of a function of `keras.ops`, which is treated as one.

    Attributes:
        kind: the layer's class.
        config: the layer's config, which all calls of the layer share.
        sources: the calls that it reads.
        shape: what came out.
        arguments: how it was called, its arguments by position and by name, a `_Tensor` in place of each
            tensor; None for a layer that reads its sources as a tensor or a list.
    """

    kind: type[keras.Operation]
    config: dict[str, Any]
    sources: list[Call]
    shape: Shape
    arguments: Arguments | None = None

    @property
    def name(self) -> str:
        return self.config.get("name", "")

    def is_a(self, *names: str) -> bool:
        """Whether its class has one of these names."""
        return self.kind.__name__ in names


@dataclass(eq=False, slots=True)
class EditableModel:
    """A model that can be changed.

    Attributes:
        name: the model's.
        calls: its calls, each after those it reads.
        outputs: those that are outputs, in the model's order.
        inputs: those that are inputs, in the model's order.
    """

    name: str
    calls: list[Call]
    outputs: list[Call]
    inputs: list[Call]

    def readers(self, call: Call) -> list[Call]:
        return [other for other in self.calls if any(source is call for source in other.sources)]

    def uses(self, call: Call) -> int:
        """How often a call is read or is an output."""
        read = sum(source is call for other in self.calls for source in other.sources)
        return read + sum(output is call for output in self.outputs)

    def replace(self, old: Call, new: Call, but: tuple[Call, ...] = ()) -> None:
        """Let all that read `old`, except `but`, read `new` instead; outputs, too."""
        for call in self.calls:
            if not any(call is other for other in but):
                call.sources = [new if source is old else source for source in call.sources]
        self.outputs = [new if output is old else output for output in self.outputs]

    def remove(self, call: Call) -> None:
        """Take out a call; what read it reads its first source."""
        self.replace(call, call.sources[0])
        self.calls.remove(call)

    def insert(self, kind: type[keras.Layer], config: dict[str, Any], after: Call) -> Call:
        """Put a new layer between a call and all that read it."""
        new = Call(kind, {**config, "name": self.new_name(kind)}, [after], after.shape)
        self.replace(after, new)
        new.sources = [after]
        self.calls.insert(self.calls.index(after) + 1, new)
        return new

    def new_name(self, kind: type[keras.Layer]) -> str:
        """A name such as Keras gives."""
        taken = {call.name for call in self.calls}
        word = re.sub("(?<=[a-z])(?=[A-Z][a-z])", "_", kind.__name__).lower()
        number = 0
        while (name := f"{word}_{number}" if number else word) in taken:
            number += 1
        return name

    def in_order(self) -> list[Call]:
        """Return the calls that are read, each after those it reads, whatever was moved."""
        inputs = [call for call in self.calls if not call.sources]
        return depth_first([*reversed(inputs), *self.outputs], lambda call: call.sources)

    def build(self, order: list[Call] | None = None) -> keras.Model:
        """Build the model without weights, its layers in `order` or else as `in_order` has them.

        Raises:
            ValueError: if the layers do not fit each other.
        """
        return build_weightless(self.build_with_weights, order)

    def build_with_weights(self, order: list[Call] | None = None) -> keras.Model:
        """Build the model with weights; see `build`."""
        try:
            return self._built(order or self.in_order())
        except Exception as error:  # Keras has errors of many classes for layers that do not fit
            raise ValueError(f"the layers do not fit each other: {error}") from error

    def _built(self, order: list[Call]) -> keras.Model:
        tensors: dict[int, Any] = {}
        layers: dict[int, Any] = {}
        for call in order:
            if id(call.config) not in layers:
                layers[id(call.config)] = call.kind.from_config(copy.deepcopy(call.config))
            layer = layers[id(call.config)]
            if not call.sources:
                tensors[id(call)] = layer.output
                continue
            tensors[id(call)] = _applied(layer, call, [tensors[id(source)] for source in call.sources])
        inputs = [tensors[id(call)] for call in self.inputs]
        outputs = [tensors[id(call)] for call in self.outputs]
        return keras.Model(inputs, outputs if len(outputs) > 1 else outputs[0], name=self.name)


def _applied(layer: Any, call: Call, tensors: list[Any]) -> Any:
    """Call a layer as it was called, unless a mutation gave it more sources or fewer."""
    given = [] if call.arguments is None else keras.tree.flatten(call.arguments)
    if sum(isinstance(one, _Tensor) for one in given) != len(tensors):
        return layer(tensors[0] if len(tensors) == 1 else tensors)
    positional, named = keras.tree.map_structure(
        lambda one: tensors[one.source] if isinstance(one, _Tensor) else one, call.arguments
    )
    return layer(*positional, **named)


def _arguments_of(call: Any) -> Arguments:
    """How Keras' record of a call says that the layer was called."""
    number = itertools.count()
    return keras.tree.map_structure(
        lambda one: _Tensor(next(number)) if isinstance(one, keras.KerasTensor) else one,
        (call.arguments.args, call.arguments.kwargs),
    )


def _config_of(layer: keras.Operation) -> dict[str, Any]:
    """The config of a layer, when another has been made of it; call it where weights are not made."""
    try:
        config = layer.get_config()
        type(layer).from_config(copy.deepcopy(config))
        return config
    except Exception as error:  # a custom layer may raise anything
        raise ValueError(
            f"model must be of layers that can be rebuilt from their config; {one_line(layer.name)!r} is a "
            f"{type(layer).__name__}, which cannot: {one_line(str(error))[:200]}"
        ) from error


def to_editable(model: keras.Model) -> EditableModel:
    """Return an editable copy of a functional or built Sequential model; models inside it are expanded.

    Raises:
        ValueError: if a layer gives several tensors, or cannot be rebuilt from its config.
    """
    return build_weightless(_editable, graph.read(model, expand_nested=True, own_layers=False))


def _editable(whole: graph.Graph) -> EditableModel:
    calls: list[Call] = []
    configs: dict[int, dict[str, Any]] = {}
    for vertex in whole.vertices:
        if len(vertex.shapes) > 1:
            raise ValueError(
                f"model must be of layers that give one tensor each; {one_line(vertex.name)!r} is a "
                f"{type(vertex.operation).__name__}."
            )
        if id(vertex.operation) not in configs:
            configs[id(vertex.operation)] = _config_of(vertex.operation)
        sources = [calls[source] for source in vertex.sources]
        config = configs[id(vertex.operation)]
        arguments = _arguments_of(vertex.call)
        calls.append(Call(type(vertex.operation), config, sources, vertex.shapes[0], arguments))
    _make_names_unique(calls)
    outputs, inputs = ([calls[i] for i in ends] for ends in (whole.outputs, whole.inputs))
    return EditableModel(whole.name, calls, outputs, inputs)


def _make_names_unique(calls: list[Call]) -> None:
    """Two models inside a model may each have a layer of the same name."""
    taken: dict[str, int] = {}
    for call in calls:
        name = call.config.get("name", call.kind.__name__)
        if taken.setdefault(name, id(call.config)) != id(call.config):
            number = 1
            while f"{name}_{number}" in taken:
                number += 1
            call.config["name"] = f"{name}_{number}"
            taken[call.config["name"]] = id(call.config)


def duplicate(model: EditableModel) -> EditableModel:
    """Return a copy, which can be changed without changing the original."""
    new: dict[int, Call] = {}
    configs: dict[int, dict[str, Any]] = {}
    for call in model.calls:
        config = configs.setdefault(id(call.config), copy.copy(call.config))
        sources = [new[id(source)] for source in call.sources]
        new[id(call)] = Call(call.kind, config, sources, call.shape, call.arguments)
    outputs, inputs = ([new[id(end)] for end in ends] for ends in (model.outputs, model.inputs))
    return EditableModel(model.name, list(new.values()), outputs, inputs)
