"""A Keras model read as a graph: one vertex for each call of a layer, in the order of computation."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from keras import KerasTensor, Model, Operation, Sequential

from keras_cnns.arguments import shown

Shape = tuple[int | None, ...]
Item = TypeVar("Item", bound=Hashable)
Node = Any  # a class that Keras does not export
# By the id of a tensor, the vertex that makes it, and which of the vertex's outputs it is.
Makers = dict[int, tuple[int, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Vertex:
    """A call of a layer or of a `keras.ops` function.

    Attributes:
        operation: the layer or function.
        sources: the vertices it reads, one for each tensor and in its order.
        places: for each of these tensors, which output of its source it is, from 0.
        shapes: its outputs', with the batch.
        call: what Keras keeps of the call, with its `arguments`, `input_tensors` and `outputs`.
    """

    operation: Operation
    sources: tuple[int, ...]
    places: tuple[int, ...]
    shapes: tuple[Shape, ...]
    call: Node

    @property
    def name(self) -> str:
        return self.operation.name


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


def read(model: Model, expand_nested: bool = False) -> Graph:
    """Read a functional or built Sequential model.

    Args:
        model: the model; nothing in it is changed or computed.
        expand_nested: put the layers of a model inside the model in its place; by default it is one vertex.

    Returns:
        The graph, towers one after the other.

    Raises:
        ValueError: if `model` is a subclass, not built, or no model.
    """
    check_functional(model)
    vertices: list[Vertex] = []
    makers = _append(vertices, model, {}, expand_nested)
    inputs = tuple(makers[id(tensor)][0] for tensor in model.inputs)
    ends = [makers[id(tensor)] for tensor in model.outputs]
    outputs, places = (tuple(column) for column in zip(*ends))
    return Graph(model.name, tuple(vertices), inputs, outputs, places)


def _append(vertices: list[Vertex], model: Model, makers: Makers, expand_nested: bool) -> Makers:
    """Append the calls in `model`; return which vertex makes each tensor.

    `makers` holds the vertices that stand for the inputs of a model inside a model.
    """
    makers = dict(makers)
    for node in _calls(model, inside=bool(makers)):
        operation = node.operation
        reads = [makers[id(tensor)] for tensor in node.input_tensors]
        if expand_nested and reads and isinstance(operation, Model) and getattr(operation, "outputs", None):
            given = {id(start): maker for start, maker in zip(operation.inputs, reads)}
            inner = _append(vertices, operation, given, expand_nested)
            ends = [inner[id(tensor)] for tensor in operation.outputs]
            makers.update((id(tensor), end) for tensor, end in zip(node.outputs, ends))
            continue
        shapes = tuple(tuple(tensor.shape) for tensor in node.outputs)
        makers.update((id(tensor), (len(vertices), i)) for i, tensor in enumerate(node.outputs))
        sources, places = tuple(vertex for vertex, _ in reads), tuple(place for _, place in reads)
        vertices.append(Vertex(operation, sources, places, shapes, node))
    return makers


def _calls(model: Model, inside: bool) -> list[Any]:
    """The calls that the outputs depend on, depth first.

    Those that stand for the inputs come, too, unless the model is `inside` of another.
    """
    starts = set(map(maker_of, model.inputs))
    return depth_first(
        map(maker_of, [*model.outputs, *model.inputs]),
        lambda node: () if node in starts else map(maker_of, node.input_tensors),
        done=starts if inside else (),
    )


def maker_of(tensor: KerasTensor) -> Node:
    """Return the call that made a tensor, as Keras keeps it: with its `operation` and `input_tensors`."""
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]
