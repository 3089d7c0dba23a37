"""Parts of models, ours and others, share weights and end where they should."""

import keras
import numpy as np
import pytest
from keras import layers
from support.sizes import weightless_model

import keras_cnns
from keras_cnns import architectures

BACKBONES = [
    ("lenet_5", (32, 32, 1), (1, 1, 120)),
    ("alexnet", (227, 227, 3), (6, 6, 256)),
    ("vgg16", (224, 224, 3), (7, 7, 512)),
    ("nin", (224, 224, 3), (6, 6, 1024)),
    ("inception_v3", (299, 299, 3), (8, 8, 2048)),
    ("inception_resnet_v2", (299, 299, 3), (8, 8, 1536)),
    ("xception", (299, 299, 3), (10, 10, 2048)),
    ("resnet50", (None, None, 3), (None, None, 2048)),
]


@pytest.mark.parametrize(("name", "in_shape", "shape"), BACKBONES)
def test_backbone_ends_at_the_last_map(name, in_shape, shape):
    model = weightless_model(getattr(architectures, name), in_shape, 5)
    assert keras_cnns.backbone(model).output_shape == (None, *shape)


@pytest.mark.parametrize("name", ["MobileNet", "DenseNet121", "EfficientNetB0"])
def test_backbone_is_what_keras_calls_no_top(name):
    build = getattr(keras.applications, name)
    whole, headless = build(weights=None), build(weights=None, include_top=False, input_shape=(224, 224, 3))
    cut = keras_cnns.backbone(whole)
    assert cut.output_shape == headless.output_shape
    assert cut.count_params() == headless.count_params()


def test_backbone_of_dense_layers_ends_before_the_last():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dropout(0.1), layers.Dense(2)])
    assert keras_cnns.backbone(model).output_shape == (None, 3)


def test_backbone_shares_weights():
    model = architectures.resnet18((32, 32, 3), 2)
    part = keras_cnns.backbone(model)
    x = np.ones((1, 32, 32, 3), "float32")
    before = part(x)
    kernel = next(v for v in model.trainable_variables if "kernel" in v.name)
    kernel.assign(kernel * 2 + 1)
    assert any(v is kernel for v in part.trainable_variables)
    assert not np.allclose(before, part(x))


def test_features():
    model = weightless_model(architectures.inception_v4)
    part = keras_cnns.features(model, ["inception_a4", "inception_c3", "stem"])
    assert [tuple(o.shape[1:]) for o in part.outputs] == [(35, 35, 384), (8, 8, 1536), (35, 35, 384)]
    assert keras_cnns.features(model, "reduction_a").output_shape == (None, 17, 17, 1024)


def test_features_refuses_names_it_cannot_mean():
    model = weightless_model(architectures.resnet18)
    with pytest.raises(ValueError, match="got 'conv3_9'; the nearest are conv3_"):
        keras_cnns.features(model, ["conv2_1", "conv3_9"])
    shared, start = layers.Dense(3, name="twice"), keras.Input((3,))
    model = keras.Model(start, shared(shared(start)))
    with pytest.raises(ValueError, match="'twice' has 2"):
        keras_cnns.features(model, "twice")


def test_without_aux_keeps_the_first_output_and_its_training():
    model = architectures.inception_v1((65, 65, 3), 3, "adam", aux=True)
    single = keras_cnns.without_aux(model)
    x = np.random.default_rng(0).random((2, 65, 65, 3), dtype="float32")
    assert np.array_equal(model(x)[0], single(x))
    assert single.count_params() < model.count_params()
    assert isinstance(single.optimizer, keras.optimizers.Adam)
    assert np.isfinite(single.evaluate(x, np.eye(3)[[0, 1]], verbose=0)).all()


def test_without_aux_of_losses_by_name():
    start = keras.Input((2,))
    first, second = layers.Dense(1, name="first")(start), layers.Dense(1, name="second")(start)
    model = keras.Model(start, [first, second])
    assert not keras_cnns.without_aux(model).compiled
    weights = {"first": 1.0, "second": 0.1}
    metrics = {"first": keras.metrics.MeanAbsoluteError(), "second": "mse"}
    model.compile("sgd", {"first": "mse", "second": "mae"}, loss_weights=weights, metrics=metrics)
    single = keras_cnns.without_aux(model)
    assert single.loss == "mse"
    assert set(single.evaluate(np.ones((1, 2)), np.ones((1, 1)), verbose=0, return_dict=True)) == {
        "loss",
        "mean_absolute_error",
    }


@pytest.mark.parametrize(
    "part", [keras_cnns.backbone, keras_cnns.without_aux, lambda m: keras_cnns.features(m, "a")]
)
def test_only_functional_models(part):
    with pytest.raises(ValueError, match="has no input shape yet; give it a keras.Input"):
        part(keras.Sequential([layers.Dense(2)]))


def test_backbone_refuses_a_classifier_that_reads_two_tensors():
    start = keras.Input((2,))
    model = keras.Model(start, layers.Add()([layers.Dense(2)(start), layers.Dense(2)(start)]))
    with pytest.raises(ValueError, match="reads 2 tensors at 'add'"):
        keras_cnns.backbone(model)


def test_inputs_keep_their_structure(recwarn):
    named = {"image": keras.Input((2,), name="image"), "mask": keras.Input((2,), name="mask")}
    x = layers.Dense(2, name="head")(layers.Multiply(name="masked")([named["image"], named["mask"]]))
    part = keras_cnns.features(keras.Model(named, x), "masked")
    ones = np.ones((1, 2))
    assert np.array_equal(part({"image": 3 * ones, "mask": ones}), 3 * ones)
    assert not recwarn.list


def test_functions_before_the_classifier():
    """Functions of `keras.ops` have no weights; the backbone ends before the layer that has."""
    x = inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, name="last_map")(x)
    x = keras.ops.mean(x, axis=(1, 2)) * 2
    model = keras.Model(inputs, keras.ops.softmax(layers.Dense(2)(x)))
    assert keras_cnns.backbone(model).output_shape == (None, 6, 6, 4)
    assert keras_cnns.features(model, "last_map").output_shape == (None, 6, 6, 4)
