"""A Keras model read as a graph: one vertex for each call of a layer, in the order of computation.

What is code, the `call` of a subclassed model or of a layer of a user's own, is read by calling it on
symbolic tensors; see `tracing`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from keras import KerasTensor, Layer, Model, Operation, Sequential, Variable, layers, tree

from keras_cnns.arguments import shown
from keras_cnns.calls import Arguments, Call, Node, call_of, maker_of
from keras_cnns.layer_kinds import has_automatic_name, has_keras_call, has_own_call, holds_layers
from keras_cnns.safe_text import one_line, shortened
from keras_cnns.tracing import NotTraceable, arguments_for, first_line, traced, unchanged
from keras_cnns.weightless import build_weightless

Shape = tuple[int | None, ...]
Item = TypeVar("Item", bound=Hashable)
# A tensor: the vertex that makes it, and which of the vertex's outputs it is.
Maker = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
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

    @property
    def name(self) -> str:
        return self.operation.name

    @property
    def why_closed(self) -> str:
        """Why a layer of a user's own is one vertex, as a sentence; "" if there is nothing to open."""
        kind = shortened(one_line(type(self.operation).__name__))
        return f"{kind} cannot be opened: {self.opaque}" if self.opaque else ""

    @property
    def weights(self) -> list[Variable]:
        """The weights that it computes with."""
        return [*getattr(self.operation, "weights", ()), *self.borrowed]


@dataclass(frozen=True, slots=True, eq=False)
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


def readers_of(sources: Sequence[Sequence[int]]) -> list[list[int]]:
    """Turn edges round: for each vertex, those that read it, one for each time.

    Args:
        sources: for each vertex, those that it reads.
    """
    readers: list[list[int]] = [[] for _ in sources]
    for i, reads in enumerate(sources):
        for source in reads:
            readers[source].append(i)
    return readers


def depth_first(
    ends: Iterable[Item], sources_of: Callable[[Item], Iterable[Item]], done: Iterable[Item] = ()
) -> list[Item]:
    """Return all that `ends` depend on, each item after its sources, the first source and its sources first.

    It works without recursion, since networks are deep.

    Args:
        ends: where to start, the first first.
        sources_of: what an item reads.
        done: items to leave out, with all that only they depend on.
    """
    order: list[Item] = []
    finished = set(done)
    stack = list(ends)[::-1]
    while stack:
        item = stack[-1]
        if item in finished:
            stack.pop()
        elif missing := [source for source in sources_of(item) if source not in finished]:
            stack.extend(reversed(missing))
        else:
            finished.add(stack.pop())
            order.append(item)
    return order


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
    elif _arguments_of(model) is None:
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
        arguments = _arguments_of(model) or (None if in_shape is None else arguments_for(model, in_shape))
    if arguments is None or (_arguments_of(model) and all(layer.built for layer in model._flatten_layers())):
        yield False
        return
    is_known = _arguments_of(model) is not None
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


def read(model: Model, expand_nested: bool = False, own_layers: bool = True) -> Graph:
    """Read a model: functional, Sequential or subclassed, and built.

    Args:
        model: the model; nothing in it is changed or computed.
        expand_nested: put what is inside a model or layer in its place; by default it is one vertex.
        own_layers: see what is inside layers of a user's own, by calling their `call`.

    Returns:
        The graph, towers one after the other.

    Raises:
        ValueError: if `model` is no model or not built, or its `call` is code that cannot be followed.
    """
    check_readable(model)
    reader = _Reader(own_layers)
    graph = reader.functional(model) if _is_functional(model) else reader.subclassed(model)
    return expanded(graph) if expand_nested else graph


def _is_functional(model: Any) -> bool:
    """Whether it is a graph of layers, and no `call` of a user's own says otherwise."""
    return isinstance(model, Model) and bool(getattr(model, "outputs", None)) and has_keras_call(model)


def _arguments_of(model: Model) -> Arguments | None:
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


class _Reader:
    """Reads a model and what is inside it, each once, however often it is called."""

    def __init__(self, own_layers: bool) -> None:
        self.own_layers = own_layers
        self.known: dict[object, Graph | str] = {}
        self.is_tracing = False

    def functional(self, model: Model) -> Graph:
        if id(model) not in self.known:
            self.known[id(model)] = self.graph(model.name, model.inputs, model.outputs, model)
        return cast(Graph, self.known[id(model)])

    def subclassed(self, model: Model) -> Graph:
        arguments = cast(Arguments, _arguments_of(model))
        found = self.own(model, arguments, model.name)
        if isinstance(found, str):
            raise ValueError(f"model {shown(model.name)} cannot be read: {found}.")
        return found

    def own(self, layer: Layer, arguments: Arguments, name: str) -> Graph | str:
        """What the `call` of a layer or model computes, or why it cannot be seen."""
        leaves = tree.flatten((arguments.args, arguments.kwargs))
        given = [
            (tuple(leaf.shape), leaf.dtype) if isinstance(leaf, KerasTensor) else leaf for leaf in leaves
        ]
        key = (id(layer), str(given))
        if key not in self.known:
            if self.is_tracing:
                self.known[key] = self.traced(layer, arguments, name)
            else:
                self.is_tracing = True
                self.known[key] = build_weightless(self.traced, layer, arguments, name)
                self.is_tracing = False
        return self.known[key]

    def traced(self, layer: Layer, arguments: Arguments, name: str) -> Graph | str:
        try:
            with traced(layer, arguments) as found:
                return self.graph(name, found.inputs, found.outputs, layer, found.shape)
        except NotTraceable as error:
            return str(error)
        except (AttributeError, KeyError):  # a tensor that none of the calls has made
            return "its call reads a tensor of another model"

    def graph(
        self,
        name: str,
        inputs: list[KerasTensor],
        outputs: list[KerasTensor],
        owner: Layer,
        shape_of: Callable[[KerasTensor], Shape] = lambda tensor: tuple(tensor.shape),
    ) -> Graph:
        """The graph from inputs to outputs; `owner` is the model or layer that computes it."""
        vertices: list[Vertex] = []
        makers: dict[int, Maker] = {}  # by the id of the tensor
        for node, call in _calls(inputs, outputs):
            reads = [makers[id(tensor)] for tensor in call.input_tensors]
            makers.update((id(tensor), (len(vertices), i)) for i, tensor in enumerate(call.outputs))
            shapes = tuple(map(shape_of, call.outputs))
            open_shapes = {
                id(tensor): vertices[v].shapes[place] for tensor, (v, place) in zip(call.input_tensors, reads)
            }
            vertices.append(self.vertex(node.operation, call, reads, shapes, open_shapes))
        starts = tuple(makers[id(tensor)][0] for tensor in inputs)
        ends, places = zip(*(makers[id(tensor)] for tensor in outputs))
        return Graph(name, _with_borrowed(vertices, owner), starts, ends, places)

    def vertex(
        self,
        operation: Operation,
        call: Call,
        reads: list[Maker],
        shapes: tuple[Shape, ...],
        read_shapes: dict[int, Shape],
    ) -> Vertex:
        each_step = isinstance(operation, layers.TimeDistributed)
        inside = self.inside(operation, call, read_shapes, each_step) if reads else None
        sources, places = tuple(vertex for vertex, _ in reads), tuple(place for _, place in reads)
        graph, opaque = (None, inside) if isinstance(inside, str) else (inside, "")
        return Vertex(operation, sources, places, shapes, call, graph, each_step and bool(graph), opaque)

    def inside(
        self, operation: Operation, call: Call, shapes: dict[int, Shape], each_step: bool
    ) -> Graph | str | None:
        inner = operation.layer if each_step else operation
        if _is_functional(inner):
            return self.functional(inner)
        if not self.own_layers or not has_own_call(inner) or not (_is_model(inner) or holds_layers(inner)):
            return None

        def stand_in(leaf: Any) -> Any:
            if id(leaf) not in shapes:
                return leaf
            shape = shapes[id(leaf)]
            return KerasTensor((shape[0], *shape[2:]) if each_step else shape, leaf.dtype)

        arguments = tree.map_structure(stand_in, (call.arguments.args, call.arguments.kwargs))
        is_named = _is_model(inner) and not has_automatic_name(inner)
        found = self.own(inner, Arguments(*arguments), inner.name if is_named else type(inner).__name__)
        if isinstance(found, str) or _is_model(inner):
            return found
        return found if any(_is_a_layer(vertex.operation) for vertex in found.vertices) else None


def _is_model(operation: Operation) -> bool:
    return isinstance(operation, Model)


def _is_a_layer(operation: Operation) -> bool:
    return isinstance(operation, Layer) and not isinstance(operation, layers.InputLayer)


def _with_borrowed(vertices: list[Vertex], owner: Layer) -> tuple[Vertex, ...]:
    """The same, with all of the owner's weights in them.

    A function is given some of them by name. Others reach it as numbers that were computed from them: these
    are given to the first call that computes with such numbers, or else to the first of all.
    """
    own = {id(weight): weight for weight in owner.weights}
    for vertex in vertices:
        for weight in getattr(vertex.operation, "weights", ()):
            own.pop(id(weight), None)
    if not own:
        return tuple(vertices)
    constants: list[int] = []
    for i, vertex in enumerate(vertices):
        given = tree.flatten((vertex.call.arguments.args, vertex.call.arguments.kwargs))
        borrowed = tuple(own.pop(id(leaf)) for leaf in given if id(leaf) in own)
        vertices[i] = replace(vertex, borrowed=borrowed)
        numbers = [leaf for leaf in given if not isinstance(leaf, (KerasTensor, Variable))]
        if any(len(getattr(leaf, "shape", ())) > 0 for leaf in numbers):
            constants.append(i)
    calls = [i for i, vertex in enumerate(vertices) if vertex.sources]
    first = next(iter([*constants, *calls, 0]))
    vertices[first] = replace(vertices[first], borrowed=(*vertices[first].borrowed, *own.values()))
    return tuple(vertices)


def expanded(graph: Graph) -> Graph:
    """The same, with what is inside each vertex in its place."""
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


def _calls(inputs: list[KerasTensor], outputs: list[KerasTensor]) -> list[tuple[Node, Call]]:
    """The calls that the outputs depend on, depth first, and those that stand for the inputs."""
    starts = set(map(maker_of, inputs))
    calls: dict[Node, Call] = {}

    def before(node: Node) -> list[Node]:
        if node not in calls:
            calls[node] = call_of(node)
        return [] if node in starts else [maker_of(tensor) for tensor in calls[node].input_tensors]

    nodes = depth_first(map(maker_of, [*outputs, *inputs]), before)
    return [(node, calls[node]) for node in nodes]
