"""What a module is called by its structure: a paper's name only if it has what the paper's has."""

import re
from collections.abc import Callable, Sequence
from math import prod

from keras_cnns.diagram.fold.growth import is_dense
from keras_cnns.diagram.fold.layer_words import SHUFFLE, SPLIT
from keras_cnns.diagram.fold.parts import Box, Fork, Mesh, Part, Tapped, boxes
from keras_cnns.diagram.fold.widened import widened
from keras_cnns.graph import Shape

# What the blocks of papers on convolutions are made of; a box of another kind makes it another block.
OF_CONVOLUTIONS = {"conv", "pool", "dense", "merge"}
ARITHMETIC = {"add", "concat", "multiply", "pad"}
FEWEST_BRANCHES = 3
# DenseNet's: what appends its channels to those that it reads, and several that read all that is before them.
DENSE = ("dense unit", "dense block")
# A sum is what each block of a NASNet cell ends with.
FEWEST_SUMS = 3


def kind_and_name(
    unit: Sequence[Part], entry: Shape, end: Shape, width: Callable[[Box], int | None]
) -> tuple[str, str]:
    """Return the kind of a module, for its colour, and the name that its structure suggests.

    `entry` and `end` are the shapes of what it reads and of what it gives; `width` returns how many channels
    a box gives.
    """
    unit, is_split, is_shuffled = _without_split_and_shuffle(unit)
    if len(unit) == 3 and isinstance(unit[0], Box) and isinstance(unit[1], Fork):
        kind, name = kind_and_name(unit[1:], entry, end, width)
        return kind, "Fire" if _is_fire(unit) else name
    first, join = unit[0], unit[-1] if isinstance(unit[-1], Box) else None
    inside = list(boxes(list(unit)))
    convolutional = _of_convolutions(inside)
    if isinstance(first, Tapped):
        return "module", "block"
    if isinstance(first, Mesh):
        return _meshed(first, inside, _shrinks(entry, end)) if convolutional else _neutral(inside)
    branches = first.branches if isinstance(first, Fork) else []
    full = [branch for branch in branches if branch]
    has_shortcut = len(full) < len(branches)
    if join is None or join.kind != "merge":
        return "module", "attention" if _attends(inside) else "parallel" if len(full) > 1 else "block"
    if unit_of_groups := _of_shuffled_groups(full, has_shortcut, join, _shrinks(entry, end)):
        return unit_of_groups
    if join.label == "concat":
        is_unit = is_shuffled and convolutional and len(branches) == 2 and is_split == has_shortcut
        if is_unit and (is_split or _shrinks(entry, end)):  # ShuffleNet v2, Fig. 3c and 3d
            return ("module", "basic unit") if is_split else ("reduction", "down-sampling unit")
        return _concatenated(full, has_shortcut, join, _shrinks(entry, end))
    if has_shortcut:
        return _with_shortcut(full, join, inside, entry, width)
    if convolutional and join.label == "add":
        learned = all(any(box.kind == "conv" for box in boxes(branch)) for branch in full)
        return "projection", "conv block" if learned or not _shrinks(entry, end) else "shrinking block"
    return "module", "attention" if _attends(inside) else "parallel"


def _with_shortcut(
    branches: list[list[Part]],
    join: Box,
    inside: list[Box],
    entry: Shape,
    width: Callable[[Box], int | None],
) -> tuple[str, str]:
    """What a shortcut leads past and a sum or a product joins with it: a residual block, or a gate."""
    convolutional = _of_convolutions(inside)
    if join.label == "multiply":
        pooled = any(box.label.startswith("global") for box in inside)
        return "module", "squeeze-excite" if pooled and convolutional else "gate"
    if join.label == "add" and len(branches) == 1 and (name := widened(branches[0], entry, width)):
        return "module", name
    if _attends(inside):
        return "module", "attention"
    return "module", "identity block" if convolutional and join.label == "add" else "residual"


def _without_split_and_shuffle(unit: Sequence[Part]) -> tuple[Sequence[Part], bool, bool]:
    """A unit without the split that it begins with and the shuffle that it ends with; whether it has them."""
    ends = [part.label if len(unit) > 2 and isinstance(part, Box) else "" for part in (unit[0], unit[-1])]
    is_split, is_shuffled = ends[0] == SPLIT, ends[1] == SHUFFLE
    return unit[is_split : len(unit) - is_shuffled], is_split, is_shuffled


def _of_shuffled_groups(
    branches: list[list[Part]], has_shortcut: bool, join: Box, shrinks: bool
) -> tuple[str, str] | None:
    """ShuffleNet's units, v2's Fig. 3a and 3b: the branch is added to what comes in or joined to means."""
    if not branches:
        return None
    *others, branch = sorted(([box.label for box in boxes(each)] for each in branches), key=len)
    if branch != ["conv 1×1", SHUFFLE, "conv dw 3×3", "conv 1×1"]:
        return None
    if has_shortcut and not others and join.label == "add":
        return "module", "basic unit"
    joined = others == [["avg-pool 3×3"]] and not has_shortcut and join.label == "concat"
    return ("reduction", "down-sampling unit") if joined and shrinks else None


def _meshed(mesh: Mesh, inside: list[Box], shrinks: bool) -> tuple[str, str]:
    """NASNet's cells concatenate sums of two; a level of a U-Net concatenates what skips its lower levels."""
    joins = [box.label for box in inside]
    if joins.count("add") >= FEWEST_SUMS and "concat" in joins:
        return ("reduction", "reduction cell") if shrinks else ("module", "cell")
    return "module", "skip" if mesh.second_entries and "concat" in joins else "block"


def _neutral(inside: list[Box]) -> tuple[str, str]:
    return "module", "attention" if _attends(inside) else "block"


def _concatenated(
    branches: list[list[Part]], has_shortcut: bool, join: Box, shrinks: bool
) -> tuple[str, str]:
    """Inception's branches see windows of different sizes; DenseNet's one adds channels to what comes in."""
    inside = [list(boxes(branch)) for branch in branches]
    plain = _of_convolutions(sum(inside, [])) and not any("axis" in note for note in join.notes)
    if has_shortcut:
        one = len(branches) == 1 and all(isinstance(part, Box) for part in branches[0])
        dense = plain and one and not shrinks and {box.kind for box in inside[0]} == {"conv"}
        dense = dense and not any("transposed" in box.label for box in inside[0])
        whole = plain and len(branches) == 1 and not shrinks and is_dense(branches[0])
        if "reads" in join.typical.notes:
            return "module", "skip"  # it passes on a part of what comes in
        if dense:
            return "module", DENSE[0]
        return "module", DENSE[1] if whole else "skip"
    windows = {tuple(sorted({box.label for box in row if _window(box)})) for row in inside}
    if not plain or len(branches) < FEWEST_BRANCHES or len(windows) < 2:
        return "module", "attention" if _attends(sum(inside, [])) else "parallel"
    return ("reduction", "Reduction") if shrinks else ("module", "Inception")


def _is_fire(unit: Sequence[Part]) -> bool:
    """SqueezeNet's module: a 1×1 convolution before others of 1×1 and 3×3, side by side."""
    boxes_in_order = [(box.kind, box.label) for box in boxes(list(unit))]
    first, *expand, join = boxes_in_order
    of_two = isinstance(unit[1], Fork) and len(unit[1].branches) == 2
    windows = {("conv", "conv 1×1"), ("conv", "conv 3×3")}
    plain = first == ("conv", "conv 1×1") and join[1] == "concat" and len(expand) == 2
    return of_two and plain and {*expand} == windows


def _window(box: Box) -> bool:
    return bool(re.search(r"\d×\d|\d$", box.label)) and box.kind in ("conv", "pool")


def _of_convolutions(inside: list[Box]) -> bool:
    """Convolutions, pooling, dense layers and their sums alone."""
    known = all(box.module or box.kind in OF_CONVOLUTIONS or box.label in ARITHMETIC for box in inside)
    return known and any(box.kind == "conv" for box in inside)


def _attends(inside: list[Box]) -> bool:
    return any(re.search(r"\battention\b", box.label) for box in inside)


def _shrinks(entry: Shape, end: Shape) -> bool:
    before, after = _area(entry), _area(end)
    return before is not None and after is not None and after < before


def _area(shape: Shape) -> int | None:
    inner = [size for size in shape[1:-1] if size]
    return prod(inner) if inner and len(inner) == len(shape) - 2 else None
