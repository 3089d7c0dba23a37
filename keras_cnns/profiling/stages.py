"""The stages of a network, found by the names that a person gave to layers."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from os.path import commonprefix

from keras_cnns.graph import Graph, Shape
from keras_cnns.layer_kinds import landmark
from keras_cnns.tables import shape_text

FEWEST_NAMES = 3  # an input's and an output's alone are no stages


@dataclass(frozen=True)
class Stage:
    """The calls from `first` to `last`: one stage, or `times` equal ones in a row."""

    name: str
    first: int
    last: int
    times: int = 1
    calls: tuple[int, ...] = ()  # of one of them, the first


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
    marks = [landmark([operation]) for operation in operations]
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


def folded(names: Sequence[str], figures: Sequence[object]) -> list[Stage]:
    """Make a stage of neighbours with the same name, and one entry of stages in a row with equal figures.

    Args:
        names: for each call, its stage's.
        figures: for each call, what a table shows of it; stages with the same figures, in any order, are
            equal.
    """
    groups: list[list[int]] = []
    for i, name in enumerate(names):
        if groups and names[groups[-1][-1]] == name:
            groups[-1].append(i)
        else:
            groups.append([i])
    stages: list[Stage] = []
    equal: list[list[int]] = []
    for group in groups:
        if equal and _figures(equal[0], figures) != _figures(group, figures):
            stages.append(_stage(equal, names))
            equal = []
        equal.append(group)
    return [*stages, _stage(equal, names)] if equal else stages


def _figures(group: list[int], figures: Sequence[object]) -> Counter:
    return Counter(figures[i] for i in group)


def _stage(equal: list[list[int]], names: Sequence[str]) -> Stage:
    first, last = names[equal[0][0]], names[equal[-1][0]]
    ending = last[len(commonprefix([first, last]).rstrip("0123456789")) :]
    name = first if len(equal) == 1 else f"{first}…{ending}"
    return Stage(name, equal[0][0], equal[-1][-1], len(equal), tuple(equal[0]))


def _stem(name: str) -> str:
    """`block1_conv2` → `block1`, `expanded_conv_3_project` → `expanded_conv_3`, `predictions` as it is."""
    match = re.match(r"[A-Za-z_\-]*?\d+[A-Za-z]?(?=[_\-]|$)", name)
    return match[0] if match else name
