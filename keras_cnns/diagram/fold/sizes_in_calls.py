"""Arguments that follow from the sizes of maps and from widths: what defines a function, and what a box says.

A stage of a network does at half the size what the one before does: it reshapes, resizes and splits at other
numbers, and is drawn with it. So these numbers do not define a function, but what they mean does. Where that
leaves a choice, such as how an axis is split in two, a note says it.
"""

from collections.abc import Hashable, Sequence
from fractions import Fraction
from math import prod
from typing import Any

from keras import KerasTensor, Operation, tree

from keras_cnns.graph import Vertex

# Of what is computed with a number: how that is said of a number that comes second, and first.
WITH_NUMBER: dict[str, tuple[str, str]] = {
    "Add": ("+ {}", "+ {}"),
    "Multiply": ("×{}", "×{}"),
    "Subtract": ("− {}", "{} − x"),
    "TrueDivide": ("÷ {}", "{} ÷ x"),
    "Power": ("to the power {}", "{} to the power x"),
}
SIZES = {
    "Reshape": {"newshape", "target_shape"},
    "Pad": {"pad_width"},
    "Resize": {"size"},
    "Split": {"indices_or_sections"},
}

Axes = Sequence[int | None]


def size_arguments(vertex: Vertex) -> tuple[frozenset[str], Hashable]:
    """The arguments of a call that are sizes, and what they come to whatever the sizes are."""
    operation: Any = vertex.operation
    name, kept = type(operation).__name__, (frozenset[str](), ())
    shape = _shape_read(vertex) if name in SIZES else None
    if shape is None or not _is_of_keras(operation):
        return kept
    if name == "Reshape":
        groups = groups_of_axes(shape, vertex.shapes[0])
        meaning: Hashable = tuple((len(read), len(made)) for read, made in groups)
    elif name == "Split":
        meaning = _parts(operation.indices_or_sections, shape[operation.axis])
    elif name == "Pad":
        meaning = _channels_added(operation, shape)
    else:
        meaning = "resized"
    return (frozenset(SIZES[name]), meaning) if meaning else kept


def said_sizes(vertex: Vertex, operation: Operation) -> dict[str, str]:
    """Return what a box says of such arguments."""
    name = type(operation).__name__
    if name not in SIZES and type(vertex.operation).__name__ not in WITH_NUMBER:
        return {}
    shape = _shape_read(vertex)
    if shape is None or not _is_of_keras(operation):
        return {}
    if name == "Reshape":
        groups = groups_of_axes(shape, vertex.shapes[0])
        known = [[n for n in made if n is not None] for _, made in groups]
        split = ["×".join(map(str, made)) for made in known if len(made) > 1]
        return {"into": " and ".join(split)} if split else {}
    if name == "Pad":
        added = _channels_added(operation, shape)
        return {"padded": f"channels ×{float(1 + sum(added)):.3g}"} if added else {}
    if name == "Resize":
        return {"resized": _factor(shape, vertex.shapes[0], operation)}
    number = number_in(vertex)
    return {"number": number} if number else {}


def number_in(vertex: Vertex) -> str:
    """What is added to a tensor, or what it is multiplied by, and so on, in full: "×0.125"; "" if nothing."""
    name = type(vertex.operation).__name__
    if name not in WITH_NUMBER or not _is_of_keras(vertex.operation):
        return ""
    given = [*vertex.call.arguments.args, *vertex.call.arguments.kwargs.values()]
    numbers = [value for value in given if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if len(given) != 2 or len(numbers) != 1:
        return ""
    return WITH_NUMBER[name][given[0] is numbers[0]].format(repr(numbers[0]))


def groups_of_axes(read: Axes, made: Axes) -> list[tuple[Axes, Axes]]:
    """How a reshape makes axes of axes: the smallest groups with as many elements before as after.

    They are found from the last axes on. All that is left of axes of unknown size, such as the batch, is one.
    """
    groups: list[tuple[Axes, Axes]] = []
    left, right = [*read], [*made]
    while left or right:
        before, after = left[-1:], right[-1:]
        del left[-1:], right[-1:]
        while (sizes := _elements(before, after)) and sizes[0] != sizes[1] and (left or right):
            smaller, rest = (before, left) if (sizes[0] < sizes[1] and left) or not right else (after, right)
            smaller.insert(0, rest.pop())
        if sizes is None:
            before, after, left, right = [*left, *before], [*right, *after], [], []
        groups.insert(0, (before, after))
    return groups


def _elements(before: Axes, after: Axes) -> tuple[int, int] | None:
    known = [[n for n in axes if n is not None] for axes in (before, after)]
    return (prod(known[0]), prod(known[1])) if known == [[*before], [*after]] else None


def _shape_read(vertex: Vertex) -> Axes | None:
    """The shape of the only tensor that a call reads."""
    call = vertex.call.arguments
    tensors = [leaf for leaf in tree.flatten([call.args, call.kwargs]) if isinstance(leaf, KerasTensor)]
    return tuple(tensors[0].shape) if len(tensors) == 1 else None


def _is_of_keras(operation: Operation) -> bool:
    return type(operation).__module__.split(".")[0] == "keras"


def _parts(where: Any, size: int | None) -> Hashable:
    """At which parts of an axis it is split."""
    if isinstance(where, int) or not size:
        return ()
    return ("parts", *(Fraction(int(index), size) for index in where))


def _channels_added(operation: Any, shape: Axes) -> tuple[Fraction, ...]:
    """How many channels come before and after those there are, as parts of these; () if a map grows, too."""
    *others, channels = operation.pad_width
    width = shape[-1]
    if len(others) < 2 or any(map(any, others)) or not width or not any(channels):
        return ()
    return tuple(Fraction(int(n), width) for n in channels)


def _factor(read: Axes, made: Axes, operation: Any) -> str:
    """`×2`, or `to 20×30`."""
    first = 1 if operation.data_format == "channels_last" else 2
    before, after = read[-4:][first : first + 2], made[-4:][first : first + 2]
    if None not in (*before, *after):
        factors = [Fraction(b, a) for a, b in zip(before, after)]  # type: ignore[arg-type]
        if len({*factors}) == 1 and factors[0].denominator == 1:
            return f"×{factors[0]}"
    return "to " + "×".join(map(str, operation.size))
