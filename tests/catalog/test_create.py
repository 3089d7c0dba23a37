"""`create`: two networks in one model, other losses, and the way where it cannot give what is asked for."""

import re

import keras
import numpy as np
import pytest
from keras import layers

import keras_cnns
from keras_cnns.catalog import facts, habits


def test_two_instances_in_one_model(tmp_path):
    """Colour and depth, as in networks of two streams."""
    color, depth = keras.Input((32, 32, 3)), keras.Input((32, 32, 1))
    first = keras_cnns.create("resnet20", (32, 32, 3), 5, name="color")
    second = keras_cnns.create("resnet20", (32, 32, 1), 5, name="depth")
    streams = [keras_cnns.backbone(first, "avg")(color), keras_cnns.backbone(second, "avg")(depth)]
    model = keras.Model([color, depth], layers.Dense(3)(layers.Concatenate()(streams)))
    assert [layer.name for layer in model.layers if isinstance(layer, keras.Model)] == [
        "color_backbone",
        "depth_backbone",
    ]
    model.save(tmp_path / "two.keras")
    again = keras.models.load_model(tmp_path / "two.keras")
    x = [np.random.default_rng(i).random((1, 32, 32, c), "float32") for i, c in enumerate((3, 1))]
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_a_name_is_given_after_published_weights_are_found(tmp_path):
    """Files are matched by the name of the network, not by that of the model."""
    one = keras_cnns.create("resnet20", (32, 32, 3), 5)
    one.save_weights(tmp_path / "a.weights.h5")
    other = keras_cnns.create("resnet20", (32, 32, 3), 5, weights=tmp_path / "a.weights.h5", name="rgb")
    assert other.name == "rgb"
    x = np.ones((1, 32, 32, 3))
    np.testing.assert_array_equal(one.predict(x, verbose=0), other.predict(x, verbose=0))


@pytest.mark.parametrize(
    "loss", ["sparse_categorical_crossentropy", "crossentropy", keras.losses.SparseCategoricalCrossentropy()]
)
def test_labels_that_are_ints(loss):
    """As `image_dataset_from_directory` gives them by default."""
    model = keras_cnns.create("nin_cifar", (32, 32, 3), 4, loss=loss)
    found = model.evaluate(np.ones((2, 32, 32, 3)), np.array([1, 3]), verbose=0, return_dict=True)
    probabilities = model.predict(np.ones((1, 32, 32, 3)), verbose=0)[0]
    assert found["loss"] == pytest.approx(-np.log(probabilities[[1, 3]]).mean(), rel=1e-4)
    assert "accuracy" in found


def test_a_loss_is_for_all_outputs_and_keeps_their_weights():
    opt = keras.optimizers.Adam(1e-4)
    model = keras_cnns.create(
        "inception_v1", (65, 65, 3), 3, opt, aux=True, loss="sparse_categorical_crossentropy"
    )
    config = model.get_compile_config()
    assert config["loss"] == ["sparse_categorical_crossentropy"] * 3
    assert (config["loss_weights"], config["metrics"]) == ([1.0, 0.3, 0.3], ["accuracy"] * 3)
    assert model.optimizer is opt


def test_a_wrong_loss_is_told_before_a_network_is_built(monkeypatch):
    monkeypatch.setattr(facts.Network, "factory", property(lambda _: pytest.fail("it was built")))
    monkeypatch.setattr(facts.Network, "defaults", {})
    with pytest.raises(ValueError, match="for labels that are ints; got 'sparse'"):
        keras_cnns.create("resnet18", loss="sparse")


@pytest.mark.parametrize("name", ["vgg11", "alexnet", "lenet_5", "inception_net"])
def test_the_way_to_a_trunk_of_any_size_is_told_and_leads_there(name):
    with pytest.raises(ValueError, match="three positive ints.*flattens the last map") as error:
        keras_cnns.create(name, (None, None, 3))
    (code,) = re.findall(r"backbone\(.*\)(?=\.$)", str(error.value))
    trunk = eval(code, vars(keras_cnns) | {each: getattr(keras_cnns, each) for each in keras_cnns.__all__})
    assert trunk.input_shape == (None, None, None, 3)
    assert trunk(np.zeros((1, 130, 161, 3))).shape[1:3] != (1, 1)
    assert all(len(weight.shape) != 2 for weight in trunk.weights)  # no dense layer is left


def test_auxiliary_classifiers_at_any_size_are_refused_with_the_way():
    with pytest.raises(ValueError, match="without aux=True any size will do"):
        keras_cnns.create("inception_v1", (None, 96, 3), aux=True)


def test_one_class_is_refused_with_the_way():
    with pytest.raises(ValueError, match=r'with_classifier\(create\("resnet18"\), 1, activation="sigmoid"\)'):
        keras_cnns.create("resnet18", n_classes=1)


@pytest.mark.parametrize(
    "given", [{"in_shape": (None, None, 0)}, {"in_shape": (None, 3)}, {"opt": 3}, {"in_shape": ()}]
)
def test_no_way_is_told_for_what_is_wrong_otherwise(given):
    with pytest.raises(ValueError) as error:
        keras_cnns.create("vgg11", **given)
    assert "backbone" not in str(error.value)


def test_habits_from_elsewhere_are_answered():
    """The call of `keras.applications`, word for word; each argument that is not taken has its answer."""
    with pytest.raises(ValueError, match=r'pooling: backbone\(model, pooling="avg"\)') as error:
        keras_cnns.create("resnet50", include_top=False, input_shape=(64, 64, 3), pooling="avg", weights=None)
    assert "include_top: backbone(name, in_shape=" in str(error.value)
    assert "input_shape: it is called in_shape" in str(error.value)
    with pytest.raises(ValueError, match="classes: it is called n_classes"):
        keras_cnns.create("resnet50", weights=None, classes=10)


def test_answers_name_what_there_is():
    words = set(re.findall(r"\b(\w+)\(", " ".join(habits.ELSEWHERE.values())))
    assert words - {"model", "SGD"} <= set(keras_cnns.__all__)
    assert not set(habits.ELSEWHERE) & set(facts.find_network("resnet50").options)
