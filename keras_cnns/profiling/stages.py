"""Stages of a network, found by the names that a person gave to layers."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from os.path import commonprefix

from keras_cnns.graph import Graph, Shape
from keras_cnns.layer_kinds import landmark
from keras_cnns.profiling.numbers import shape_text

FEW = 3  # names that make no stages: an input's and an output's


@dataclass(frozen=True)
class Stage:
    """Calls from `first` to `last`, both inclusive, `times` stages alike in a row."""

    name: str
    first: int
    last: int
    times: int = 1
    members: tuple[int, ...] = field(default=(), compare=False)  # the calls of the first of them


def named_stages(graph: Graph, shapes: Sequence[Shape]) -> list[str]:
    """Return the name of each call's stage.

    Where few layers have names, such a landmark closes its stage: all since the one before belong to it.
    Where most have, as in `keras.applications`, a stage is what begins alike: `block1` of `block1_conv2`.
    Where next to none have, it is what has maps of one size.

    Args:
        graph: the model.
        shapes: of each call, the shape of the first output.
    """
    operations = [vertex.operation for vertex in graph.vertices]
    marks = [landmark([operation]) for operation in operations]
    if len(set(marks) - {None}) < FEW:
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
    """Group neighbours of one name, and make one of stages in a row that have equal figures.

    Args:
        names: for each call, its stage's.
        figures: for each call, what a table shows of it; stages are alike if these are, one after the other.
    """
    groups: list[list[int]] = []
    for i, name in enumerate(names):
        if groups and names[groups[-1][-1]] == name:
            groups[-1].append(i)
        else:
            groups.append([i])
    stages: list[Stage] = []
    alike: list[list[int]] = []
    for group in groups:
        if alike and _told(alike[0], figures) != _told(group, figures):
            stages.append(_stage(alike, names))
            alike = []
        alike.append(group)
    return [*stages, _stage(alike, names)] if alike else stages


def _told(group: list[int], figures: Sequence[object]) -> Counter:
    return Counter(figures[i] for i in group)


def _stage(alike: list[list[int]], names: Sequence[str]) -> Stage:
    first, last = names[alike[0][0]], names[alike[-1][0]]
    alone = last[len(commonprefix([first, last]).rstrip("0123456789")) :]
    name = first if len(alike) == 1 else f"{first}…{alone}"
    return Stage(name, alike[0][0], alike[-1][-1], len(alike), tuple(alike[0]))


def _stem(name: str) -> str:
    """`block1_conv2` → `block1`, `expanded_conv_3_project` → `expanded_conv_3`, `predictions` as it is."""
    match = re.match(r"[A-Za-z_\-]*?\d+[A-Za-z]?(?=[_\-]|$)", name)
    return match[0] if match else name
