"""How the figures of a call are worked out by hand: output size, connections, memory, receptive field.

A formula is only given where it comes to the figure that was found by other means. Connections are counted as
in LeCun et al. 1998, Section II.B: what each unit reads, its bias included.
"""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import keras
from keras import layers

from keras_cnns.layer_kinds import CONVOLUTIONS, CROPPINGS, TRANSPOSED, channels, spatial, unwrapped
from keras_cnns.profiling.field_of_axis import AxisField
from keras_cnns.profiling.formulas import Work, dotted
from keras_cnns.profiling.receptive_field import SHIFTING, Field, windows_of
from keras_cnns.profiling.tensor_shapes import KnownShape
from keras_cnns.records import record


@record(frozen=True)
class Steps:
    """The work of a call as a teacher writes it on the board; empty where there is nothing to write.

    Attributes:
        given: what one must know to work it out: window, maps, stride, padding.
        size_formula: of the output's height and width.
        connections: what all units read, biases included; 0 for what has no window and no kernel.
        connections_formula: where their number comes from.
        field_formula: of the receptive field, r + (k - 1)·j.
        stride_formula: of the stride, j·s.
        sees_padding_only: whether the window, larger than 1, slides over a map of 1×1.
    """

    given: str = ""
    size_formula: str = ""
    connections: int = 0
    connections_formula: str = ""
    field_formula: str = ""
    stride_formula: str = ""
    sees_padding_only: bool = False


NO_STEPS = Steps()


class Axis(NamedTuple):
    """A window along one axis: sizes before and after, length, stride, padding on both sides together."""

    before: int
    after: int
    window: int
    stride: int
    padding: int

    @property
    def formula(self) -> str:
        """⌊(227 - 11)/4⌋ + 1 = 55, or nothing if that is not so."""
        if (self.before + self.padding - self.window) // self.stride + 1 != self.after:
            return ""
        padding = f" + 2·{self.padding // 2}" if self.padding % 2 == 0 else f" + {self.padding}"
        padded = f"{self.before}{padding if self.padding else ''}"
        return f"⌊({padded} − {self.window})/{self.stride}⌋ + 1 = {self.after}"


def steps_of(
    operation: keras.Operation, inputs: list[KnownShape], output: KnownShape, work: Work, below: list[Field]
) -> Steps:
    """Return how the figures of a call are worked out.

    Args:
        operation: the layer or function.
        inputs: the shapes of its inputs, with the batch.
        output: the shape of its output.
        work: what it computes.
        below: the receptive fields of its inputs.
    """
    layer: Any = unwrapped(operation)
    if not inputs or not isinstance(layer, layers.Layer):
        return NO_STEPS
    connections, formula = _connections(layer, inputs[0], output, work)
    axes = _axes(layer, inputs[0], output)
    field, stride = _field(axes, below)
    return Steps(
        given=_given(layer, axes),
        size_formula=_sizes(layer, axes, inputs[0], output),
        connections=connections,
        connections_formula=formula,
        field_formula=field,
        stride_formula=stride,
        sees_padding_only=any(one.window > 1 for one in axes) and all(one.before == 1 for one in axes),
    )


def _axes(layer: Any, before: KnownShape, after: KnownShape) -> list[Axis]:
    """The window along each axis; none for what has no window, or enlarges."""
    window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if not window or isinstance(layer, TRANSPOSED) or len(before) != len(after) or len(before) < 3:
        return []
    axes = []
    old_sizes, new_sizes = spatial(layer, before), spatial(layer, after)
    windows = windows_of(layer, len(new_sizes))
    if len(windows) != len(new_sizes):
        return []  # it slides along some axes only, as over the images of a film
    kind = getattr(layer, "padding", "valid")
    for old, new, (length, stride) in zip(old_sizes, new_sizes, windows):
        padding = {"valid": 0, "causal": length - 1}.get(kind, max((new - 1) * stride + length - old, 0))
        axes.append(Axis(old, new, length, stride, padding))
    return axes


def _sizes(layer: Any, axes: list[Axis], before: KnownShape, after: KnownShape) -> str:
    if axes:
        formulas = list(dict.fromkeys(one.formula for one in dict.fromkeys(axes)))
        return "" if "" in formulas else "; ".join(formulas)
    if isinstance(layer, layers.Flatten):
        return f"{dotted(before[1:])} = {after[-1]}" if len(before) > 2 else ""
    if isinstance(layer, SHIFTING):
        sign = " − " if isinstance(layer, CROPPINGS) else " + "
        sides = layer.cropping if isinstance(layer, CROPPINGS) else layer.padding
        pairs = [sides] if isinstance(sides[0], int) else sides
        sums = zip(spatial(layer, before), pairs, spatial(layer, after))
        return "; ".join(
            dict.fromkeys(f"{sign.join(map(str, (old, *pair)))} = {new}" for old, pair, new in sums)
        )
    return ""


def _connections(layer: Any, before: KnownShape, after: KnownShape, work: Work) -> tuple[int, str]:
    window: Any = None if getattr(layer, "kernel_size", None) else getattr(layer, "pool_size", None)
    macs = (work.macs or 0) if work.weighted else 0
    if not window and not macs:
        return 0, ""
    units, bias = prod(after[1:]), any(weight.name == "bias" for weight in layer.weights)
    if window:
        size = [window] if isinstance(window, int) else window
        each = f"({dotted(size)} + 1)" if bias else dotted(size)
        return (prod(size) + bias) * units, f"{each} · {dotted(after[1:])}"
    if isinstance(layer, CONVOLUTIONS):
        read = dotted((*layer.kernel_size, channels(layer, before) // layer.groups))
    elif isinstance(layer, layers.Dense):
        read = f"{before[-1]}"
    elif bias:
        return macs + units, f"{work.formula} + {dotted(after[1:])}"
    else:
        return macs, work.formula
    each = f"({read} + 1)" if bias else read
    return macs + bias * units, f"{each} · {dotted(after[1:])}"


def _field(axes: list[Axis], below: list[Field]) -> tuple[str, str]:
    """r ← r + (k - 1)·j and j ← j·s; nothing where neighbouring units look at windows of different sizes."""
    if not axes or len(below) != 1 or not isinstance(below[0], tuple):
        return "", ""
    found: list[tuple[str, str]] = []
    for axis, field in zip(axes, below[0]):
        if not isinstance(field, AxisField) or len(field.lows) != 1:
            return "", ""
        r, j, k, s = field.size, field.shift, axis.window, axis.stride
        found.append((f"{r} + ({k} − 1)·{j} = {r + (k - 1) * j}", f"{j}·{s} = {j * s}"))
    fields, strides = zip(*found)
    return "; ".join(dict.fromkeys(fields)), "; ".join(dict.fromkeys(strides))


def _given(layer: Any, axes: list[Axis]) -> str:
    """What an exam has to say of a layer."""
    words = []
    if axes:
        words.append("×".join(str(one.window) for one in axes))
    for key, unit in (("filters", "map"), ("units", "unit")):
        if number := getattr(layer, key, None):
            words.append(f"{number} {unit}{'s' * (number != 1)}")
    if axes and (strides := {one.stride for one in axes}) != {1}:
        words.append(f"stride {'×'.join(map(str, sorted(strides)))}")
    if (groups := getattr(layer, "groups", 1) or 1) != 1 and axes:
        words.append(f"{groups} groups")
    if axes and (padding := max(one.padding for one in axes)):
        words.append(f"padding {padding // 2}" if padding % 2 == 0 else f"{padding} of padding in all")
    if getattr(layer, "use_bias", True) is False:
        words.append("no bias")
    return ", ".join(words)
