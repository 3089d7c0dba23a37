"""What Keras 3 saved, for a model with other classes or channels, or with its layers in a nested model."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers

import keras_cnns
from keras_cnns import architectures, load_weights


def network(n_classes=5, in_shape=(32, 32, 3), **more):
    return architectures.resnet18(in_shape, n_classes, **more)


def answers(model, x):
    return keras.ops.convert_to_numpy(model(x, training=False))


def images(channels=3, n=2):
    return np.random.default_rng(0).random((n, 32, 32, channels), dtype="float32")


def saved(model, folder, name):
    (model.save if name.endswith(".keras") else model.save_weights)(folder / name)
    return folder / name


def moved(model, seed=3):
    """Other values than initial ones, and statistics that do something."""
    draw = np.random.default_rng(seed)
    for weight in model.weights:
        value = keras.ops.convert_to_numpy(weight)
        weight.assign(value * draw.uniform(0.8, 1.2, value.shape) + draw.uniform(0, 0.01, value.shape))
    return model


NAMES = ["mine.keras", "mine.weights.h5"]


@pytest.mark.parametrize("name", NAMES)
def test_another_number_of_classes(tmp_path, name):
    """As of published files: all is loaded but the classifier."""
    trained, model = moved(network(5)), network(7)
    before = model.get_layer("predictions").get_weights()
    with pytest.warns(UserWarning, match="has no weights for predictions of this resnet18"):
        loaded = load_weights(model, saved(trained, tmp_path, name))
    assert loaded.new == ("predictions",) and len(loaded.left_out) == 2
    assert all(map(np.array_equal, before, model.get_layer("predictions").get_weights()))
    parts = (keras_cnns.backbone(one) for one in (trained, model))
    assert np.array_equal(*(answers(part, images()) for part in parts))
    with pytest.warns(UserWarning, match="predictions"):
        keras_cnns.create("resnet18", (32, 32, 3), 7, weights=tmp_path / name)


def test_another_number_of_classes_where_the_classifier_is_a_convolution(tmp_path):
    trained, model = (architectures.squeezenet_1_1((31, 31, 3), classes) for classes in (5, 7))
    with pytest.warns(UserWarning, match="has no weights for conv10 of this squeezenet_1_1"):
        loaded = load_weights(model, saved(moved(trained), tmp_path, "mine.weights.h5"))
    assert loaded.new == ("conv10",) and len(loaded.left_out) == 2
    for one, other in zip(trained.weights[:-2], model.weights[:-2], strict=True):
        assert np.array_equal(*map(keras.ops.convert_to_numpy, (one, other)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("channels", [1, 2, 4])
def test_another_number_of_channels(tmp_path, name, channels):
    trained = moved(network(5))
    file = saved(trained, tmp_path, name)
    with pytest.warns(
        UserWarning, match=f"images of 3 channels, and this resnet18 reads {channels}: the kernel"
    ):
        model = keras_cnns.create("resnet18", (32, 32, channels), 5, weights=file)
    grey = images(1)
    if channels == 1:  # a grey image gives what it gives as red, green and blue
        wanted = answers(trained, np.repeat(grey, 3, axis=-1))
        np.testing.assert_allclose(answers(model, grey), wanted, rtol=0, atol=1e-6)
    kernel, found = (one.weights[0] for one in (trained, model))
    kernel, found = keras.ops.convert_to_numpy(kernel), keras.ops.convert_to_numpy(found)
    for i in range(channels if channels > 1 else 0):
        np.testing.assert_allclose(found[:, :, i], kernel[:, :, i % 3] * 3 / channels, rtol=1e-6)


def transfer(base, n_classes=5):
    """As guides write it: preparation, a base, and a head."""
    x = inputs = keras.Input((32, 32, 3))
    x = base(layers.Rescaling(1 / 127.5, -1)(x), training=False)
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, layers.Dense(n_classes, activation="softmax", name="mine")(x))


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("renamed", [False, True], ids=["", "other names"])
def test_a_nested_base_into_the_plain_network_and_back(tmp_path, name, renamed):
    base = keras_cnns.backbone(network())
    if renamed:  # as in files of versions, or of processes, whose layers have other names
        base = keras.models.clone_model(base, clone_function=with_other_name)
    tuned, plain = moved(transfer(base)), network()
    load_weights(plain, saved(tuned, tmp_path, name))
    x = images()
    np.testing.assert_allclose(answers(plain, x / 127.5 - 1), answers(tuned, x), rtol=0, atol=1e-6)
    again = transfer(keras_cnns.backbone(network()))
    load_weights(again, saved(plain, tmp_path, "plain" + name))
    np.testing.assert_allclose(answers(again, x), answers(tuned, x), rtol=0, atol=1e-6)


def with_other_name(layer):
    if not isinstance(layer, keras.Layer):
        return layer
    return type(layer).from_config({**layer.get_config(), "name": f"other_{layer.name}"})


def test_a_file_that_fits_in_several_ways_is_refused(tmp_path):
    """Two dense layers of one shape inside, and one outside: the file does not say which comes first."""
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4, name="a"), layers.Dense(4, name="b")])
    nested = keras.Sequential([keras.Input((4,)), inner, layers.Dense(4, name="c")])
    flat = keras.Sequential([keras.Input((4,)), *[layers.Dense(4, name=f"x{i}") for i in range(3)]])
    before = flat.get_weights()
    file = saved(nested, tmp_path, "x.weights.h5")
    with pytest.raises(ValueError, match="does not fit in one way only: .*'a', 'b'.* fit in several"):
        load_weights(flat, file)
    assert all(map(np.array_equal, before, flat.get_weights()))


def small(filters, hidden=6, n_classes=2, channels=3):
    x = inputs = keras.Input((8, 8, channels))
    x = layers.Conv2D(filters, 3, name="first")(x)
    x = layers.Conv2D(4, 3, strides=2, name="second")(layers.ReLU()(x))
    x = layers.Dense(hidden, activation="relu", name="hidden")(layers.Flatten()(x))
    return keras.Model(inputs, layers.Dense(n_classes, name="end")(x), name="small")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("file", "message"),
    [
        (small(4, hidden=7), "layer 'hidden' has weights of the shapes|has units=7, not 6"),
        (small(5), "layer 'first' has weights of the shapes|has filters=5, not 4"),
        (small(4, channels=4), r"layer 'first' has weights of the shapes .*\(3, 3, 3, 4\).*\(3, 3, 4, 4\)"),
    ],
)
def test_what_is_no_classifier_must_fit(tmp_path, name, file, message):
    model = small(4)
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        load_weights(model, saved(file, tmp_path, name))
    assert all(map(np.array_equal, before, model.get_weights()))


@pytest.mark.peers  # it takes as long as two more processes
def test_a_process_without_the_package_opens_alexnet_as_the_page_says(tmp_path):
    """It must know the layer that Keras does not have."""
    file = saved(keras_cnns.create("alexnet", (67, 67, 3), 2), tmp_path, "x.keras")
    load = f"import keras; keras.saving.load_model({str(file)!r})"
    refused = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True)
    assert "Could not locate class 'LocalResponseNormalization'" in refused.stderr
    subprocess.run([sys.executable, "-c", f"import keras_cnns.architectures; {load}"], check=True)
