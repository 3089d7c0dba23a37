"""Which size belongs to which input, and which axes of an input have a size."""

import keras
import pytest
from keras import layers, ops

import keras_cnns
from keras_cnns.cli.profile import filled
from keras_cnns.weightless import build_weightless


def two_inputs(order):
    """Two convolutions on images of any size; the first input of the graph is p, whatever `order` says."""

    def build():
        p, q = (keras.Input((None, None, 3), name=name) for name in "pq")
        maps = layers.Conv2D(2, 3, name="of_p")(p), layers.Conv2D(5, 3, name="of_q")(q)
        pooled = [layers.GlobalAveragePooling2D()(one) for one in maps]
        return keras.Model(order(p, q), layers.Concatenate()(pooled))

    return build_weightless(build)


# Keras puts the inputs of a dictionary in the order of its keys.
ORDERS = {
    "as the graph": (lambda p, q: [p, q], "pq"),
    "reversed": (lambda p, q: [q, p], "qp"),
    "named": (lambda p, q: {"q": q, "p": p}, "pq"),
    "named the other way": (lambda p, q: {"x": q, "y": p}, "qp"),
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.filterwarnings("ignore:When providing `inputs` as a dict")
def test_sizes_are_given_in_the_order_of_the_models_inputs(order):
    build, names = ORDERS[order]
    model = two_inputs(build)
    assert "".join(tensor.name for tensor in model.inputs) == names
    sizes = {"p": 10, "q": 100}
    in_shape = [(sizes[name], sizes[name], 3) for name in names]
    rows = {row.name: row for row in keras_cnns.profile(model, in_shape=in_shape).rows}
    assert rows["of_p"].macs == 8 * 8 * 3 * 3 * 3 * 2
    assert rows["of_q"].macs == 98 * 98 * 3 * 3 * 3 * 5


def test_inputs_that_differ_are_named_where_the_sizes_do_not_fit():
    a, b = keras.Input((None, None, 3), name="picture"), keras.Input((4,), name="words")
    x = layers.Concatenate()([layers.GlobalMaxPooling2D()(a), b])
    model = keras.Model([b, a], x)
    assert keras_cnns.profile(model, in_shape=[(4,), (8, 8, 3)]).rows
    with pytest.raises(ValueError, match=r"inputs \(4,\) of 'words', \(None, None, 3\) of 'picture'"):
        keras_cnns.profile(model, in_shape=[(8, 8, 3), (4,)])


def test_each_call_reads_the_output_that_it_reads_in_keras():
    """A layer applied to both outputs of another, inside a model in the model."""

    def inner():
        x = keras.Input((8, 6))
        return keras.Model(x, list(ops.split(x, [2], axis=1))[::-1])

    def build():
        x = keras.Input((None, 6))
        conv = layers.Conv1D(4, 2)
        long, short = inner()(x)
        return keras.Model(x, [conv(long), conv(short)])

    rows = keras_cnns.profile(build_weightless(build), in_shape=[(8, 6)]).rows
    # Five places of the six longer rows and one of the two others, each 2·6·4 multiply-adds.
    assert [row.macs for row in rows if row.kind == "Conv1D"] == [5 * 48, 1 * 48]


class Model:
    """What `filled` asks of a model."""

    def __init__(self, *shapes, kinds=()):
        self.inputs = [keras.KerasTensor((None, *shape)) for shape in shapes]
        self.layers = [kind(1, 1) for kind in kinds]


@pytest.mark.parametrize(
    ("shapes", "kinds", "expected"),
    [
        ([(None, None, 3)], (), [(32, 32, 3)]),
        ([(7,), (None, None, 3), (8, None, 1)], (), [(7,), (32, 32, 3), (8, 32, 1)]),
        ([(3, None, None)], (), [(3, 32, 32)]),
        ([(5, None, None, 3)], (layers.Conv2D,), [(5, 32, 32, 3)]),
        ([(None, None, None, 1)], (layers.Conv3D,), [(32, 32, 32, 1)]),
    ],
)
def test_size_is_height_and_width(shapes, kinds, expected):
    assert filled(Model(*shapes, kinds=kinds), 32) == expected


@pytest.mark.parametrize("shapes", [[(None, 16)], [(None,)], [(None, None, None, 3)], [(9, 9, 3), (None, 4)]])
def test_size_is_no_length_of_a_sequence(shapes):
    with pytest.raises(ValueError, match=r"--size"):
        filled(Model(*shapes, kinds=(layers.Conv2D,)), 32)
    with pytest.raises(ValueError, match=r"any (length|size)"):
        filled(Model(*shapes, kinds=(layers.Conv2D,)), None)


def test_all_sizes_known():
    assert filled(Model((8, 8, 3)), None) is None
    with pytest.raises(ValueError, match=r"this one takes \(8, 8, 3\)"):
        filled(Model((8, 8, 3)), 32)
