"""How each kind of layer reads a map whose values stand apart: its window, its stride and its padding."""

from __future__ import annotations

from math import prod
from typing import Any, Protocol

from keras import KerasTensor, Layer, Operation, layers, ops, tree

from keras_cnns.graph.calls import Node, call_of
from keras_cnns.layer_kinds import (
    CONVOLUTIONS,
    CROPPINGS,
    DEPTHWISE,
    DROPOUTS,
    GLOBAL_POOLINGS,
    MERGES,
    PADDINGS,
    SEPARABLE,
    is_activation,
    is_keras_class,
)

Gaps = tuple[int, ...]
Pads = tuple[tuple[int, int], ...]

AVERAGES = (layers.AveragePooling1D, layers.AveragePooling2D, layers.AveragePooling3D)
MAXIMA = (layers.MaxPooling1D, layers.MaxPooling2D, layers.MaxPooling3D)
# What computes each position of a map by itself, and keeps the axes as they are.
ALONE = (*DROPOUTS, layers.Rescaling, layers.Identity, layers.ActivityRegularization, layers.Dense)
NORMALIZATIONS = (layers.BatchNormalization, layers.LayerNormalization, layers.UnitNormalization)
OF_CHANNELS = (*NORMALIZATIONS, layers.Concatenate, layers.Softmax, layers.Normalization)
FUNCTIONS = {
    "Add",
    "Subtract",
    "Multiply",
    "Divide",
    "TrueDivide",
    "Maximum",
    "Minimum",
    "Absolute",
    "Negative",
}
FUNCTIONS |= {"Square", "Sqrt", "Power", "Exp", "Log", "Clip", "Cast", "Abs"}


class Copy(Protocol):
    """A model that is made again: its tensors, and what makes a layer again or a new one."""

    new: dict[int, KerasTensor]

    def again(self, layer: Any, **changes: Any) -> Any: ...

    def helper(self, kind: type[Layer], name: str, **settings: Any) -> Layer: ...


def refusal(layer: Operation, why: str) -> ValueError:
    return ValueError(
        f"model must have layers that can read maps with gaps; {layer.name!r}, a "
        f"{type(layer).__name__}, {why}."
    )


def with_gaps(copy: Copy, node: Node, gaps: Gaps, left_out: Gaps) -> list[KerasTensor]:
    """Call a layer again, its strides left out where `left_out` says so, on maps with these gaps."""
    layer, arguments = node.operation, call_of(node).arguments
    new = [copy.new[id(tensor)] for tensor in node.input_tensors]
    if max((*gaps, *left_out, 1)) > 1:
        check_axes(layer)
        if isinstance(layer, (*CONVOLUTIONS, *DEPTHWISE, *SEPARABLE)):
            return [convolved(copy, layer, node.input_tensors[0].shape[1:-1], new[0], gaps, left_out)]
        if isinstance(layer, (*MAXIMA, *AVERAGES)):
            return [pooled(copy, layer, node.input_tensors[0].shape[1:-1], new[0], gaps, left_out)]
        if isinstance(layer, (*PADDINGS, *CROPPINGS)):
            key = "padding" if isinstance(layer, PADDINGS) else "cropping"
            wider = [[gap * side for side in sides] for gap, sides in zip(gaps, pairs(getattr(layer, key)))]
            return [copy.again(layer, **{key: wider[0] if len(wider) == 1 else wider})(new[0])]
        if not is_alone(layer, len(gaps) + 2):
            way = "; give backbone(model)" if isinstance(layer, (layers.Flatten, layers.Reshape)) else ""
            raise refusal(layer, f"cannot{way}")
        new = cropped_alike(copy, layer, node.input_tensors, new)
    known = {id(old): now for old, now in zip(node.input_tensors, new)}
    args, kwargs = tree.map_structure(
        lambda leaf: known.get(id(leaf), leaf), (arguments.args, arguments.kwargs)
    )
    return tree.flatten(copy.again(layer)(*args, **kwargs))


def check_axes(layer: Any) -> None:
    if getattr(layer, "data_format", None) == "channels_first":
        raise refusal(layer, "has its channels first")
    if isinstance(layer, (*CONVOLUTIONS, *DEPTHWISE, *SEPARABLE)) and not is_keras_class(layer):
        raise refusal(layer, "is a class of one's own")


def is_alone(layer: Any, rank: int) -> bool:
    """Return whether each value of the output depends on one position of what a layer reads, or on all."""
    if isinstance(layer, GLOBAL_POOLINGS):
        return True
    if not is_keras_class(layer):
        return False
    if isinstance(layer, OF_CHANNELS) or type(layer).__name__ in ("Concatenate", "Softmax"):
        axis = getattr(layer, "axis", -1)
        return (list(axis) if isinstance(axis, (list, tuple)) else [axis]) in ([-1], [rank - 1])
    if isinstance(layer, (*ALONE, *MERGES)) or type(layer).__name__ in FUNCTIONS:
        return True
    return is_activation(layer)


def pairs(given: Any) -> list[tuple[int, int]]:
    """Return padding or cropping as two numbers a side."""
    if isinstance(given, int):
        return [(given, given)]
    return [tuple(each) for each in given] if isinstance(given[0], (list, tuple)) else [tuple(given)]


def cropped_alike(copy: Copy, layer: Operation, old: Any, new: list[KerasTensor]) -> list[KerasTensor]:
    """Return maps of one size: without a stride they differ by less than a gap."""
    shapes = [tensor.shape[1:-1] for tensor in new]
    if len(new) < 2 or len({tensor.shape[1:-1] for tensor in old}) > 1 or len(set(shapes)) == 1:
        return new
    if any(None in shape for shape in shapes):
        return new
    least = [min(sides) for sides in zip(*shapes)]
    kind = CROPPINGS[len(least) - 1]
    found = []
    for number, (tensor, shape) in enumerate(zip(new, shapes)):
        more = [(0, side - small) for side, small in zip(shape, least)]
        name = f"{layer.name}_crop_{number}"
        found.append(
            copy.helper(kind, name, cropping=more if len(more) > 1 else more[0])(tensor)
            if any(after for _, after in more)
            else tensor
        )
    return found


def numbers(given: Any, rank: int) -> tuple[int, ...]:
    return (given,) * rank if isinstance(given, int) else tuple(given)


def convolved(
    copy: Copy, layer: Any, sides: tuple[int | None, ...], x: KerasTensor, gaps: Gaps, left_out: Gaps
) -> KerasTensor:
    """Convolve with gaps."""
    rank = len(gaps)
    size, rate = numbers(layer.kernel_size, rank), numbers(layer.dilation_rate, rank)
    strides = numbers(layer.strides, rank)
    kept = tuple(1 if out > 1 else stride for stride, out in zip(strides, left_out))
    gapped = tuple(1 if side == 1 else old * gap for side, old, gap in zip(size, rate, gaps))
    if max(kept) > 1 and max(gapped) > 1:
        raise refusal(layer, "would need a stride on one side and gaps on the other")
    changes: dict[str, Any] = {"strides": kept, "dilation_rate": gapped}
    window = tuple(1 + (side - 1) * old for side, old in zip(size, rate))
    if layer.padding == "same":
        pads = same_pads(layer, sides, window, strides, gaps, kept)
        if max(kept) > 1 or pads != keras_pads(window, gaps):
            changes["padding"] = "valid"
            kind = PADDINGS[rank - 1]
            x = copy.helper(kind, f"{layer.name}_pad", padding=pads if rank > 1 else pads[0])(x)
    # Keras takes one number for both sides of a depthwise kernel.
    changes |= {key: value[0] for key, value in changes.items() if len(set(value)) == 1 and key != "padding"}
    return copy.again(layer, **changes)(x)


def keras_pads(window: Gaps, gaps: Gaps) -> Pads:
    """Return where "same" puts its zeros without a stride: the odd one comes last."""
    totals = [(side - 1) * gap for side, gap in zip(window, gaps)]
    return tuple((total // 2, total - total // 2) for total in totals)


def same_pads(
    layer: Any, sides: tuple[int | None, ...], window: Gaps, strides: Gaps, gaps: Gaps, kept: Gaps
) -> Pads:
    """Return the padding before and after each side of the new map, so that windows begin where they did."""
    found = []
    for side, width, stride, gap, now in zip(sides, window, strides, gaps, kept):
        rests = range(stride) if side is None else [side % stride]
        totals = {max(width - (rest or stride), 0) for rest in rests}
        if len({total // 2 for total in totals}) > 1 or (now > 1 and len(totals) > 1):
            raise refusal(
                layer,
                'has "same" padding at a stride, which depends on the size of its map: give a model with an '
                "input of a fixed size, such as at_size(model, (224, 224, 3))",
            )
        before = min(totals) // 2
        after = min(totals) - before if now > 1 else (width - 1) * gap - before * gap
        found.append((before * gap, after))
    return tuple(found)


def pooled(
    copy: Copy, layer: Any, sides: tuple[int | None, ...], x: KerasTensor, gaps: Gaps, left_out: Gaps
) -> KerasTensor:
    """Pool with gaps; Keras' own layers have none, so there it is the maximum or the mean of shifted maps."""
    rank = len(gaps)
    size, strides = numbers(layer.pool_size, rank), numbers(layer.strides, rank)
    if any(stride > 1 and out == 1 for stride, out in zip(strides, left_out)):
        raise refusal(layer, "would need a stride on one side and gaps on the other")
    pads: Pads = ((0, 0),) * rank
    is_same = layer.padding == "same"
    if is_same:
        pads = same_pads(layer, sides, size, strides, gaps, (1,) * rank)
    apart = [gap for gap, side in zip(gaps, size) if side > 1]
    if max(apart, default=1) == 1 and (not is_same or pads == keras_pads(size, gaps)):
        return copy.again(layer, strides=1)(x)
    is_mean = isinstance(layer, AVERAGES)
    if prod(size) == 1:
        return copy.helper(layers.Identity, layer.name)(x)
    parts = Shifted(copy, layer, size, gaps, pads)
    if not is_mean:
        return parts.of(x, layers.Maximum, float("-inf"), layer.name)
    found = parts.of(x, layers.Average, 0.0, f"{layer.name}_mean" if is_same else layer.name)
    if not is_same:
        return found
    inside = parts.of(ops.ones_like(x[..., :1]), layers.Average, 0.0, f"{layer.name}_inside")
    return copy.helper(layers.Identity, layer.name)(ops.divide(found, inside))


class Shifted:
    """The maps that a window with gaps reads, shifted so that its values lie on one another."""

    def __init__(self, copy: Copy, layer: Any, size: Gaps, gaps: Gaps, pads: Pads) -> None:
        self.copy, self.layer, self.size, self.gaps, self.pads = copy, layer, size, gaps, pads

    def of(self, x: KerasTensor, merge: Any, outside: float, name: str) -> KerasTensor:
        """Merge the shifted maps of `x`, one side after the other, with `outside` around them."""
        rank = len(self.size)
        if any(sum(each) for each in self.pads):
            x = ops.pad(x, ((0, 0), *self.pads, (0, 0)), constant_values=outside)
        wide = [axis for axis in range(rank) if self.size[axis] > 1]
        for axis in wide:
            span = (self.size[axis] - 1) * self.gaps[axis]
            shifted = []
            for start in range(0, span + 1, self.gaps[axis]):
                crop = [(start, span - start) if each == axis else (0, 0) for each in range(rank)]
                helper = f"{name}_side_{axis + 1}_from_{start}"
                kind = CROPPINGS[rank - 1]
                shifted.append(self.copy.helper(kind, helper, cropping=crop if rank > 1 else crop[0])(x))
            x = self.copy.helper(merge, name if axis == wide[-1] else f"{name}_side_{axis + 1}")(shifted)
        return x
