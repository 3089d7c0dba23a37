"""A model as a list of layer calls, which can be edited and built again."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Any

import keras

from keras_cnns import graph
from keras_cnns.graph import Shape, depth_first
from keras_cnns.weightless import build_weightless


@dataclass(eq=False, slots=True)
class Call:
    """One call of a layer: its class and config, the calls that it reads, and the shape that came out.

    Calls of one layer share their `config`.
    """

    kind: type[keras.Layer]
    config: dict[str, Any]
    sources: list[Call]
    shape: Shape

    @property
    def name(self) -> str:
        return self.config.get("name", "")

    def is_a(self, *names: str) -> bool:
        """Whether its class has one of these names."""
        return self.kind.__name__ in names


@dataclass(eq=False, slots=True)
class EditableModel:
    """A model that can be changed: its calls, each after those it reads, and those that are outputs."""

    name: str
    calls: list[Call]
    outputs: list[Call]

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
        tensors: dict[int, Any] = {}
        layers: dict[int, Any] = {}
        for call in order or self.in_order():
            if id(call.config) not in layers:
                layers[id(call.config)] = call.kind.from_config(copy.deepcopy(call.config))
            layer = layers[id(call.config)]
            if not call.sources:
                tensors[id(call)] = layer.output
                continue
            sources = [tensors[id(source)] for source in call.sources]
            tensors[id(call)] = layer(sources[0] if len(sources) == 1 else sources)
        inputs = [tensors[id(call)] for call in self.calls if not call.sources]
        outputs = [tensors[id(call)] for call in self.outputs]
        return keras.Model(inputs, outputs if len(outputs) > 1 else outputs[0], name=self.name)


def to_editable(model: keras.Model) -> EditableModel:
    """Return an editable copy of a functional or built Sequential model; models inside it are expanded.

    Raises:
        ValueError: if a layer gives several tensors, or cannot be rebuilt from its config.
    """
    whole = graph.read(model, expand_nested=True)
    calls: list[Call] = []
    configs: dict[int, dict[str, Any]] = {}
    for vertex in whole.vertices:
        if len(vertex.shapes) > 1 or not isinstance(vertex.operation, keras.Layer):
            raise ValueError(
                f"model must be of layers that give one tensor each; {vertex.name!r} is a "
                f"{type(vertex.operation).__name__}."
            )
        if id(vertex.operation) not in configs:
            configs[id(vertex.operation)] = vertex.operation.get_config()
        sources = [calls[source] for source in vertex.sources]
        config = configs[id(vertex.operation)]
        calls.append(Call(type(vertex.operation), config, sources, vertex.shapes[0]))
    _make_names_unique(calls)
    return EditableModel(whole.name, calls, [calls[output] for output in whole.outputs])


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
        new[id(call)] = Call(call.kind, config, [new[id(source)] for source in call.sources], call.shape)
    return EditableModel(model.name, list(new.values()), [new[id(output)] for output in model.outputs])
