"""A model's calls as a graph: what a vertex is, and how what is inside one takes its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from keras import Operation, Variable
from keras.layers import InputLayer

from keras_cnns import layer_kinds
from keras_cnns.graph.calls import Call
from keras_cnns.graph.orders import readers_of
from keras_cnns.records import record
from keras_cnns.safe_text import one_line, shortened

Shape = tuple[int | None, ...]
# A tensor: the vertex that makes it, and which of the vertex's outputs it is.
Maker = tuple[int, int]


@record(frozen=True, slots=True, eq=False)
class Vertex:
    """A call of a layer or of a `keras.ops` function.

    Attributes:
        operation: the layer or function.
        sources: the vertices it reads, one for each tensor and in its order.
        places: for each of these tensors, which output of its source it is, from 0.
        shapes: its outputs', with the batch.
        call: its arguments and tensors.
        inside: what the call computes, where it is the call of a model, or of a layer of a user's own with
            layers in it; None for all others, and if it cannot be seen.
        each_step: whether `inside` is computed once for each step of time, as by TimeDistributed. Its shapes
            are those of one step, so it is never put in the vertex's place.
        opaque: why `inside` cannot be seen, of a model or layer whose `call` is code; "" of all others.
        borrowed: weights that it computes with and that belong to the layer or model around it.
        is_part: whether its name tells a place within what another layer of the graph names, as that of
            `conv4_6_2_conv` within `conv4_6`.
    """

    operation: Operation
    sources: tuple[int, ...]
    places: tuple[int, ...]
    shapes: tuple[Shape, ...]
    call: Call
    inside: Graph | None = None
    each_step: bool = False
    opaque: str = ""
    borrowed: tuple[Variable, ...] = ()
    is_part: bool = False

    @property
    def name(self) -> str:
        return self.operation.name

    @property
    def kind(self) -> str:
        """The class of the layer or function."""
        return type(self.operation).__name__

    @property
    def landmark(self) -> str | None:
        """The name, if a person gave it to a layer that computes, and it is no part's."""
        if self.is_part or isinstance(self.operation, InputLayer):
            return None
        return None if layer_kinds.has_automatic_name(self.operation) else self.name

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The types of its outputs."""
        return tuple(str(tensor.dtype) for tensor in self.call.outputs)

    @property
    def parameters(self) -> dict[int, int]:
        """How many there are in each weight that it computes with, by the weight's id."""
        return {id(weight): prod(weight.shape) for weight in self.weights}

    @property
    def trained(self) -> tuple[set[int], set[int]]:
        """The ids of weights that training changes unless they are frozen, and of those that it changes."""
        now = getattr(self.operation, "trainable_variables", ())
        return set(map(id, layer_kinds.made_to_be_trained(self.operation))), set(map(id, now))

    @property
    def data_format(self) -> str | None:
        """Where the layer, or the one in it, has the channels, if it says so."""
        return getattr(layer_kinds.wrapped(self.operation) or self.operation, "data_format", None)

    @property
    def window(self) -> tuple[int, ...]:
        """The sides of the window that it reads at once, gaps included; none if that is one value."""
        return layer_kinds.window(self.operation)

    def side_factors(self, rank: int) -> tuple[float, ...]:
        """By what it multiplies each of the sides of what it reads, as its strides say."""
        return layer_kinds.side_factors(self.operation, rank)

    @property
    def why_closed(self) -> str:
        """Why a layer of a user's own is one vertex, as a sentence; "" if there is nothing to open."""
        if not self.opaque:
            return ""
        return f"{shortened(one_line(type(self.operation).__name__))} cannot be opened: {self.opaque}"

    @property
    def weights(self) -> list[Variable]:
        """The weights that it computes with."""
        return [*getattr(self.operation, "weights", ()), *self.borrowed]


@record(frozen=True, slots=True, eq=False)
class Graph:
    """A model's calls.

    Attributes:
        name: the model's.
        vertices: the calls, so ordered that each comes after those it reads.
        inputs: the vertices that stand for the model's inputs, in the order of `model.inputs`.
        outputs: the vertices that give the model's outputs, in the order of `model.outputs`.
        output_places: for each of these, which output of its vertex it is, from 0.
    """

    name: str
    vertices: tuple[Vertex, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    output_places: tuple[int, ...]

    def readers(self) -> list[list[int]]:
        """For each vertex, those that read it, one for each tensor read."""
        return readers_of([vertex.sources for vertex in self.vertices])


def expanded(graph: Graph) -> Graph:
    """The same, with what is inside each vertex in its place."""
    if not any(vertex.inside and not vertex.each_step for vertex in graph.vertices):
        return graph
    vertices: list[Vertex] = []
    makers = _append(vertices, graph, [])
    ends = [makers[output, place] for output, place in zip(graph.outputs, graph.output_places)]
    outputs, places = zip(*ends)
    return Graph(graph.name, tuple(vertices), tuple(makers[i, 0][0] for i in graph.inputs), outputs, places)


def _append(vertices: list[Vertex], graph: Graph, given: Sequence[Maker]) -> dict[Maker, Maker]:
    """Append a graph's vertices; return which of the vertices makes each of its tensors.

    `given` are the vertices that stand for the inputs of a model inside a model.
    """
    makers = {(i, 0): maker for i, maker in zip(graph.inputs, given)}
    for i, vertex in enumerate(graph.vertices):
        if (i, 0) in makers:
            continue
        reads = [makers[maker] for maker in zip(vertex.sources, vertex.places)]
        if vertex.inside and not vertex.each_step:
            inner = _append(vertices, vertex.inside, reads)
            ends = zip(vertex.inside.outputs, vertex.inside.output_places)
            makers.update(((i, place), inner[end]) for place, end in enumerate(ends))
            continue
        makers.update(((i, place), (len(vertices), place)) for place in range(len(vertex.shapes)))
        sources, places = tuple(source for source, _ in reads), tuple(place for _, place in reads)
        vertices.append(replace(vertex, sources=sources, places=places))
    return makers
