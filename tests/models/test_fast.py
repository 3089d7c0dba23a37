"""Grouped convolutions that are made fast compute what stock Keras computes, forward and backward."""

import os
import platform
import sys

import keras
import numpy as np
import pytest
from keras import layers

import keras_cnns
from keras_cnns import backends, grouped_convolution

tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow" or grouped_convolution._has_accelerator(),
    reason="only TensorFlow's CPU computes grouped convolutions slowly",
)

LAYERS = {
    "plain": lambda: layers.Conv2D(8, 3, padding="same", groups=4, use_bias=False),
    "bias, ReLU": lambda: layers.Conv2D(8, 3, groups=2, bias_initializer="ones", activation="relu"),
    "strides": lambda: layers.Conv2D(12, 3, strides=2, padding="same", groups=4),
    "dilation": lambda: layers.Conv2D(8, 3, padding="same", dilation_rate=2, groups=4),
    "window of one": lambda: layers.Conv2D(16, 1, groups=8),
    "a group for each map": lambda: layers.Conv2D(16, (3, 5), groups=8),
    "unlike sides": lambda: layers.Conv2D(8, (1, 7), strides=(1, 2), groups=2),
    "double precision": lambda: layers.Conv2D(8, 3, groups=2, dtype="float64"),
    "volume": lambda: layers.Conv3D(8, (2, 3, 3), groups=2),
}
WAYS = pytest.mark.parametrize("direct", [True, False], ids=["as the probe finds", "one by one"])


@pytest.fixture
def probe(monkeypatch):
    """Let the probe find that the direct form does not work, if `direct` is false."""

    def set_to(direct):
        if not direct:
            monkeypatch.setattr(grouped_convolution, "_agree", lambda setting: False)

    return set_to


def outputs_and_gradients(model, x):
    @tf.function(jit_compile=False)
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = model(x, training=True)
            loss = tf.reduce_sum(tf.square(y))
        return y, *tape.gradient(loss, [x, *model.trainable_variables])

    return [found.numpy() for found in step(x)]


def assert_equal(found, wanted):
    for one, other in zip(found, wanted, strict=True):
        assert np.abs(other).max() > 0
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5 * np.abs(other).max())


@WAYS
@pytest.mark.parametrize("kind", LAYERS)
def test_outputs_and_gradients_are_those_of_keras(kind, direct, probe):
    layer = LAYERS[kind]()
    sides = (5, 9, 8) if kind == "volume" else (9, 8)
    model = keras.Sequential([keras.Input((*sides, 8)), layer])
    x = tf.constant(np.random.default_rng(0).normal(size=(2, *sides, 8)), layer.compute_dtype)
    wanted = outputs_and_gradients(model, x)
    probe(direct)
    assert keras_cnns.fast(model) is model
    assert "convolution_op" in vars(layer)
    assert_equal(outputs_and_gradients(model, x), wanted)


def small_resnext(groups=4):
    """Two blocks, with a normalization and a ReLU after each convolution, one model inside another."""

    def block(x):
        y = layers.Conv2D(8, 3, padding="same", groups=groups, use_bias=False)(x)
        return layers.ReLU()(layers.Add()([layers.BatchNormalization()(y), x]))

    inner_input = keras.Input((6, 6, 8))
    inner = keras.Model(inner_input, block(inner_input))
    inputs = keras.Input((6, 6, 8))
    x = layers.GlobalAveragePooling2D()(block(inner(inputs)))
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(x))
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "categorical_crossentropy")
    return model


@pytest.fixture(scope="module")
def training():
    """What two steps with stock Keras make of the weights, and what the network then says."""
    keras.utils.set_random_seed(1)
    draw = np.random.default_rng(1)
    x, y = draw.normal(size=(8, 6, 6, 8)).astype("float32"), np.eye(3)[draw.integers(0, 3, 8)]
    model = small_resnext()
    start = model.get_weights()
    model.fit(x, y, batch_size=4, shuffle=False, verbose=0)
    return x, y, start, model.get_weights(), model.predict(x, verbose=0)


@WAYS
def test_training_gives_the_weights_of_keras(training, direct, probe):
    x, y, start, end, answers = training
    assert max(np.abs(one - other).max() for one, other in zip(start, end)) > 0.01
    model = small_resnext()
    model.set_weights(start)
    probe(direct)
    keras_cnns.fast(model).fit(x, y, batch_size=4, shuffle=False, verbose=0)
    for one, other in zip(model.get_weights(), end, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)
    np.testing.assert_allclose(model.predict(x, verbose=0), answers, atol=1e-5)


def test_mixed_precision():
    model = keras.Sequential([keras.Input((9, 8, 8)), layers.Conv2D(8, 3, groups=4, dtype="mixed_float16")])
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 9, 8, 8)), "float32")
    wanted = outputs_and_gradients(model, x)
    keras_cnns.fast(model)
    for one, other in zip(outputs_and_gradients(model, x), wanted, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=0, atol=4e-3 * np.abs(other).max().astype("float32"))


def test_what_was_compiled_before_is_compiled_again(monkeypatch):
    """A step that Keras has compiled holds the slow form."""
    model = small_resnext()
    x, y = np.ones((4, 6, 6, 8), "float32"), np.eye(3)[[0, 1, 2, 0]]
    model.train_on_batch(x, y), model.predict_on_batch(x)
    called = []
    for way in ("_direct", "_one_by_one"):
        own = getattr(grouped_convolution, way)
        monkeypatch.setattr(
            grouped_convolution, way, lambda *given, own=own, **more: called.append(1) or own(*given, **more)
        )
    keras_cnns.fast(model)
    called.clear()
    model.train_on_batch(x, y)
    assert len(called) >= 2
    called.clear()
    model.predict_on_batch(x)
    assert len(called) >= 2


def test_files_stay_plain_keras(tmp_path):
    model = small_resnext()
    text = model.to_json()
    assert keras_cnns.fast(model).to_json() == text
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    grouped = [layer for layer in loaded._flatten_layers() if isinstance(layer, layers.Conv2D)]
    assert len(grouped) == 2 and not any("convolution_op" in vars(layer) for layer in grouped)
    x = np.random.default_rng(0).normal(size=(2, 6, 6, 8)).astype("float32")
    np.testing.assert_allclose(loaded(x), model(x), atol=1e-6)


class Own(layers.Conv2D):
    """A convolution of somebody's own, which may compute in its own way."""


@pytest.mark.parametrize(
    "layer",
    [
        lambda: layers.Conv2D(8, 3),
        lambda: layers.Conv2D(8, 3, groups=4, data_format="channels_first"),
        lambda: Own(8, 3, groups=4),
        lambda: layers.Conv2DTranspose(8, 3),
        lambda: layers.DepthwiseConv2D(3),
    ],
    ids=["one group", "channels first", "own class", "transposed", "depthwise"],
)
def test_other_layers_stay_as_they_are(layer):
    built = layer()
    model = keras.Sequential([keras.Input((8, 8, 8)), built])
    keras_cnns.fast(model)
    assert "convolution_op" not in vars(built)


@pytest.mark.parametrize("elsewhere", ["a GPU", "another backend"])
def test_no_effect_elsewhere(elsewhere, monkeypatch):
    if elsewhere == "a GPU":
        monkeypatch.setattr(grouped_convolution, "_has_accelerator", lambda: True)
    else:
        monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    model = small_resnext()
    keras_cnns.fast(model)
    assert not any("convolution_op" in vars(layer) for layer in model._flatten_layers())


def test_create_makes_it_fast():
    model = keras_cnns.create("alexnet", (67, 67, 3), 2)
    assert [layer.name for layer in model.layers if "convolution_op" in vars(layer)] == [
        "conv2",
        "conv4",
        "conv5",
    ]


@pytest.mark.parametrize("model", ["alexnet", None, layers.Conv2D(8, 3, groups=2)])
def test_it_wants_a_model(model):
    with pytest.raises(ValueError, match="model must be a Keras model; got"):
        keras_cnns.fast(model)


@pytest.mark.parametrize(
    ("machine", "before", "after"),
    [("x86_64", None, "1"), ("AMD64", None, "1"), ("x86_64", "0", "0"), ("arm64", None, None)],
)
def test_training_asks_for_onednn(machine, before, after, monkeypatch):
    """Where the processor is one that it is for, and nobody has chosen."""
    monkeypatch.delitem(sys.modules, "tensorflow")
    monkeypatch.setattr(platform, "machine", lambda: machine)
    if before:
        monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", before)
    else:
        monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    backends.ask_for_onednn()
    assert os.environ.pop("TF_ENABLE_ONEDNN_OPTS", None) == after
