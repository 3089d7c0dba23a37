"""Every network trains, saves, and says what is wrong with its arguments."""

import keras
import numpy as np
import pytest
from support.sizes import SMALL, each, rows, weightless_model

import keras_cnns
from keras_cnns import architectures
from keras_cnns.catalog.facts import NETWORKS, find_network

ROWS = pytest.mark.parametrize("row", rows(NETWORKS))
FLATTENING = {"lenet_5", "lenet_caffe", "alexnet", "alexnet_owt", "vgg11", "vgg13", "vgg16", "vgg19"}
FLATTENING |= {"inception_net", "zfnet"}


def small(row, n_classes=4, opt="sgd"):
    size = SMALL[row.name]
    return row.factory((size, size, 3), n_classes, opt)


def images(model, count=4):
    return np.random.default_rng(0).random((count, *model.input_shape[1:]), dtype="float32")


def as_arrays(outputs):
    return [keras.ops.convert_to_numpy(output) for output in keras.tree.flatten(outputs)]


@pytest.mark.parametrize("name", each([row.name for row in NETWORKS], heavy=True))
def test_survives_saving_and_trains(name, tmp_path):
    """The loaded model gives the same outputs, and one step changes every trainable variable."""
    model = small(find_network(name), opt=keras.optimizers.SGD(0.1))
    x, y = images(model), np.eye(4)
    path = tmp_path / "model.keras"
    model.save(path)
    loaded = keras.saving.load_model(path)
    assert loaded.compiled
    for expected, output in zip(as_arrays(model(x[:1])), as_arrays(loaded(x[:1])), strict=True):
        assert np.array_equal(expected, output)

    for variable in model.trainable_variables:
        if (
            0 < np.abs(keras.ops.convert_to_numpy(variable)).max() < 1e-3
        ):  # what learns behind it moves too little
            variable.assign(keras.ops.ones_like(variable))
    # To compile the step takes longer than to go through it once; what `fast` computes is tested elsewhere.
    keras_cnns.fast(model).run_eagerly = True
    before = as_arrays(model.trainable_variables)
    loss = model.train_on_batch(x, [y] * len(model.outputs) if len(model.outputs) > 1 else y)
    assert np.all(np.isfinite(loss))
    after = as_arrays(model.trainable_variables)
    unchanged = [
        v.path for v, old, new in zip(model.trainable_variables, before, after) if np.all(old == new)
    ]
    assert not unchanged


def test_heads_are_trained_with_the_papers_weights():
    """Szegedy et al. 2014, Section 5, has 0.3 for the auxiliary losses; TF-Slim has 0.4 for v3 and v4."""
    for name, weights in (
        ("inception_v1", [1, 0.3, 0.3]),
        ("inception_v3", [1, 0.4]),
        ("inception_v4", [1, 0.4]),
    ):
        model = weightless_model(getattr(architectures, name), n_classes=2, aux=True)
        assert model.get_compile_config()["loss_weights"] == weights
        assert model.output_names[0] == "predictions"


@pytest.mark.parametrize("row", rows(row for row in NETWORKS if row.name not in FLATTENING))
def test_any_size_where_the_map_is_averaged(row):
    model = weightless_model(row.factory, (None, None, 3), 2)
    assert model.input_shape == (None, None, None, 3)
    assert model.output_shape == (None, 2)


@pytest.mark.parametrize("name", ["resnet18", "nin_cifar", "inception_v1"])
def test_any_size_runs(name):
    model = getattr(architectures, name)((None, None, 3), 2)
    for height, width in ((32, 48), (45, 33)):
        output = keras.ops.convert_to_numpy(model(np.ones((1, height, width, 3), "float32")))
        assert output.shape == (1, 2)
        assert np.isclose(output.sum(), 1)


@pytest.mark.parametrize("name", ["inception_v1", "inception_v3", "inception_v4"])
def test_auxiliary_classifiers_need_a_known_size(name):
    """Their windows or dense layers are as large as the map; of a free size, small images failed."""
    with pytest.raises(ValueError, match="in_shape must be .* three positive ints"):
        getattr(architectures, name)((None, None, 3), 2, aux=True)


@ROWS
def test_any_number_of_channels(row):
    size = SMALL[row.name]
    assert weightless_model(row.factory, (size, size, 5), 2).input_shape[-1] == 5


@ROWS
def test_bad_in_shape(row):
    bad = [
        (224, 224),
        (224, 224, 3, 1),
        (224, 224, None),
        (224, 224, 0),
        (-224, 224, 3),
        (224.0, 224, 3),
        224,
        "224",
    ]
    for in_shape in bad:
        with pytest.raises(ValueError, match=r"in_shape must be \(height, width, channels\).*got"):
            row.factory(in_shape)


@pytest.mark.parametrize("name", sorted(FLATTENING))
def test_unknown_size_where_the_map_is_flattened(name):
    with pytest.raises(ValueError, match="in_shape must be .* three positive ints"):
        getattr(architectures, name)((None, None, 3))


@ROWS
def test_bad_n_classes(row):
    words = (
        "n_classes must be an int, at least 2; got .* softmax of one class is always 1; .* give n_classes=2"
    )
    for n_classes in (0, -1, 1, 2.0, "ten", None, True):
        with pytest.raises(ValueError, match=words):
            row.factory(n_classes=n_classes)


@pytest.mark.parametrize("groups", [0, 3, "2"])
def test_bad_groups(groups):
    with pytest.raises(ValueError, match="groups must be 2, .* or 1, .*; got"):
        architectures.alexnet(groups=groups)


def test_channels_first_is_refused():
    """A shape would be read as (channels, height, width) without a word."""
    keras.config.set_image_data_format("channels_first")
    try:
        with pytest.raises(ValueError, match='image_data_format.* must be "channels_last"'):
            architectures.resnet18()
    finally:
        keras.config.set_image_data_format("channels_last")


@pytest.mark.parametrize(
    "opt",
    [(10**6, 10**6, 3), "nothing", 3, keras.losses.MeanSquaredError()],
    ids=["shape", "word", "number", "loss"],
)
def test_what_is_no_optimizer_is_refused_before_the_network_is_built(opt, monkeypatch):
    monkeypatch.setattr(architectures.inception_v4.__globals__["layers"], "Conv2D", None)
    with pytest.raises(ValueError, match="opt must be a Keras optimizer or the name of one"):
        keras_cnns.create("inception_v4", opt=opt)
