"""The stages of a network: neighbours with the same name, and stages in a row that are alike."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from os.path import commonprefix


@dataclass(frozen=True)
class Stage:
    """The calls from `first` to `last`: one stage, or `times` equal ones in a row."""

    name: str
    first: int
    last: int
    times: int = 1
    calls: tuple[int, ...] = ()  # of one of them, the first


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
