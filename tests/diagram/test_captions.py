"""What is written under boxes is what the tensors, weights and wires are."""

import pytest
from keras import Input, Model, Sequential, layers, ops

from keras_cnns.diagram.draw.scene import Text
from keras_cnns.visualize import outline, plot_model


def texts(model, **options):
    return [shape.string for shape in plot_model(model, **options).scene.shapes if isinstance(shape, Text)]


def test_types_are_those_of_the_tensors():
    words = Input((5,), dtype="int32")
    said = texts(Model(words, layers.Embedding(9, 4)(words)), show_dtype=True)
    assert said.count("int32") == 1 and said.count("float32") == 1


def test_mixed_precision():
    x = Input((4,))
    half = layers.Dense(3, dtype="mixed_float16")(x)
    said = texts(Model(x, layers.Dense(2, dtype="float32")(half)), show_dtype=True)
    assert said.count("float16") == 1 and said.count("float32") == 2


def head(frozen):
    model = Sequential([Input((4,)), layers.Dense(3), layers.Dense(2)], name="head")
    model.trainable = frozen != "all"
    model.layers[0].trainable = not frozen
    return model


@pytest.mark.parametrize("frozen, words", [("", "trainable"), ("all", "frozen"), ("first", "partly frozen")])
@pytest.mark.parametrize("wrap", [lambda layer: layer, layers.TimeDistributed])
def test_training_is_that_of_the_weights(frozen, words, wrap):
    x = Input((4,) if wrap is not layers.TimeDistributed else (6, 4))
    y = wrap(head(frozen))(x)
    shown = texts(Model(x, layers.ReLU()(y)), show_trainable=True, legend=False)
    assert shown.count(words) >= 1
    weights = Model(x, y).weights
    states = {weight.trainable for weight in weights}
    assert words == {(True,): "trainable", (False,): "frozen"}.get((*states,), "partly frozen")


def test_statistics_of_a_normalization_are_not_frozen_weights():
    x = Input((4, 4, 3))
    model = Model(x, layers.BatchNormalization()(layers.Conv2D(2, 1)(x)))
    assert "partly frozen" not in texts(model, show_trainable=True)


def test_what_has_no_weights_says_nothing():
    x = Input((4, 4, 3))
    said = texts(Model(x, layers.Normalization(mean=0.0, variance=1.0)(x)), show_trainable=True)
    assert not {"trainable", "frozen"} & {*said}


def test_a_box_says_which_outputs_it_reads_of_layers_that_have_several():
    x = Input((8, 8, 6))
    y = layers.Conv2D(2, 1)(x)
    first, second, third = ops.split(layers.Conv2D(6, 1)(x), 3, axis=-1)
    text = outline(Model(x, layers.Concatenate()([layers.Add()([y, second]), third, first])))
    assert "reads part 2 of 3" in text
    assert "output 1" not in text, "a convolution has only one"
