"""A model whose coarse maps are finer, with the same weights: dilation in place of strides."""

from __future__ import annotations

from typing import Any

from keras import Input, KerasTensor, Layer, Model, tree

from keras_cnns.arguments import checked_int, checked_name
from keras_cnns.graph import check_functional, depth_first
from keras_cnns.graph.calls import Node, maker_of
from keras_cnns.layer_kinds import GLOBAL_POOLINGS, side_factors, unwrapped
from keras_cnns.submodels.cloning import as_fast_as, copy_values, made_again
from keras_cnns.submodels.dilated_layers import Gaps, refusal, with_gaps
from keras_cnns.submodels.flattening import flatten
from keras_cnns.submodels.places import inputs_of, is_model, like_outputs

Strides = tuple[float, ...]


def dilated(model: Model, output_stride: int = 16, *, name: str | None = None) -> Model:
    """Return `model` with maps at most `output_stride` times coarser than the image.

    For segmentation and detection. A stride that would make a map coarser is left out, and what follows reads
    with gaps, so that every weight meets the values that it was trained for: the à trous algorithm. Every
    second, fourth, … value of a finer map is one of the model's own map. Windows of pools get gaps, too, and
    padding grows. Only what reads a whole map, such as a global pool, reads more values than before.

    Models inside the model are opened. Where "same" padding puts its zeros at a stride depends on the size of
    the map, so a model that has it there needs an input of a fixed size.

    Args:
        model: a functional or built Sequential model, such as a `backbone`; a classifier that flattens its
            map is bound to its size.
        output_stride: one of the strides that the model's maps have, such as 8 or 16.
        name: of the new model; the old one's if None.

    Returns:
        A functional model on inputs of the same shapes, with weights of its own that have the same values;
        not compiled. Layers keep their names.

    Raises:
        ValueError: if `model` is not functional, has no map of such a stride, or has a layer after the first
            stride that is left out that cannot read with gaps; it names the layer.
    """
    check_functional(model)
    wanted = checked_int("output_stride", output_stride)
    name = checked_name(name, model.name)
    graph = flatten(model) if any(is_model(layer) for layer in model.layers) else model
    copy = Copy(graph, wanted)
    copy.check(model.name)
    outputs = [copy.new[id(tensor)] for tensor in graph.outputs]
    inputs = tree.map_structure(lambda tensor: copy.new[id(tensor)], inputs_of(graph))
    new = Model(inputs, like_outputs(graph, outputs), name=name)
    for layer, made in copy.made.values():
        copy_values(layer.weights, made.weights)
        made.trainable = layer.trainable
    return as_fast_as(model, new)


class Copy:
    """The graph of a model, made again call by call.

    Attributes:
        new: the new tensor for each old one, by the old one's `id`, as all of these.
        strides: of each map, one a side, as they are in the model.
        gaps: how far apart the values of each map stand in the new one, one a side.
        made: each layer, and the one that is made for it.
    """

    def __init__(self, model: Model, output_stride: int) -> None:
        self.output_stride = output_stride
        self.new: dict[int, KerasTensor] = {}
        self.strides: dict[int, Strides] = {}
        self.gaps: dict[int, Gaps] = {}
        self.made: dict[int, tuple[Layer, Layer]] = {}
        self.settings: dict[str, dict[str, Any]] = {}
        self.added: dict[str, Layer] = {}
        for tensor in model.inputs:
            new = Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=maker_of(tensor).operation.name)
            self.note(tensor, new, (), ())
        self.order = depth_first(
            model.outputs, lambda tensor: () if id(tensor) in self.new else maker_of(tensor).input_tensors
        )
        for tensor in self.order:
            if id(tensor) not in self.new:
                self.call(maker_of(tensor))

    def note(self, tensor: KerasTensor, new: KerasTensor, strides: Strides, gaps: Gaps) -> None:
        """Keep what became of a tensor; one of another rank than the map before begins anew."""
        rank = max(len(tensor.shape) - 2, 0)
        self.new[id(tensor)] = new
        self.strides[id(tensor)] = strides if len(strides) == rank else (1.0,) * rank
        self.gaps[id(tensor)] = gaps if len(gaps) == rank else (1,) * rank

    def call(self, node: Node) -> None:
        """Call a layer again on what its inputs became, with gaps where these have them."""
        layer = node.operation
        strides, gaps = self.entering(node)
        factors = [1 / factor for factor in side_factors(unwrapped(layer), len(strides))]
        after = tuple(stride * factor for stride, factor in zip(strides, factors))
        left_out = tuple(
            round(factor) if factor > 1 and stride > self.output_stride else 1
            for factor, stride in zip(factors, after)
        )
        outputs = with_gaps(self, node, gaps, left_out)
        is_whole = isinstance(layer, GLOBAL_POOLINGS)
        for tensor, new in zip(node.outputs, outputs, strict=True):
            self.note(
                tensor,
                new,
                () if is_whole else after,
                () if is_whole else tuple(gap * step for gap, step in zip(gaps, left_out)),
            )

    def entering(self, node: Node) -> tuple[Strides, Gaps]:
        """Return the strides and gaps of the maps that a call reads; a gate of one value a map has none."""
        maps = [tensor for tensor in node.input_tensors if len(tensor.shape) > 2]
        large = [one for one in maps if any(side != 1 for side in self.new[id(one)].shape[1:-1])] or maps[:1]
        if not large:
            return (), ()
        if len({self.gaps[id(one)] for one in large}) > 1:
            raise refusal(node.operation, "reads maps of different strides")
        return self.strides[id(large[0])], self.gaps[id(large[0])]

    def again(self, layer: Any, **changes: Any) -> Any:
        """Return the layer that is made for one, with some settings changed; a function is itself."""
        if not isinstance(layer, Layer):
            return layer
        if id(layer) not in self.made:
            self.made[id(layer)] = layer, made_again(layer, {**layer.get_config(), **changes})
            self.settings[layer.name] = changes
        elif self.settings[layer.name] != changes:
            raise refusal(layer, "is used for maps of different strides")
        return self.made[id(layer)][1]

    def helper(self, kind: type[Layer], name: str, **settings: Any) -> Layer:
        """Return a layer without weights that a layer needs before or after it, the same for each call."""
        if self.added.setdefault(name, made := kind(name=name, **settings)) is not made:
            found = self.added[name]
            if found.get_config() != made.get_config():
                raise refusal(found, "would be used for maps of different sizes")
        return self.added[name]

    def check(self, name: str) -> None:
        """Raise a ValueError unless there is a map of the stride, and each has the size that it should."""
        strides = {max(found) for found in self.strides.values() if found}
        if self.output_stride not in strides:
            known = ", ".join(f"{stride:g}" for stride in sorted(strides))
            raise ValueError(
                f"output_stride must be one of the strides of {name!r}, {known or 'none'}; got "
                f"{self.output_stride}."
            )
        for tensor in self.order:
            layer, new = maker_of(tensor).operation, self.new[id(tensor)]
            sides = zip(tensor.shape[1:-1], new.shape[1:-1], self.gaps[id(tensor)])
            if any(old and now and -(-now // gap) != old for old, now, gap in sides):
                raise refusal(layer, f"would give {new.shape[1:]} in place of {tensor.shape[1:]}")
