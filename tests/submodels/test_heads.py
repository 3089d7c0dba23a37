"""Logits are what the softmax is taken of; a new classifier stands where the old one did."""

import keras
import numpy as np
import pytest
from keras import layers, ops

import keras_cnns
from keras_cnns import architectures


def images(model):
    return np.random.default_rng(0).normal(size=(3, *model.input_shape[1:])).astype("float32")


def dense(end):
    """A small network that ends in what `end` gives of a vector."""
    inputs = keras.Input((8, 8, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, name="conv")(inputs))
    return keras.Model(inputs, end(x))


ENDS = {
    "activation inside": lambda x: layers.Dense(5, activation="softmax")(x),
    "activation after": lambda x: layers.Activation("softmax")(layers.Dense(5)(x)),
    "Softmax": lambda x: layers.Softmax()(layers.Dense(5)(x)),
    "a function": lambda x: ops.softmax(layers.Dense(5)(x)),
    "without bias": lambda x: layers.Dense(5, activation="softmax", use_bias=False)(x),
}


@pytest.mark.parametrize("end", ENDS)
def test_softmax_of_the_logits_is_the_output(end):
    model = dense(ENDS[end])
    found = keras_cnns.logits(model)
    x = images(model)
    np.testing.assert_allclose(ops.softmax(found(x)), model(x), atol=1e-6)
    assert not np.allclose(ops.sum(found(x), -1), 1)
    kernel = model.trainable_variables[-1]
    kernel.assign(kernel + 1 + np.arange(5))
    np.testing.assert_allclose(ops.softmax(found(x)), model(x), atol=1e-6)  # the weights are shared


def test_sigmoid():
    model = dense(lambda x: layers.Dense(4, activation="sigmoid")(x))
    np.testing.assert_allclose(
        ops.sigmoid(keras_cnns.logits(model)(images(model))), model(images(model)), atol=1e-6
    )


def test_logits_of_nested_and_auxiliary_outputs(tmp_path):
    inner = architectures.inception_v1((65, 65, 3), 4, aux=True)
    inputs = keras.Input((65, 65, 3))
    model = keras.Model(inputs, inner(layers.Rescaling(0.1)(inputs)))
    found = keras_cnns.logits(model)
    for one, other in zip(found(images(model)), model(images(model))):
        np.testing.assert_allclose(ops.softmax(one), other, atol=1e-6)
    assert len(found.outputs) == 3
    found.save(tmp_path / "logits.keras")
    again = keras.models.load_model(tmp_path / "logits.keras")
    np.testing.assert_array_equal(again(images(model))[0], found(images(model))[0])


def test_what_has_no_logits():
    with pytest.raises(ValueError, match="must end in a softmax or sigmoid; .* ends in 'answer'"):
        keras_cnns.logits(dense(lambda x: layers.Dense(4, name="answer")(x)))


@pytest.mark.parametrize(
    ("name", "last"), [("nin_cifar", "predictions"), ("resnet18", "predictions"), ("vgg11", "fc8")]
)
@pytest.mark.parametrize("activation", ["softmax", "sigmoid", None])
def test_a_new_classifier(name, last, activation):
    model = getattr(architectures, name)((32, 32, 3), 5)
    new = keras_cnns.with_classifier(model, 7, activation)
    found = ops.convert_to_numpy(new(images(model)))
    assert found.shape == (3, 7)
    assert new.name == model.name
    if name != "nin_cifar" or activation:  # which ends in pooling without it
        assert new.layers[-1].name == last
    if activation == "softmax":
        np.testing.assert_allclose(found.sum(-1), 1, atol=1e-5)
    elif activation == "sigmoid":
        np.testing.assert_allclose(ops.sigmoid(keras_cnns.logits(new)(images(model))), found, atol=1e-6)
    before = {id(weight) for weight in model.weights}
    own = [weight for weight in new.weights if id(weight) not in before]
    assert [weight.shape[-1] for weight in own] == [7, 7]


def test_all_classifiers_of_a_network_with_auxiliary_ones():
    model = architectures.inception_v1((65, 65, 3), 4, aux=True)
    assert keras_cnns.with_classifier(model, 3).output_shape == [(None, 3)] * 3


def test_probabilities_stay_float32_under_a_mixed_policy():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = architectures.resnet18((32, 32, 3), 5)
        new = keras_cnns.with_classifier(model, 3, "sigmoid")
        assert (new.output.dtype, keras_cnns.logits(model).output.dtype) == ("float32", "float32")
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize("end", ["activation inside", "activation after", "Softmax"])
@pytest.mark.parametrize(("policy", "dtype"), [("mixed_float16", "float32"), ("float64", "float64")])
def test_probabilities_of_any_model_are_as_exact_as_its_weights(end, policy, dtype):
    """Strangers' classifiers compute in half precision there."""
    keras.config.set_dtype_policy(policy)
    try:
        model = dense(ENDS[end])
        for activation in ("softmax", "sigmoid"):
            assert keras_cnns.with_classifier(model, 3, activation).output.dtype == dtype
    finally:
        keras.config.set_dtype_policy("float32")


def test_one_class_needs_a_sigmoid():
    model = dense(ENDS["activation inside"])
    with pytest.raises(ValueError, match='To tell yes from no, give activation="sigmoid"'):
        keras_cnns.with_classifier(model, 1)
    new = keras_cnns.with_classifier(model, 1, "sigmoid")
    new.compile("adam", "binary_crossentropy")
    new.fit(images(new), np.array([[0], [1], [0]]), verbose=0)
    assert new.output_shape == (None, 1)
