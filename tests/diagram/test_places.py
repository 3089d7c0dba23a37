"""Words that say what a box reads name one place, as an eye finds it in the finished picture."""

from dataclasses import replace

import keras
import pytest
from keras import layers
from support.random_graphs import random_model
from support.scene_reader import check, differences

from keras_cnns.diagram.draw.scene import Circle, Text
from keras_cnns.visualize import plot_model
from keras_cnns.weightless import build_weightless


def of_calls():
    """A layer that is called twice; no line leads to what reads each of the calls."""
    x, layer = keras.Input((8,)), layers.Dense(8, name="twice")
    first = layer(x)
    second = layer(layers.Dense(8, activation="tanh")(first))
    lane = layers.Dense(3)(layers.Multiply()([second, layers.Dense(8)(second)]))
    sides = [layers.Subtract()([each, layers.ReLU()(first)]) for each in (second, x)]
    return keras.Model(x, [layers.Dense(2)(lane), *sides])


def of_calls_of_a_model():
    """Unlike outputs of two calls of a model come to one box."""
    a, x = keras.Input((8,)), keras.Input((8,))
    h = layers.Dense(8)(a)
    inner = keras.Model(a, [h, layers.Dense(8, activation="tanh")(h)], name="two")
    first = inner(x)
    second = inner(layers.Dense(8)(first[0]))
    lane = layers.Dense(8)(layers.Multiply()(second))
    return keras.Model(x, [layers.Dense(2)(lane), layers.Subtract()([first[0], second[1]])])


def of_states():
    """One state of one layer and another of another come to one box."""
    x = keras.Input((5, 8))
    _, hidden, cell = layers.LSTM(8, return_state=True)(x)
    _, _, other = layers.LSTM(8, return_state=True)(layers.RepeatVector(3)(cell))
    return keras.Model(x, layers.Subtract()([hidden, other]))


def of_long_names():
    """Names that begin with the same many letters."""
    x = y = keras.Input((8,))
    made = []
    for i, activation in enumerate((None, "relu", "tanh")):
        name = f"block_of_the_encoder_with_a_very_long_name_indeed_{i}"
        y = layers.Dense(8, activation=activation, name=name)(y)
        made.append(y)
    one, two, three = made
    lane = layers.Dense(8)(layers.Multiply()([three, layers.Dense(8)(three)]))
    sides = [layers.Subtract()([a, layers.ReLU()(b)]) for a, b in ((one, two), (two, one))]
    return keras.Model(x, [layers.Dense(2)(lane), *sides])


def after_one_of_several_outputs():
    """What follows the first output of a layer with several is its badge."""
    x = keras.Input((6, 4))
    y, _ = layers.MultiHeadAttention(1, 4)(x, x, return_attention_scores=True)
    return keras.Model(x, layers.Dense(2)(layers.BatchNormalization()(y)))


def after_a_model():
    """What follows a model is its badge."""
    a = keras.Input((8,))
    h = layers.Dense(8)(a)
    x = keras.Input((8,))
    y = keras.Model(a, layers.Add()([h, layers.Dense(8)(h)]), name="inner")(x)
    return keras.Model(x, layers.Dense(2)(layers.ReLU()(layers.LayerNormalization()(y))))


BUILDERS = [
    of_calls,
    of_calls_of_a_model,
    of_states,
    of_long_names,
    after_one_of_several_outputs,
    after_a_model,
]


@pytest.mark.parametrize("build", BUILDERS)
def test_the_picture_is_true(build):
    check(build_weightless(build))


# Calls of layers, outputs of one name, names in two lines, captions beside boxes, wide names of panels.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("seed", "rankdir"),
    [
        (377, "LR"),
        (426, "RL"),
        (567, "LR"),
        (992, "BT"),
        (449, "LR"),
        (826, "LR"),
        (1174, "TB"),
        (1296, "TB"),
    ],
)
def test_random_networks_in_which_words_say_much(seed, rankdir):
    model = random_model(seed, 12)
    assert differences(model, plot_model(model, rankdir=rankdir).scene, rankdir) == []


def changed(scene, shape, *others):
    return replace(
        scene, shapes=tuple(one for old in scene.shapes for one in (others if old is shape else [old]))
    )


@pytest.mark.parametrize(
    ("build", "said", "others"),
    [
        (of_calls, "call 1", ["call 2", "call 3"]),
        (of_calls, "call 2", ["call 1"]),
        (of_calls, "from call 1 of twice", ["from call 2 of twice", "from twice"]),
        (of_calls, "shared", ["not used"]),
        (of_states, "reads state h of lstm", ["reads state c of lstm", "reads state h of lstm_1"]),
    ],
)
def test_other_words_are_seen(build, said, others):
    model = build_weightless(build)
    scene = plot_model(model).scene
    texts = [shape for shape in scene.shapes if isinstance(shape, Text) and shape.string == said]
    assert texts
    for text in texts:
        for words in others:
            assert differences(model, changed(scene, text, replace(text, string=words))), words


@pytest.mark.parametrize("build", [after_one_of_several_outputs, after_a_model])
def test_a_badge_of_a_module_that_is_left_out_is_missed(build):
    model = build_weightless(build)
    scene = plot_model(model).scene
    badges = [shape for shape in scene.shapes if isinstance(shape, Circle) and shape.tooltip]
    assert badges
    for badge in badges:
        assert differences(model, changed(scene, badge)), badge


def test_what_is_read_before_dropout_is_not_called_dropout():
    x = keras.Input((8,))
    y = layers.Dropout(0.1, name="dropped")(x)
    model = keras.Model(x, [layers.Dense(8)(layers.Dense(8)(y)), layers.Dense(2)(x)])
    assert "from dropped" not in plot_model(model).outline()


def test_no_words_of_ours_are_cut():
    x = keras.Input((6, 4))
    backward = layers.GRU(4, go_backwards=True)
    both = layers.Bidirectional(layers.SimpleRNN(4), backward_layer=backward, merge_mode=None)
    scene = plot_model(keras.Model(x, both(x))).scene
    said = [shape.string for shape in scene.shapes if isinstance(shape, Text)]
    assert "backwards by GRU" in " ".join(said)
    assert not any("…" in text for text in said)
