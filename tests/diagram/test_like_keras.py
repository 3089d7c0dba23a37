"""What people do with Keras' own `plot_model` works with ours: its options, alone and together, on each
kind of model that Keras' own tests draw."""

import keras
import pytest
from keras import Input, Model, Sequential, layers, ops

from keras_cnns import plot_model
from keras_cnns.graph import read
from keras_cnns.weightless import build_weightless

FLAGS = ["show_shapes", "show_dtype", "show_layer_names", "show_layer_activations", "show_trainable"]
OPTIONS = [dict.fromkeys(FLAGS[:n], True) for n in range(len(FLAGS) + 1)]
OPTIONS += [
    {**OPTIONS[-1], "rankdir": "LR"},
    {"show_layer_activations": True, "show_trainable": True},
    {"show_shapes": True, "show_layer_activations": True, "show_trainable": True},
]


def sequential():
    return Sequential(
        [Input((3,)), layers.Dense(4, activation="relu"), layers.Dense(1, activation="sigmoid")]
    )


def tower(x, *units):
    for n in units:
        x = layers.Dense(n, activation="relu")(x)
    return x


def functional(inner=None):
    x = Input((3,))
    y = layers.Dense(3, activation="relu", trainable=False)(x)
    y = (inner(y) if inner else tower(y, 4, 4, 3)) + y
    y = tower(y, 4, 4, 3) + y
    return Model(x, layers.Dense(1, activation="sigmoid")(layers.Dropout(0.5)(y)))


def nested():
    x = Input((3,))
    return functional(Model(x, tower(x, 4, 4, 3), name="inner"))


class TwoLayers(Model):
    def __init__(self, **options):
        super().__init__(**options)
        self.hidden = layers.Dense(3, activation="relu")
        self.out = layers.Dense(1, activation="sigmoid")

    def call(self, x):
        return self.out(self.hidden(x))


def subclassed():
    model = TwoLayers()
    model.build((None, 3))
    return model


def splits_and_joins():
    class Halves(layers.Layer):
        def call(self, x):
            return list(ops.split(x, 2, axis=1))

    class Whole(layers.Layer):
        def call(self, both):
            return ops.concatenate(both, axis=1)

    x = Input((2,))
    a, b = Halves()(x)
    return Model(x, Whole()([layers.Dense(2)(a), layers.Dense(2)(b)]))


LANES = {
    sequential: "input → dense 4 ·R → dense 1 ·Si",
    subclassed: "input → dense 3 ·R → dense 1 ·Si",
}


@pytest.mark.filterwarnings("ignore:.build")
@pytest.mark.parametrize("build", [sequential, functional, subclassed, nested, splits_and_joins])
def test_the_options_of_keras_work_on_each_kind_of_model(build, tmp_path):
    model = build_weightless(build)
    expand = {"expand_nested": True} if build in (nested, splits_and_joins) else {}
    for options in OPTIONS:
        picture = plot_model(model, tmp_path / "picture.svg", **options, **expand)
        assert (tmp_path / "picture.svg").read_text(encoding="utf-8").startswith(("<svg", "<?xml"))
    lane = picture.outline().splitlines()[1]
    assert lane.removeprefix("lane: ") == LANES.get(build, lane.removeprefix("lane: "))
    boxes = [box for box in picture.folded.boxes() if box.kind != "module"]
    drawn = sum(len(one.vertices) for box in boxes for one in box.instances)
    assert drawn == len(read(model, **expand).vertices)


@pytest.mark.filterwarnings("ignore:.build")
def test_a_subclassed_model_has_its_layers_where_keras_has_one_box():
    model = build_weightless(subclassed)
    layer_names = [layer.name for layer in model.layers]
    picture = plot_model(model, show_layer_names=True, show_params=True)
    for name in layer_names:
        assert name in picture.svg()
    assert not isinstance(keras.utils.model_to_dot(model), type(None))
