"""The names of a network's stages, found by the names that a person gave to layers."""

import re
from collections.abc import Sequence

from keras_cnns.graph import Graph, Shape
from keras_cnns.tables import shape_text

FEWEST_NAMES = 3  # an input's and an output's alone are no stages


def named_stages(graph: Graph, shapes: Sequence[Shape]) -> list[str]:
    """Return the name of each call's stage.

    If few layers have names of their own, each such landmark closes a stage: all layers since the
    landmark before belong to it. If most have, as in `keras.applications`, the start of the name is the
    stage: `block1` of `block1_conv2`. If almost none have, layers whose maps have the same size are a
    stage.

    Args:
        graph: the model.
        shapes: of each call, the shape of the first output.
    """
    operations = [vertex.operation for vertex in graph.vertices]
    marks = [vertex.landmark for vertex in graph.vertices]
    if len(set(marks) - {None}) < FEWEST_NAMES:
        return [shape_text(shape[:-1]) if len(shape) > 2 else "vectors" for shape in shapes]
    if sum(mark is not None for mark in marks) * 2 > len(marks):
        return [_stem(mark or operation.name) for mark, operation in zip(marks, operations)]
    names: list[str] = []
    following = ""
    for mark, operation in zip(reversed(marks), reversed(operations)):
        following = mark or following or operation.name
        names.append(following)
    return names[::-1]


def _stem(name: str) -> str:
    """`block1_conv2` → `block1`, `expanded_conv_3_project` → `expanded_conv_3`, `predictions` as it is."""
    match = re.match(r"[A-Za-z_\-]*?\d+[A-Za-z]?(?=[_\-]|$)", name)
    return match[0] if match else name
