"""Weight decay of a model that is built: what `losses` counts, and what stays as it was."""

import keras
import numpy as np
import pytest
from keras import layers

import keras_cnns
from keras_cnns import architectures


def values(weights):
    return [keras.ops.convert_to_numpy(weight) for weight in weights]


def total(model):
    return sum(float(loss) for loss in model.losses)


def squares(model, factor, *names):
    """The penalty by hand, of the weights that learn and have one of these names."""
    kept = [weight for weight in model.trainable_weights if weight.name in names]
    return factor * sum(float((value.astype("float64") ** 2).sum()) for value in values(kept))


def mixed():
    """Each kind of kernel, in a wrapper, too, and a layer with a regularizer of its own."""
    x = inputs = keras.Input((9, 9, 3))
    x = layers.Conv2D(4, 3, activation="relu", kernel_regularizer="l1", name="conv")(x)
    x = layers.SeparableConv2D(4, 3, name="separable")(layers.BatchNormalization()(x))
    x = layers.DepthwiseConv2D(3, name="depthwise", activity_regularizer="l1")(x)
    x = layers.SpectralNormalization(layers.Conv2D(4, 1, name="inner"))(x)
    x = layers.PReLU(shared_axes=[1, 2])(keras.ops.relu(x) + 1.0)
    x = layers.Dense(2, activation="softmax", name="answer")(layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, x, name="mixed")


KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel", "alpha")


def images(model, n=4):
    return np.random.default_rng(0).random((n, *model.input_shape[1:]), dtype="float32")


def test_the_built_layer_s_attribute_does_nothing_and_regularize_does():
    """What code for transfer learning writes, and what it got."""
    model = architectures.resnet18((32, 32, 3), 5)
    for layer in model.layers:
        if hasattr(layer, "kernel_regularizer"):
            layer.kernel_regularizer = keras.regularizers.L2(1e-4)
    assert model.losses == []
    decayed = keras_cnns.regularize(architectures.resnet18((32, 32, 3), 5))
    assert len(decayed.losses) == 21
    assert total(decayed) == pytest.approx(squares(decayed, 1e-4, "kernel"), rel=1e-5)


@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({}, KERNELS),
        ({"bias": True}, (*KERNELS, "bias")),
        ({"normalization": True}, (*KERNELS, "gamma", "beta")),
    ],
)
def test_every_kind_of_kernel_once(more, names):
    model = mixed()
    decayed = keras_cnns.regularize(model, 0.01, **more)
    x = images(model)
    assert np.array_equal(*(keras.ops.convert_to_numpy(one(x)) for one in (model, decayed)))
    activity = float(keras.ops.sum(keras.ops.abs(keras_cnns.features(model, "depthwise")(x)))) * 0.01
    assert total(decayed) - activity / len(x) == pytest.approx(squares(decayed, 0.01, *names), rel=1e-4)
    assert keras_cnns.regularize(decayed, 0, **more).losses == []


def test_models_inside_are_reached_and_shared_ones_count_once():
    base = keras_cnns.backbone(architectures.resnet18((32, 32, 3), 5), "avg")
    left, right = keras.Input((32, 32, 3), name="left"), keras.Input((32, 32, 3), name="right")
    x = layers.Dense(2, name="answer")(layers.Subtract()([base(left), base(right)]))
    model = keras.Model([left, right], x)
    decayed = keras_cnns.regularize(model, 1e-3)
    assert len(decayed.losses) == 21 and decayed.layers[2] is not base
    assert total(decayed) == pytest.approx(squares(model, 1e-3, "kernel"), rel=1e-5)
    assert all(map(np.array_equal, values(model.weights), values(decayed.weights)))
    base.trainable = False
    assert len(keras_cnns.regularize(model).losses) == 1
    chain = keras.Sequential([keras.Input((32, 32, 3)), base, layers.Dense(2)])
    assert isinstance(keras_cnns.regularize(chain), keras.Sequential)


def own_loss(wanted, found):
    return keras.losses.categorical_crossentropy(wanted, found) * 2


def test_training_goes_on_where_it_was_and_the_file_keeps_it(tmp_path):
    model = keras_cnns.create("lenet_caffe", n_classes=3)
    model.compile(keras.optimizers.Adam(1e-3), own_loss, metrics=["accuracy"])
    x, y = images(model), np.eye(3)[[0, 1, 2, 0]]
    model.fit(x, y, verbose=0)
    decayed = keras_cnns.regularize(model, 1e-3)
    assert all(map(np.array_equal, values(model.optimizer.variables), values(decayed.optimizer.variables)))
    plain, penalized = model.evaluate(x, y, verbose=0)[0], decayed.evaluate(x, y, verbose=0)[0]
    assert penalized - plain == pytest.approx(squares(model, 1e-3, "kernel"), rel=1e-4)
    decayed.save(tmp_path / "x.keras")
    again = keras.saving.load_model(tmp_path / "x.keras", custom_objects={"own_loss": own_loss})
    assert total(again) == pytest.approx(total(decayed))
    decayed.fit(x, y, verbose=0)
    assert int(decayed.optimizer.iterations) == 2 and int(model.optimizer.iterations) == 1


class Own(layers.Layer):
    def build(self, shape):
        self.matrix = self.add_weight(shape=(shape[-1], shape[-1]), name="matrix")

    def call(self, x):
        return x @ self.matrix


class NotMadeAgain(Own):
    def __init__(self, wanted):
        super().__init__()

    def get_config(self):
        return {}


def test_a_layer_without_a_setting_is_penalized_and_said():
    """Own layers, and the one of LeNet-5 whose maps read some of the maps before."""
    with pytest.warns(UserWarning, match="'mine', a Own, .*on matrix: .*a saved model will not"):
        decayed = keras_cnns.regularize(keras.Sequential([keras.Input((4,)), Own(name="mine")]), 0.1)
    assert total(decayed) == pytest.approx(squares(decayed, 0.1, "matrix"))
    with pytest.warns(UserWarning, match="TableConv2D"):
        decayed = keras_cnns.regularize(architectures.lenet_5())
    assert len(decayed.losses) == sum(len(weight.shape) > 1 for weight in decayed.weights)


def test_a_layer_that_its_settings_do_not_make_again_is_named():
    with pytest.raises(ValueError, match="'not_made_again', a NotMadeAgain, does not: .*wanted"):
        keras_cnns.regularize(keras.Sequential([keras.Input((4,)), NotMadeAgain(3)]))


@pytest.mark.parametrize("l2", [-1e-4, float("nan"), float("inf"), 10**400, "l2", True, None])
def test_what_is_no_factor(l2):
    with pytest.raises(ValueError, match="l2 must be a number of at least 0, such as 1e-4; got "):
        keras_cnns.regularize(architectures.lenet_5(), l2)
