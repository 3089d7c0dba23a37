"""The arguments of a call by name are those that Python itself binds."""

import inspect
from dataclasses import replace

import keras
import pytest
from keras import layers, ops

from keras_cnns.comparison.canonical.layer_configs import bound_arguments, order_of_tensors
from keras_cnns.graph import read


class Own(layers.Layer):
    """Layers of a person's own with every kind of parameter."""

    def call(self, first, second=None, *others, scale=1.0, **more):
        return first * scale


class Named(layers.Layer):
    def call(self, first, *, factor):
        return first * factor


class Placed(layers.Layer):
    def call(self, first, second, /, third=None):
        return first - second


def graph():
    x = keras.Input((8, 8, 4))
    y = layers.Conv2D(4, 3, padding="same")(x)
    y = layers.BatchNormalization()(y, training=False)
    y = layers.Add()([y, x])
    y = Own()(y, x, x, scale=2.0)
    y = Own()(y)
    y = Own()(y, second=x)
    y = Named()(y, factor=3.0)
    y = Placed()(y, x)
    y = Placed()(x, y, y)
    y = layers.MultiHeadAttention(2, 4)(y, x)
    y = ops.subtract(y, x)
    y = ops.add(y, 2.0)
    return read(keras.Model(x, ops.concatenate([y, x], axis=-1)))


@pytest.mark.parametrize("vertex", graph().vertices, ids=lambda vertex: vertex.name)
def test_as_python_binds(vertex):
    call, method = vertex.call.arguments, vertex.operation.call
    expected = dict(inspect.signature(method).bind(*call.args, **call.kwargs).arguments)
    found = bound_arguments(vertex)
    assert list(found) == list(expected)
    assert all(found[name] is expected[name] or found[name] == expected[name] for name in found)


def test_a_call_that_does_not_fit_has_its_places():
    [vertex] = [vertex for vertex in graph().vertices if type(vertex.operation) is layers.Add]
    wrong = replace(vertex.call.arguments, args=(1, 2, 3, 4, 5))
    assert list(bound_arguments(replace(vertex, call=replace(vertex.call, arguments=wrong)))) == list("01234")


def test_the_order_of_tensors():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    model = keras.Model([a, b], [ops.subtract(a, b), layers.Add()([b, a]), layers.Dense(2)(a)])
    orders = [order_of_tensors(vertex) for vertex in read(model).vertices]
    assert sorted(orders) == [[], [], [0], [0, 1], [0, 1]]
