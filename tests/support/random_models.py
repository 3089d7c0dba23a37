"""Random networks for property tests, of layers so light that thousands are built in seconds."""

import contextlib
import sys

import keras
import pytest
from hypothesis import strategies as st
from keras import layers

SHAPE = (4, 4, 3)


def builds_unread_inputs() -> bool:
    """Whether Keras builds a model with an input that no layer reads; version 3.12 (Python 3.10) does not."""
    x = keras.Input((1,))
    try:
        keras.Model(x, x)
    except ValueError:
        return False
    return True


UNREAD_INPUTS = builds_unread_inputs()


def with_unread_inputs():
    """For tests of such models: where Keras refuses to build them, it must do so in this context."""
    if UNREAD_INPUTS:
        return contextlib.nullcontext()
    return pytest.raises(ValueError, match="`inputs` not connected to `outputs`")


class Light(keras.Layer):
    """A layer that computes nothing."""

    def call(self, *inputs):
        return inputs[0]

    def compute_output_spec(self, *inputs):
        first = keras.tree.flatten(inputs)[0]
        return keras.KerasTensor(first.shape, first.dtype)


class Mixer(Light):
    pass


class Shifter(Light):
    pass


class Pooler(Light):
    pass


class Conv(Light):
    """Looks like a convolution, whose kernel may have any size."""

    def __init__(self, size):
        super().__init__()
        self.kernel_size = (size, size)


class Start(Light):
    pass


class End(Light):
    pass


LEAVES = {"Mixer": Mixer, "Shifter": Shifter, "Pooler": Pooler}
LEAVES |= {f"conv {n}×{n}": lambda n=n: Conv(n) for n in (1, 3, 5)}
MERGES = {"add": layers.Add, "multiply": layers.Multiply, "average": layers.Average}

leaves = st.sampled_from(sorted(LEAVES))
joins = st.sampled_from(sorted(MERGES))


def _serial(element):
    return st.lists(element, min_size=1, max_size=4).map(tuple)


# A series is a tuple of labels and forks; a fork is its branches, an empty one a shortcut, and its join.
def _forks(series):
    branches = st.lists(series, min_size=1, max_size=3)
    return st.tuples(branches, st.booleans(), joins).map(fork)


def fork(drawn):
    branches, shortcut, join = drawn
    return (tuple(branches) + ((),) * (shortcut or len(branches) == 1), join)


series = st.recursive(_serial(leaves), lambda inner: _serial(leaves | _forks(inner)), max_leaves=8)


def apply(plan, x):
    """Build a series on a tensor."""
    for part in plan:
        if isinstance(part, str):
            x = LEAVES[part]()(x)
        else:
            branches, join = part
            x = MERGES[join]()([apply(branch, x) for branch in branches])
    return x


def built(plan):
    """A model of a series, between layers that occur nowhere else."""
    x = keras.Input(SHAPE)
    return keras.Model(x, End()(apply(plan, Start()(x))))


@st.composite
def dags(draw):
    """A model whose layers read any that come before; several inputs and outputs, layers applied twice."""
    inputs = [keras.Input(SHAPE) for _ in range(draw(st.integers(1, 2)))]
    tensors, again = list(inputs), []
    for _ in range(draw(st.integers(1, 14))):
        kind = draw(st.sampled_from(["layer", "layer", "merge", "merge", "norm", "relu", "again"]))
        one = tensors[-1 - draw(st.integers(0, min(3, len(tensors) - 1)))]
        if kind == "merge" and len(tensors) > 1:
            others = draw(st.lists(st.sampled_from(tensors), min_size=1, max_size=2))
            tensors.append(MERGES[draw(joins)]()([one, *others]))
        elif kind == "norm":
            tensors.append(layers.BatchNormalization()(one))
        elif kind == "relu":
            tensors.append(layers.ReLU()(one))
        elif kind == "again" and again:
            tensors.append(draw(st.sampled_from(again))(one))
        else:
            again.append(LEAVES[draw(leaves)]())
            tensors.append(again[-1](one))
    made = tensors[len(inputs) :]
    outputs = draw(st.lists(st.sampled_from(made), max_size=2))
    if not UNREAD_INPUTS:
        inputs = [tensor for tensor in inputs if tensor._keras_history.operation._outbound_nodes]
    return keras.Model(inputs, [made[-1], *outputs])


@contextlib.contextmanager
def deep():
    """Keras recurses when it builds a model; what draws it must not need this."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    yield
    sys.setrecursionlimit(limit)


def chain(n):
    """n layers one after the other, no two neighbours equal."""
    with deep():
        x = inputs = keras.Input(SHAPE)
        for i in range(n):
            x = (Mixer, Shifter)[i % 2]()(x)
        return keras.Model(inputs, x)


def residual(n):
    """n equal residual blocks."""
    with deep():
        x = inputs = keras.Input(SHAPE)
        for _ in range(n):
            x = layers.Add()([Mixer()(x), x])
        return keras.Model(inputs, x)
