"""The shapes of the inputs and outputs of calls, also in models that were built for images of any size."""

import inspect
from collections.abc import Sequence
from typing import Any

import keras

from keras_cnns.arguments import shown
from keras_cnns.graph import Graph, Shape, Vertex
from keras_cnns.safe_text import one_line

# A shape whose sizes are known; the batch, its first, may still be None and is not read.
KnownShape = tuple[int, ...]


def known_shapes(
    graph: Graph, in_shape: Sequence[int] | Sequence[Sequence[int]] | None = None
) -> list[tuple[Shape, ...]]:
    """Return the shapes of each call's outputs, with sizes filled in where Keras left them open.

    Args:
        graph: the model, models inside it expanded.
        in_shape: for each of the model's inputs its shape without the batch; None takes those it was
            built for. The order is that of `model.inputs`.

    Raises:
        ValueError: if an input has an unknown size, or `in_shape` does not fit the inputs.
    """
    shapes = [vertex.shapes for vertex in graph.vertices]
    built = [(graph.vertices[i].name, shapes[i][0]) for i in graph.inputs]
    for i, shape in zip(graph.inputs, _checked(in_shape, built, graph.name)):
        shapes[i] = ((shapes[i][0][0], *shape),)
    resized = in_shape is not None
    for i, vertex in enumerate(graph.vertices):
        if vertex.sources and (resized or not all(map(is_known, shapes[i]))):
            inputs_of_call = input_shapes(graph, shapes, i)
            if all(map(is_known, inputs_of_call)):
                shapes[i] = _inferred(vertex, inputs_of_call) or shapes[i]
    return shapes


def _checked(
    in_shape: Sequence[int] | Sequence[Sequence[int]] | None, inputs: list[tuple[str, Shape]], name: str
) -> list[Shape]:
    """The inputs' shapes without the batch, all sizes known; a ValueError says what to give.

    `inputs` has the name of each and the shape that it was built with.
    """
    built = [shape for _, shape in inputs]
    if in_shape is None:
        if unknown := [shape[1:] for shape in built if not is_known(shape)]:
            example = tuple(size or 224 for size in unknown[0])
            raise ValueError(
                f"model {name!r} takes inputs of any size, {unknown[0]}, and what it costs depends on it; "
                f"give in_shape={example}, or whatever size you use, one shape for each of its inputs, "
                "in the order of model.inputs."
            )
        return [shape[1:] for shape in built]
    given: Any = in_shape if isinstance(in_shape, (tuple, list)) else ["no shape"]
    several = all(isinstance(shape, (tuple, list)) for shape in given)
    shapes = [tuple(shape) for shape in given] if several else [tuple(given)]
    fits = len(shapes) == len(built) and all(
        len(shape) == len(other) - 1
        and all(isinstance(n, int) and n > 0 and m in (None, n) for n, m in zip(shape, other[1:]))
        for shape, other in zip(shapes, built)
    )
    if not fits:
        named = [f"{shape[1:]} of {one_line(label)!r}" for label, shape in inputs]
        wanted = ", ".join(named) if len(inputs) > 1 else str(built[0][1:])
        raise ValueError(
            f"in_shape must give positive sizes that fit the inputs {wanted}; got {shown(in_shape)}."
        )
    return shapes


def input_shapes(graph: Graph, shapes: Sequence[tuple[Shape, ...]], i: int) -> list[Shape]:
    """Return the shapes of the tensors that call `i` reads; `shapes` are the outputs of all calls."""
    vertex = graph.vertices[i]
    return [shapes[source][place] for source, place in zip(vertex.sources, vertex.places)]


def operand_shapes(graph: Graph, shapes: Sequence[tuple[Shape, ...]], i: int) -> list[Shape]:
    """Return the shapes of what call `i` computes with: in the order of its parameters, without masks.

    Keras keeps the tensors that were given by name in the order of their names: the key before the value.
    """
    vertex = graph.vertices[i]
    read = input_shapes(graph, shapes, i)
    call = vertex.call.arguments
    if not call.kwargs or not isinstance(vertex.operation, keras.Layer):
        return read
    try:
        named = inspect.signature(vertex.operation.call).bind(*call.args, **call.kwargs).arguments
    except TypeError:  # a custom layer may take anything
        return read
    shape_of = {id(tensor): shape for tensor, shape in zip(vertex.call.input_tensors, read)}
    operands = [value for name, value in named.items() if not name.endswith("mask")]
    return [shape_of[id(leaf)] for leaf in keras.tree.flatten(operands) if id(leaf) in shape_of] or read


def is_known(shape: Shape) -> bool:
    """Whether all sizes but the batch are known."""
    return None not in shape[1:]


def _inferred(vertex: Vertex, input_shapes: list[Shape]) -> tuple[Shape, ...] | None:
    """The output shapes that the operation computes for these inputs; None if it cannot."""
    node = vertex.call
    stand_ins = {
        id(tensor): keras.KerasTensor(shape, tensor.dtype)
        for tensor, shape in zip(node.input_tensors, input_shapes)
    }
    arguments, options = keras.tree.map_structure(
        lambda value: stand_ins.get(id(value), value), (node.arguments.args, node.arguments.kwargs)
    )
    try:
        outputs: Any = vertex.operation.compute_output_spec(*arguments, **options)
    except Exception:  # a custom layer may raise anything; its size is then unknown
        return None
    shapes = tuple(tuple(tensor.shape) for tensor in keras.tree.flatten(outputs))
    if _has_letters(vertex):
        return (_by_letters(vertex.operation, input_shapes[0], shapes[0]),)
    return shapes


def _has_letters(vertex: Vertex) -> bool:
    return isinstance(vertex.operation, keras.layers.EinsumDense) and "." not in vertex.operation.equation


def _by_letters(layer: keras.layers.EinsumDense, input_shape: Shape, output_shape: Shape) -> Shape:
    """The output's shape, with sizes that are None in the layer's config filled in by the equation."""
    inputs, result = layer.equation.replace(" ", "").split("->")
    sizes = dict(zip(inputs.split(",")[0], input_shape))
    return tuple(sizes.get(letter) if size is None else size for letter, size in zip(result, output_shape))
