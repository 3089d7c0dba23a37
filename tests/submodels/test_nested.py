"""Layers inside nested models are found, and what is cut out of them hangs together."""

import keras
import numpy as np
import pytest
from keras import layers

import keras_cnns


def base(name="base"):
    inputs = keras.Input((12, 12, 3))
    x = layers.Conv2D(4, 3, strides=2, activation="relu", name="conv1")(inputs)
    x = layers.BatchNormalization(name="norm1")(x)
    x = layers.Conv2D(6, 3, activation="relu", name="conv2")(x)
    return keras.Model(inputs, x, name=name)


def transfer(*bases):
    """A classifier on the sum of some bases, as tutorials on transfer learning build it."""
    inputs = keras.Input((12, 12, 3))
    found = [one(inputs, training=False) for one in bases]
    x = layers.Add()(found) if len(found) > 1 else found[0]
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(inputs, layers.Dense(2, activation="softmax", name="answer")(x))


def images(model, n=3):
    return np.random.default_rng(0).random((n, *model.input_shape[1:]), dtype="float32")


@pytest.mark.parametrize("name", ["conv1", "norm1", "conv2", "base/norm1"])
def test_features_of_an_inner_layer_are_those_of_the_inner_model(name):
    inner = base()
    model = transfer(inner)
    part = keras_cnns.features(model, name)
    x = images(model)
    expected = keras.Model(inner.input, inner.get_layer(name.rpartition("/")[2]).output)(x)
    np.testing.assert_allclose(part(x), expected, rtol=1e-6)


def test_inner_and_outer_features_are_of_one_computation():
    """The answer's gradient with respect to the inner map is not zero: what Grad-CAM needs."""
    model = transfer(base())
    part = keras_cnns.features(model, {"map": "conv1", "answer": "answer"})
    x = images(model)
    np.testing.assert_allclose(part(x)["answer"], model(x), rtol=1e-6)
    assert part.count_params() == model.count_params()
    assert sum(isinstance(layer, keras.Model) for layer in part.layers) == 1


def test_flat_models_can_be_cut_between_any_two_layers():
    inner = base()
    model = transfer(inner)
    flat = keras_cnns.flatten(model)
    x = images(model)
    np.testing.assert_allclose(flat(x), model(x), rtol=1e-6)
    assert [layer.name for layer in flat.layers[1:]] == ["conv1", "norm1", "conv2", "pool", "answer"]
    rest = keras.Model(*keras_cnns.features(flat, ["norm1", "answer"]).outputs)
    map_ = keras.ops.convert_to_numpy(keras_cnns.features(model, "norm1")(x))
    np.testing.assert_allclose(rest(map_), model(x), rtol=1e-5)
    assert not np.allclose(rest(map_ * 2 + 1), model(x))
    with pytest.raises(ValueError, match="has several called 'conv[12]'"):
        keras_cnns.flatten(transfer(base("one"), base("other")))


def test_flat_models_keep_how_models_are_called():
    inner = keras.Sequential([keras.Input((4,)), layers.Dropout(0.5), layers.BatchNormalization()])
    inputs = keras.Input((4,))
    always, plain = keras.Model(inputs, inner(inputs, training=True)), keras.Model(inputs, inner(inputs))
    x = np.ones((64, 4), "float32")
    for model, dropped in ((always, True), (plain, False)):
        found = keras.ops.convert_to_numpy(keras_cnns.flatten(model)(x))
        assert (np.ptp(found) > 0.5) == dropped


def test_two_bases_with_the_same_names_inside():
    one, other = base("one"), base("other")
    model = transfer(one, other)
    with pytest.raises(ValueError, match="'conv1' has 2: one/conv1, other/conv1"):
        keras_cnns.features(model, "conv1")
    x = images(model)
    first, second = keras_cnns.features(model, ["one/conv1", "other/conv1"])(x)
    np.testing.assert_allclose(first, one.get_layer("conv1")(x), rtol=1e-6)
    np.testing.assert_allclose(second, other.get_layer("conv1")(x), rtol=1e-6)


def test_models_in_models_in_models():
    inner = base()
    middle = keras.Sequential([keras.Input((12, 12, 3)), layers.Rescaling(0.5), inner], name="middle")
    outer = keras.Sequential([keras.Input((12, 12, 3)), middle, layers.Flatten(), layers.Dense(2)])
    x = images(outer)
    found = keras_cnns.features(outer, ["middle/base/conv1", outer.layers[-1].name])(x)
    np.testing.assert_allclose(found[0], inner.get_layer("conv1")(x * 0.5), rtol=1e-5)
    np.testing.assert_allclose(found[1], outer(x), rtol=1e-5)
    assert keras_cnns.backbone(outer).output_shape == inner.output_shape


def test_a_classifier_inside_is_cut_off():
    whole = keras.Sequential(
        [keras.Input((12, 12, 3)), layers.Rescaling(0.5), transfer(base()), layers.Dropout(0.5)]
    )
    cut = keras_cnns.backbone(whole, pooling="avg", name="trunk")
    assert (cut.name, cut.output_shape) == ("trunk", (None, 6))
    assert cut.count_params() == base().count_params()


def test_what_was_cut_out_can_be_saved(tmp_path):
    part = keras_cnns.features(transfer(base()), ["conv1", "pool"])
    part.save(tmp_path / "part.keras")
    again = keras.models.load_model(tmp_path / "part.keras")
    for one, other in zip(part(images(part)), again(images(part))):
        np.testing.assert_array_equal(one, other)


def test_an_inner_layer_of_a_model_that_is_called_twice():
    inner, one, two = base(), keras.Input((12, 12, 3)), keras.Input((12, 12, 3))
    x = layers.Concatenate()([inner(one), inner(two)])
    siamese = keras.Model([one, two], layers.Dense(1, name="end")(layers.Flatten()(x)))
    with pytest.raises(ValueError, match="'conv1' has 2"):
        keras_cnns.features(siamese, "conv1")
    assert keras_cnns.features(siamese, "end").output_shape == (None, 1)


def test_inputs_as_a_dict_meet_their_names():
    first, second = keras.Input((4,), name="b"), keras.Input((4,), name="a")
    inner = keras.Model(
        {"b": first, "a": second},
        layers.Subtract(name="difference")([layers.Dense(3, name="of_b")(first), second[:, :3]]),
        name="inner",
    )
    outer_a, outer_b = keras.Input((4,), name="x"), keras.Input((4,), name="y")
    model = keras.Model([outer_a, outer_b], layers.ReLU()(inner({"a": outer_a, "b": outer_b})))
    a, b = np.random.default_rng(0).random((2, 5, 4), dtype="float32")
    expected = keras.ops.convert_to_numpy(inner.get_layer("of_b")(b))
    np.testing.assert_allclose(keras_cnns.features(model, "of_b")([a, b]), expected, rtol=1e-6)


def with_two_outputs(inner=None):
    """A model with a dict of outputs, whose keys are not the names of layers."""
    inner = inner or base()
    inputs = {"image": keras.Input((12, 12, 3), name="image")}
    x = layers.GlobalAveragePooling2D()(inner(inputs["image"]))
    heads = {"sex": layers.Dense(2, "softmax", name="a")(x), "age": layers.Dense(1, "sigmoid", name="b")(x)}
    return keras.Model(inputs, heads, name="people")


@pytest.mark.parametrize(
    "part",
    [
        keras_cnns.flatten,
        keras_cnns.logits,
        lambda model: keras_cnns.at_size(model, (None, None, 3)),
        lambda model: keras_cnns.with_classifier(model, 4),
    ],
)
def test_dicts_of_inputs_and_outputs_keep_their_keys(part):
    model = with_two_outputs()
    found, x = part(model), {"image": images(base())}
    assert set(found.output) == set(found(x)) == {"sex", "age"}
    for key, values in found(x).items():
        if part in (keras_cnns.flatten,):
            np.testing.assert_allclose(values, model(x)[key], rtol=1e-6)
    assert found(x)["sex"].shape != found(x)["age"].shape or found(x)["sex"].shape == (3, 4)


@pytest.mark.parametrize("part", [keras_cnns.flatten, lambda model: keras_cnns.at_size(model, (8, 8, 3))])
@pytest.mark.parametrize("outside", ["uint8", "float16"])
def test_what_goes_into_a_nested_model_gets_its_type(part, outside):
    """200 * 200 is 64 in uint8 and infinite in float16; inside it is float32."""
    image = keras.Input((8, 8, 3))
    inner = keras.Model(image, keras.ops.square(image), name="inner")
    inputs = keras.Input((8, 8, 3), dtype=outside)
    model = keras.Model(inputs, inner(inputs))
    x = np.full((1, 8, 8, 3), 200, outside)
    assert float(keras.ops.max(model(x))) == float(keras.ops.max(part(model)(x))) == 40_000
