"""What a network costs, per layer call and in all: parameters, multiply-adds, memory, receptive field.

`profile_model` reads the model's graph once, lets each module of this folder count its part for every
call, and puts the parts together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import keras

from keras_cnns.arguments import checked_int, checked_optimizer
from keras_cnns.garbage import collector_paused
from keras_cnns.graph import Graph, Shape, Vertex, built_for, check_readable, read
from keras_cnns.keras_files.opaque_layer import OpaqueLayer
from keras_cnns.profiling.cost_rows import Row
from keras_cnns.profiling.depth import longest_path
from keras_cnns.profiling.formulas import Work
from keras_cnns.profiling.macs import count_work
from keras_cnns.profiling.memory import peak, tensors
from keras_cnns.profiling.optimizer_state import state_bytes
from keras_cnns.profiling.parameters import UNKNOWN, Parameters, bytes_per_value, count_parameters
from keras_cnns.profiling.receptive_field import Field, Unbounded, gates, last_map, receptive_fields, sizes
from keras_cnns.profiling.result import Profile
from keras_cnns.profiling.stage_names import named_stages
from keras_cnns.profiling.steps import NO_STEPS, Steps, steps_of
from keras_cnns.profiling.tensor_shapes import KnownShape, is_known, known_shapes, operand_shapes


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
    with built_for(model, in_shape) as is_built:
        check_readable(model)
        return _profile(model, batch_size, None if is_built else in_shape, optimizer)


@collector_paused()
def _profile(
    model: keras.Model,
    batch_size: int,
    in_shape: Sequence[int] | Sequence[Sequence[int]] | None,
    optimizer: str | keras.Optimizer | None,
) -> Profile:
    batch_size = checked_int("batch_size", batch_size)
    optimizer = _optimizer(model, optimizer)
    graph = read(model, expand_nested=True)
    calls = range(len(graph.vertices))
    shapes = known_shapes(graph, in_shape)
    fields = receptive_fields(graph, shapes)
    counted: set[int] = set()
    held = [vertex.weights for vertex in graph.vertices]
    weights = [
        Parameters(formula=UNKNOWN)
        if isinstance(vertex.operation, OpaqueLayer)
        else count_parameters(those, counted)
        for vertex, those in zip(graph.vertices, held)
    ]
    operands = [operand_shapes(graph, shapes, i) for i in calls]
    work = [_work(graph.vertices[i], operands[i], shapes[i]) for i in calls]
    learns = [any(weight.trainable for weight in those) for those in held]
    stored = tensors(graph, shapes, [one.inner_values for one in work], learns)
    value_bytes = [batch_size * size for size in _value_bytes(graph)]
    activation_bytes = [n * size for n, size in zip(stored.values, value_bytes)]
    kept_bytes = [n * size for n, size in zip(stored.kept, value_bytes)]
    macs = sum(one.macs or 0 for one in work)
    stages = named_stages(graph, [outputs[0] for outputs in shapes])
    rows = tuple(
        _row(
            graph.vertices[i].operation,
            stages[i],
            shapes[i][0],
            weights[i],
            work[i],
            macs,
            stored.values[i],
            activation_bytes[i],
            kept_bytes[i],
            fields[i],
            _steps(graph.vertices[i], operands[i], shapes[i][0], work[i], fields),
        )
        for i in calls
    )
    trainable = sum(one.trainable for one in weights)
    gradient_bytes = sum(one.trainable_bytes for one in weights)
    last = last_map(graph, fields)
    return Profile(
        name=graph.name,
        batch_size=batch_size,
        rows=rows,
        params=sum(one.count for one in weights),
        trainable_params=trainable,
        params_bytes=sum(one.bytes for one in weights),
        macs=macs,
        activation_values=sum(stored.values),
        before_activation_values=sum(stored.before_activation),
        activation_bytes=sum(activation_bytes),
        peak_bytes=peak(graph, stored, activation_bytes),
        kept_bytes=sum(kept_bytes),
        gradient_bytes=gradient_bytes,
        optimizer_bytes=state_bytes(optimizer, trainable, gradient_bytes),
        last_map=None if last is None else cast(KnownShape, shapes[last][0][1:]),
        receptive_field=None if last is None else _one_or_each(sizes(fields[last])),
        gates=gates(graph, fields),
        depth=longest_path(graph, [one.weighted for one in work], fields),
        optimizer="SGD" if optimizer is None else type(optimizer).__name__,
    )


def _work(vertex: Vertex, operands: list[Shape], outputs: tuple[Shape, ...]) -> Work:
    """What a call computes, or why that cannot be seen."""
    work = count_work(vertex.operation, operands, outputs, vertex.inside)
    return replace(work, note=vertex.why_closed) if work.macs is None and vertex.why_closed else work


def _optimizer(model: keras.Model, wanted: str | keras.Optimizer | None) -> keras.Optimizer | None:
    if wanted is None:
        return getattr(model, "optimizer", None)
    return checked_optimizer("optimizer", wanted)


def _value_bytes(graph: Graph) -> list[int]:
    """Bytes of a value of each call's output: of the type that a layer computes in, that a function reads."""
    sizes: list[int] = []
    for vertex in graph.vertices:
        operation = vertex.operation
        if isinstance(operation, keras.layers.InputLayer):
            sizes.append(bytes_per_value(operation.dtype))
        elif isinstance(operation, keras.layers.Layer):
            sizes.append(bytes_per_value(operation.compute_dtype))
        else:
            default = bytes_per_value(keras.config.floatx())
            sizes.append(max((sizes[source] for source in vertex.sources), default=default))
    return sizes


def _row(
    operation: keras.Operation,
    stage: str,
    shape: Shape,
    weights: Parameters,
    work: Work,
    all_macs: int,
    values: int,
    activation_bytes: int,
    kept_bytes: int,
    field: Field,
    steps: Steps,
) -> Row:
    strides = [axis.pixels_apart for axis in field] if isinstance(field, tuple) else None
    return Row(
        name=operation.name,
        kind=type(operation).__name__,
        stage=stage,
        shape=shape,
        params=weights.count,
        params_formula=weights.formula,
        trainable_params=weights.trainable,
        shared=weights.shared,
        macs=work.macs,
        macs_formula=work.formula,
        macs_share=(work.macs or 0) / max(all_macs, 1),
        values=values,
        activation_bytes=activation_bytes,
        kept_bytes=kept_bytes,
        receptive_field="all" if field is Unbounded.WHOLE_INPUT else _one_or_each(sizes(field)),
        stride=_one_or_each(strides),
        note=work.note,
        **vars(steps),
    )


def _steps(
    vertex: Vertex, operands: list[Shape], output: Shape, work: Work, fields: Sequence[Field]
) -> Steps:
    """How the figures of a call are worked out, if its sizes are known."""
    if not all(map(is_known, (*operands, output))):
        return NO_STEPS
    below = [fields[source] for source in vertex.sources]
    known = cast("list[KnownShape]", operands)
    return steps_of(vertex.operation, known, cast(KnownShape, output), work, below)


def _one_or_each(sizes: Sequence | None):
    """One number if it is the same along all axes."""
    if not sizes:
        return None
    return sizes[0] if len(set(sizes)) == 1 else tuple(sizes)
