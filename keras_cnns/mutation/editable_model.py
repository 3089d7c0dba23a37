"""A model taken apart into calls of layers, to be changed and built again."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Any

import keras

from keras_cnns import graph
from keras_cnns.graph import Shape
from keras_cnns.weightless import build_weightless


@dataclass(eq=False, slots=True)
class Call:
    """One call of a layer: its class and config, the calls that it reads, and the shape that came out.

    Calls of one layer share their `config`.
    """

    kind: type
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
class Plan:
    """The calls of a model, each after those it reads, and those that are outputs."""

    name: str
    calls: list[Call]
    outputs: list[Call]

    def readers(self, call: Call) -> list[Call]:
        return [other for other in self.calls if any(source is call for source in other.sources)]

    def uses(self, call: Call) -> int:
        """How often a call is read or given out."""
        read = sum(source is call for other in self.calls for source in other.sources)
        return read + sum(output is call for output in self.outputs)

    def replace(self, old: Call, new: Call, but: tuple[Call, ...] = ()) -> None:
        """Let all that read `old`, except `but`, read `new`, and outputs be it."""
        for call in self.calls:
            if not any(call is other for other in but):
                call.sources = [new if source is old else source for source in call.sources]
        self.outputs = [new if output is old else output for output in self.outputs]

    def remove(self, call: Call) -> None:
        """Take out a call; what read it reads its first source."""
        self.replace(call, call.sources[0])
        self.calls.remove(call)

    def insert(self, kind: type, config: dict[str, Any], after: Call) -> Call:
        """Put a new layer between a call and all that read it."""
        new = Call(kind, {**config, "name": self.new_name(kind)}, [after], after.shape)
        self.replace(after, new)
        new.sources = [after]
        self.calls.insert(self.calls.index(after) + 1, new)
        return new

    def new_name(self, kind: type) -> str:
        """A name such as Keras gives."""
        taken = {call.name for call in self.calls}
        word = re.sub("(?<=[a-z])(?=[A-Z][a-z])", "_", kind.__name__).lower()
        number = 0
        while (name := f"{word}_{number}" if number else word) in taken:
            number += 1
        return name

    def sorted(self) -> list[Call]:
        """The calls so that each comes after those it reads, whatever was moved; unread ones are left out."""
        order: list[Call] = []
        done: set[int] = set()
        ahead = [*reversed(self.outputs), *(call for call in self.calls if not call.sources)]
        while ahead:
            call = ahead[-1]
            missing = [source for source in call.sources if id(source) not in done]
            if id(call) in done or not missing:
                ahead.pop()
                if id(call) not in done:
                    done.add(id(call))
                    order.append(call)
            else:
                ahead.extend(reversed(missing))
        return order

    def build(self, order: list[Call] | None = None) -> keras.Model:
        """Build the model, without weights, its layers in the order given if there is one.

        Raises:
            ValueError: if the layers do not fit each other.
        """
        return build_weightless(self.filled, order)

    def filled(self, order: list[Call] | None = None) -> keras.Model:
        """Build the model with weights."""
        made: dict[int, Any] = {}
        layers: dict[int, Any] = {}
        for call in order or self.sorted():
            if id(call.config) not in layers:
                layers[id(call.config)] = call.kind.from_config(copy.deepcopy(call.config))
            layer = layers[id(call.config)]
            if not call.sources:
                made[id(call)] = layer.output
                continue
            given = [made[id(source)] for source in call.sources]
            made[id(call)] = layer(given[0] if len(given) == 1 else given)
        inputs = [made[id(call)] for call in self.calls if not call.sources]
        outputs = [made[id(call)] for call in self.outputs]
        return keras.Model(inputs, outputs if len(outputs) > 1 else outputs[0], name=self.name)


def taken_apart(model: keras.Model) -> Plan:
    """Return the plan of a functional or built Sequential model; models inside it are taken apart, too.

    Raises:
        ValueError: if a layer gives several tensors, or cannot be made again from its config.
    """
    whole = graph.read(model, expand_nested=True)
    calls: list[Call] = []
    configs: dict[int, dict] = {}
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
    _with_names_of_their_own(calls)
    return Plan(whole.name, calls, [calls[output] for output in whole.outputs])


def _with_names_of_their_own(calls: list[Call]) -> None:
    """Two models inside a model may each have a layer of a name."""
    taken: dict[str, int] = {}
    for call in calls:
        name = call.config.get("name", call.kind.__name__)
        if taken.setdefault(name, id(call.config)) != id(call.config):
            number = 1
            while f"{name}_{number}" in taken:
                number += 1
            call.config["name"] = f"{name}_{number}"
            taken[call.config["name"]] = id(call.config)


def duplicate(plan: Plan) -> Plan:
    """The same calls again, which may be changed without changing the first."""
    new: dict[int, Call] = {}
    configs: dict[int, dict] = {}
    for call in plan.calls:
        config = configs.setdefault(id(call.config), copy.copy(call.config))
        new[id(call)] = Call(call.kind, config, [new[id(source)] for source in call.sources], call.shape)
    return Plan(plan.name, list(new.values()), [new[id(output)] for output in plan.outputs])
