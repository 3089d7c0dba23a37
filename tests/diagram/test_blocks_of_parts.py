"""Blocks that read parts of several splits are repeats if they read the same parts of the same ones."""

import keras
import pytest
from keras import layers, ops
from support import scene_reader
from support.models import conv
from support.outline_grammar import Repeat, parse

from keras_cnns.visualize import outline, plot_model


def gated(x, swapped=False, n=2):
    """Gates on parts of two splits, as in HorNet (Rao et al. 2022)."""
    one, *rest = ops.split(layers.Conv2D(12, 1)(x), 3, axis=-1)
    parts = ops.split(layers.Conv2D(4 * n, 3, padding="same")(rest[0]), n, axis=-1)
    joined = [(parts[0], one), (parts[1], rest[1])]
    y = ops.multiply(*((joined[0][0], rest[1]) if swapped else joined[0]))
    y = ops.add(layers.Conv2D(4, 1)(y), joined[1][0])
    return layers.Add()([layers.Conv2D(8, 1)(y), x])


def chain(*builds):
    x = i = keras.Input((16, 16, 8))
    for build in builds:
        x = build(x)
    return keras.Model(i, layers.GlobalAveragePooling2D()(conv(x)))


def counts(model):
    return [part.count for part in parse(outline(model)).lane if isinstance(part, Repeat)]


def test_equal_blocks_are_repeats():
    model = chain(*[gated] * 5)
    assert counts(model) == [5]
    scene_reader.check(model)
    words = " ".join(shape.string for shape in plot_model(model).scene.shapes if hasattr(shape, "string"))
    assert "of split …" in words and "of split_1 …" in words


def swapped(x):
    return gated(x, swapped=True)


def of_three(x):
    return gated(x, n=3)


@pytest.mark.parametrize("other", [swapped, of_three])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_blocks_that_read_other_parts_are_none(other, at):
    builds = [gated] * 3
    builds[at] = other
    model = chain(*builds)
    assert max(counts(model), default=1) == (1 if at == 1 else 2)
    scene_reader.check(model)


def across(x, turned=False):
    """Two splits of one kind, one behind the other, whose unlike parts meet."""
    a = ops.split(layers.Conv2D(8, 1)(x), 2, axis=-1)
    b = ops.split(layers.Conv2D(8, 1)(ops.concatenate([a[1], a[0]], axis=-1)), 2, axis=-1)
    y = ops.add(b[0], a[1]) if turned else ops.add(a[0], b[1])
    return layers.Add()([layers.Conv2D(8, 1)(y), x])


def test_which_split_gives_which_part_counts():
    """Both splits are of one kind, so only their places tell which part is of which."""

    def turned(x):
        return across(x, turned=True)

    assert counts(chain(across, across, across)) == [3]
    scene_reader.check(chain(across, across, across))
    model = chain(across, turned, across)
    assert counts(model) == []
    scene_reader.check(model)
