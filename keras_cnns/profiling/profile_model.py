"""What a network costs: for each layer and in all, parameters, multiply-adds, memory, receptive field.

import keras_cnns
print(keras_cnns.profile(model))
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import keras

from keras_cnns.graph import Graph, Shape, check_functional, read
from keras_cnns.profiling.depth import longest
from keras_cnns.profiling.macs import work
from keras_cnns.profiling.memory import Tensors, peak, tensors
from keras_cnns.profiling.numbers import itemsize
from keras_cnns.profiling.optimizer_state import slot_bytes
from keras_cnns.profiling.parameters import parameters
from keras_cnns.profiling.receptive_field import ALL, UNKNOWN, View, gates, last_map, sizes, view
from keras_cnns.profiling.result import Profile, Row
from keras_cnns.profiling.shapes import known_shapes, reads
from keras_cnns.profiling.stages import named_stages


def profile_model(
    model: keras.Model,
    batch_size: int = 1,
    *,
    in_shape: Sequence[int] | Sequence[Sequence[int]] | None = None,
    optimizer: str | keras.Optimizer | None = None,
) -> Profile:
    """Count what a model costs, as `keras_cnns.profile` documents.

    Raises:
        ValueError: if the model is no graph of layers, its input size is not known, or an argument is wrong.
    """
    check_functional(model)
    if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size < 1:
        raise ValueError(f"batch_size must be an int, at least 1; got {batch_size!r}.")
    chosen = _optimizer(model, optimizer)
    graph = read(model, expand_nested=True)
    shapes = known_shapes(graph, in_shape)
    views = _views(graph, shapes)
    return _Counted(graph, shapes, views, batch_size).profile(chosen)


def _optimizer(model: keras.Model, wanted: str | keras.Optimizer | None) -> keras.Optimizer | None:
    if wanted is None:
        return getattr(model, "optimizer", None)
    try:
        return keras.optimizers.get(wanted)
    except (ValueError, TypeError, AttributeError):
        raise ValueError(f"optimizer must be one that Keras knows, such as 'adam'; got {wanted!r}.") from None


def _views(graph: Graph, shapes: list[tuple[Shape, ...]]) -> list[View]:
    views: list[View] = []
    for i, vertex in enumerate(graph.vertices):
        given = [shapes[source][k] for source, k in reads(graph, i)]
        known = all(size is not None for shape in (*given, *shapes[i]) for size in shape[1:])
        seen = [views[source] for source in vertex.sources]
        views.append(view(vertex.operation, seen, given, shapes[i][0]) if known else UNKNOWN)
    return views


class _Counted:
    """Everything counted once, for the rows and for the totals."""

    def __init__(
        self, graph: Graph, shapes: list[tuple[Shape, ...]], views: list[View], batch_size: int
    ) -> None:
        self.graph, self.shapes, self.views, self.batch_size = graph, shapes, views, batch_size
        seen: set[int] = set()
        self.weights = [parameters(vertex.operation, seen) for vertex in graph.vertices]
        self.work = [
            work(vertex.operation, [shapes[source][k] for source, k in reads(graph, i)], list(shapes[i]))
            for i, vertex in enumerate(graph.vertices)
        ]
        self.macs = sum(one.macs or 0 for one in self.work)
        learns = [any(w.trainable for w in getattr(v.operation, "weights", ())) for v in graph.vertices]
        self.tensors: Tensors = tensors(graph, shapes, [one.inner_values for one in self.work], learns)
        self.number_bytes = self._number_bytes()

    def _number_bytes(self) -> list[int]:
        """Bytes of one number of each call's output: what the layer computes in, a function what it reads."""
        sizes: list[int] = []
        for vertex in self.graph.vertices:
            operation = vertex.operation
            if isinstance(operation, keras.layers.InputLayer):
                sizes.append(itemsize(operation.dtype))
            elif isinstance(operation, keras.layers.Layer):
                sizes.append(itemsize(operation.compute_dtype))
            else:
                floats = max(
                    (sizes[source] for source in vertex.sources), default=itemsize(keras.config.floatx())
                )
                sizes.append(floats)
        return sizes

    def profile(self, optimizer: keras.Optimizer | None) -> Profile:
        """Sum up."""
        trainable = sum(one.trainable for one in self.weights)
        gradients = sum(one.trainable_size for one in self.weights)
        made = [self.batch_size * n * size for n, size in zip(self.tensors.values, self.number_bytes)]
        last = last_map(self.graph, self.views)
        return Profile(
            name=self.graph.name,
            batch_size=self.batch_size,
            rows=self._rows(),
            params=sum(one.count for one in self.weights),
            trainable_params=trainable,
            params_bytes=sum(one.size for one in self.weights),
            macs=self.macs,
            activation_values=sum(self.tensors.values),
            before_activation_values=sum(self.tensors.before_activation),
            activation_bytes=sum(made),
            peak_bytes=peak(self.graph, self.tensors, made),
            kept_bytes=sum(
                self.batch_size * n * size for n, size in zip(self.tensors.kept, self.number_bytes)
            ),
            gradient_bytes=gradients,
            optimizer_bytes=slot_bytes(optimizer, trainable, gradients),
            last_map=None if last is None else self.shapes[last][0][1:],
            receptive_field=None if last is None else _plain(sizes(self.views[last])),
            gates=gates(self.graph, self.views),
            depth=longest(self.graph, [one.weighted for one in self.work], self.views),
            optimizer="SGD" if optimizer is None else type(optimizer).__name__,
        )

    def _rows(self) -> tuple[Row, ...]:
        stages = named_stages(self.graph, [made[0] for made in self.shapes])
        return tuple(self._row(i, stage) for i, stage in enumerate(stages))

    def _row(self, i: int, stage: str) -> Row:
        operation, weights, computed, seen = (
            self.graph.vertices[i].operation,
            self.weights[i],
            self.work[i],
            self.views[i],
        )
        each = self.batch_size * self.number_bytes[i]
        strides = [_number(field.stride) for field in seen] if isinstance(seen, tuple) else []
        return Row(
            name=operation.name,
            kind=type(operation).__name__,
            stage=stage,
            shape=self.shapes[i][0],
            params=weights.count,
            params_formula=weights.formula,
            trainable_params=weights.trainable,
            shared=weights.shared,
            macs=computed.macs,
            macs_formula=computed.formula,
            macs_share=(computed.macs or 0) / max(self.macs, 1),
            values=self.tensors.values[i],
            activation_bytes=each * self.tensors.values[i],
            kept_bytes=each * self.tensors.kept[i],
            receptive_field=ALL if seen == ALL else _plain(sizes(seen)),
            stride=_plain(strides) if strides else None,
            note=computed.note,
        )


def _plain(sizes: Sequence | None):
    """One number if it is the same along all axes."""
    if not sizes:
        return None
    return sizes[0] if len(set(sizes)) == 1 else tuple(sizes)


def _number(stride: Fraction) -> int | float:
    return stride.numerator if stride.denominator == 1 else float(stride)
