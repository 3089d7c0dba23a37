"""Which layer of one network stands for which of the other where the order of layers alone would mislead."""

import keras
import pytest
from keras import layers
from support.compare_cases import conv, inception, model, towers

from keras_cnns.comparison.compare_models import compare_models
from keras_cnns.weightless import build_weightless


def normalized(x, filters, kernel, strides=1, activate=True):
    x = layers.Conv2D(filters, kernel, strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU()(x) if activate else x


def bottlenecks(projected=(), widths=((8, 1), (8, 1), (16, 2), (16, 1), (16, 1))):
    """Bottleneck blocks; those numbered in `projected` have a projection where the identity would do."""

    def build():
        x = inputs = keras.Input((32, 32, 3))
        x = normalized(x, 32, 3)
        for number, (width, strides) in enumerate(widths):
            y = normalized(normalized(x, width, 1, strides), width, 3)
            y = normalized(y, 4 * width, 1, activate=False)
            if number in projected or x.shape[-1] != 4 * width:
                x = normalized(x, 4 * width, 1, strides, activate=False)
            x = layers.ReLU()(layers.Add()([y, x]))
        return keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))

    return build_weightless(build)


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("more", [3, 4, 6])
def test_blocks_too_many_leave_the_projection_where_it_is(more, swapped):
    """In each stage more blocks stand in a row; both networks project at its first, and nowhere else."""

    def basic(blocks):
        def build():
            x = inputs = keras.Input((32, 32, 3))
            x = normalized(x, 8, 3)
            for filters, strides in ((8, 1), (16, 2), (32, 2), (64, 2)):
                for number in range(blocks):
                    step = strides if number == 0 else 1
                    y = normalized(normalized(x, filters, 3, step), filters, 3, activate=False)
                    if x.shape[-1] != filters:
                        x = normalized(x, filters, 1, step, activate=False)
                    x = layers.ReLU()(layers.Add()([y, x]))
            return keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))

        return build_weightless(build)

    pair = basic(more), basic(2)
    report = compare_models(*(reversed(pair) if swapped else pair))
    assert {one.kind for one in report.differences} == {"missing" if swapped else "extra"}, str(report)
    assert "projection" not in str(report)


@pytest.mark.parametrize("projected", [{1}, {0, 1}, {0, 1, 3, 4}, {4}])
def test_a_projection_too_many_is_not_taken_for_the_convolution_beside_it(projected):
    """Both are a 1×1 convolution of as many filters; only one reads the block's input."""
    report = compare_models(bottlenecks(projected), bottlenecks())
    assert {one.kind for one in report.differences} == {"extra"}, str(report)
    assert sum(len(one.places) for one in report.differences) == len(projected)
    report = compare_models(bottlenecks(), bottlenecks(projected))
    assert {one.kind for one in report.differences} == {"missing"}, str(report)


def modules(*orders, kernel=5):
    """Modules of three towers, whose outputs are joined in these orders."""
    return model(
        *(lambda x, order=order: inception(x, kernel=kernel, order=order) for order in orders),
        layers.GlobalAveragePooling2D(),
        layers.Dense(10),
    )


@pytest.mark.parametrize("orders", [[(2, 1, 0)] * 3, [(1, 0, 2), (0, 1, 2), (2, 0, 1)]])
def test_towers_are_matched_by_what_is_in_them(orders):
    report = compare_models(modules(*orders), modules(*[(0, 1, 2)] * 3))
    assert {one.attribute for one in report.differences} <= {"order of inputs"}, str(report)


def test_a_slip_in_towers_in_another_order_is_still_found():
    report = compare_models(modules(*[(2, 1, 0)] * 3, kernel=3), modules(*[(0, 1, 2)] * 3))
    assert {one.attribute for one in report.differences} <= {"order of inputs", "kernel"}, str(report)
    (kernel,) = (one for one in report.differences if one.attribute == "kernel")
    assert len(kernel.places) == 3


def test_one_tower_of_a_pair_is_missing():
    report = compare_models(towers(order=(0, 2)), towers())
    assert [one.mistake for one in report.differences] == ["tower missing"]


def test_equal_blocks_in_a_row_shift_nothing():
    def chain(count):
        return model(*(layer for _ in range(count) for layer in (conv(4, 3, padding="same"), layers.ReLU())))

    (only,) = compare_models(chain(5), chain(4)).differences
    assert (only.kind, len(only.places)) == ("extra", 1)
