"""Equal series that nothing joins are towers, and their pictures are true."""

import pytest
from keras import Input, Model, layers
from support import scene_reader, unfolded
from support.outline_grammar import bare, parse

from keras_cnns.diagram.draw.scene import Rectangle
from keras_cnns.diagram.fold.fold import fold
from keras_cnns.visualize import outline, plot_model


def tower(x, kernel=3):
    x = layers.Conv2D(4, kernel, activation="relu")(x)
    return layers.GlobalAveragePooling2D()(layers.Conv2D(8, 3)(x))


def apart(*kernels, shared=False):
    """Towers that share nothing, or the one layer that each begins with, as for a triplet loss."""
    first = layers.Conv2D(4, 3)
    inputs = [Input((16, 16, 3)) for _ in kernels]
    return Model(inputs, [tower(first(x) if shared else x, kernel) for x, kernel in zip(inputs, kernels)])


def heads(*units, deep=False, kernels=(), pooled=False):
    """As for the digits of a house number: heads that read the same features."""
    inputs = Input((16, 16, 3))
    x = layers.Conv2D(4, 3, activation="relu")(inputs)
    vector = layers.GlobalAveragePooling2D()(x)
    outputs = [
        layers.Dense(n, activation="softmax")(layers.Dense(8)(vector) if deep else vector) for n in units
    ]
    outputs += [tower(x, kernel) for kernel in kernels]
    return Model(inputs, outputs)


MODELS = {
    "towers": lambda: apart(3, 3, 3),
    "towers that share a layer": lambda: apart(3, 3, 3, 3, shared=True),
    "towers and another": lambda: apart(3, 3, 5, 3),
    "two towers": lambda: apart(3, 3),
    "two kinds of towers": lambda: apart(3, 5, 3, 5, 3, 5),
    "heads": lambda: heads(11, 11, 11, 11, 11),
    "deep heads": lambda: heads(11, 11, 11, deep=True),
    "heads and others": lambda: heads(11, 11, 11, 5),
    "heads at two places": lambda: heads(11, 11, 11, kernels=(3, 3, 3)),
}


@pytest.mark.parametrize("name", MODELS)
def test_picture_is_true(name):
    scene_reader.check(MODELS[name]())


@pytest.mark.parametrize("name", MODELS)
def test_fold_unfolds_to_the_model(name):
    unfolded.check(fold(MODELS[name]()))


def drawn(model):
    parts = parse(outline(model))
    return [bare(series) for series in (parts.lane, *parts.aux)]


def test_equal_towers_are_drawn_once():
    (lane,) = drawn(apart(3, 3, 3))
    assert lane == "( [input → conv 3×3 → conv 3×3 → global avg-pool]×3 )"
    assert "3 towers" in outline(apart(3, 3, 3))
    assert len(drawn(apart(3, 3, 3, 3, shared=True))) == 1


def test_only_equal_towers_are_drawn_once():
    assert len(drawn(apart(3, 3))) == 2
    assert len(drawn(apart(3, 5, 7))) == 3
    assert len(drawn(apart(3, 3, 5, 3))) == 2
    assert len(drawn(apart(3, 5, 3, 5, 3, 5))) == 2


def test_equal_heads_are_drawn_once():
    (lane,) = drawn(heads(11, 11, 11, 11, 11))
    assert lane == "input → conv 3×3 → global avg-pool → ( [dense 11]×5 )"


def test_heads_of_other_widths_are_drawn_apart():
    assert len(drawn(heads(11, 7, 5))) == 3
    assert len(drawn(heads(11, 11))) == 2
    assert len(drawn(heads(11, 11, 11, 5))) == 2


def test_towers_that_are_drawn_apart_begin_at_one_line():
    scene = plot_model(apart(3, 3)).scene
    dark = [
        shape for shape in scene.shapes if isinstance(shape, Rectangle) and shape.tooltip.startswith("input")
    ]
    assert len(dark) == 2 and len({(shape.x, shape.width) for shape in dark}) == 1
