"""The shapes that calls read and give, also of models that were built for inputs of any size."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_cnns.graph import Graph, Shape, Vertex


def known_shapes(graph: Graph, given: Sequence[Shape] | None = None) -> list[tuple[Shape, ...]]:
    """Return the shapes that each call gives, with sizes filled in where Keras left them open.

    Args:
        graph: the model, models inside it expanded.
        given: for each of the model's inputs its shape without the batch; None takes those it was built for.

    Raises:
        ValueError: if an input has an unknown size, or `given` does not fit the inputs.
    """
    starts = [i for i, vertex in enumerate(graph.vertices) if not vertex.sources]
    inputs = [i for i in starts if isinstance(graph.vertices[i].operation, keras.layers.InputLayer)]
    shapes = [vertex.shapes for vertex in graph.vertices]
    for i, shape in zip(inputs, _checked(given, [shapes[i][0] for i in inputs], graph.name)):
        shapes[i] = ((shapes[i][0][0], *shape),)
    resized = given is not None
    for i, vertex in enumerate(graph.vertices):
        if vertex.sources and (resized or not all(map(is_known, shapes[i]))):
            read = [shapes[source][place] for source, place in reads(graph, i)]
            if all(map(is_known, read)):
                shapes[i] = _inferred(vertex, read) or shapes[i]
    return shapes


def _checked(given: Sequence[Shape] | None, built: list[Shape], name: str) -> list[Shape]:
    """The inputs' shapes without the batch, all sizes known; a ValueError says what to give."""
    if given is None:
        if unknown := [shape[1:] for shape in built if not is_known(shape)]:
            example = tuple(size or 224 for size in unknown[0])
            raise ValueError(
                f"model {name!r} takes inputs of any size, {unknown[0]}, and what it costs depends on it; "
                f"give in_shape={example}, or whatever size you use, one shape for each of its inputs."
            )
        return [shape[1:] for shape in built]
    one = not all(isinstance(shape, (tuple, list)) for shape in given)
    shapes = [tuple(given)] if one else [tuple(shape) for shape in given]
    fits = len(shapes) == len(built) and all(
        len(shape) == len(other) - 1
        and all(isinstance(n, int) and n > 0 and m in (None, n) for n, m in zip(shape, other[1:]))
        for shape, other in zip(shapes, built)
    )
    if not fits:
        wanted = ", ".join(str(shape[1:]) for shape in built)
        raise ValueError(f"in_shape must give positive sizes that fit the inputs {wanted}; got {given!r}.")
    return shapes


def reads(graph: Graph, i: int) -> list[tuple[int, int]]:
    """For each tensor that a call reads, the call that made it and the place among that one's outputs.

    Where a call of several outputs is read by a layer that is used more than once, its first is assumed.
    """
    vertex = graph.vertices[i]
    places = [0] * len(vertex.sources)
    nodes = vertex.operation._inbound_nodes
    if len(nodes) == 1 and len(nodes[0].input_tensors) == len(places):
        places = [tensor._keras_history.tensor_index for tensor in nodes[0].input_tensors]
    count = [len(graph.vertices[source].shapes) for source in vertex.sources]
    return [(source, place if place < n else 0) for source, place, n in zip(vertex.sources, places, count)]


def is_known(shape: Shape) -> bool:
    """Whether all sizes but the batch are known."""
    return all(size is not None for size in shape[1:])


def _inferred(vertex: Vertex, read: list[Shape]) -> tuple[Shape, ...] | None:
    """What the operation says that it gives for these inputs; None if it cannot tell."""
    for node in vertex.operation._inbound_nodes:
        if len(node.input_tensors) != len(read):
            continue
        stand_ins = {
            id(tensor): keras.KerasTensor(shape, tensor.dtype)
            for tensor, shape in zip(node.input_tensors, read)
        }
        arguments, options = keras.tree.map_structure(
            lambda value: stand_ins.get(id(value), value),  # noqa: B023  used at once
            (node.arguments.args, node.arguments.kwargs),
        )
        try:
            given: Any = vertex.operation.compute_output_spec(*arguments, **options)
        except Exception:  # a stranger's layer may raise anything; it is then named as of unknown size
            return None
        shapes = tuple(tuple(tensor.shape) for tensor in keras.tree.flatten(given))
        return (_by_letters(vertex.operation, read[0], shapes[0]),) if _has_letters(vertex) else shapes
    return None


def _has_letters(vertex: Vertex) -> bool:
    return isinstance(vertex.operation, keras.layers.EinsumDense) and "." not in vertex.operation.equation


def _by_letters(layer: keras.layers.EinsumDense, read: Shape, made: Shape) -> Shape:
    """The sizes that an equation hands on, where its layer was told None."""
    inputs, result = layer.equation.replace(" ", "").split("->")
    sizes = dict(zip(inputs.split(",")[0], read))
    return tuple(sizes.get(letter) if size is None else size for letter, size in zip(result, made))
