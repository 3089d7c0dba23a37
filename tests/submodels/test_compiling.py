"""What a recompiled model keeps; several classifiers that one target trains as their own targets would."""

import keras
import numpy as np
import pytest
from keras import layers

import keras_cnns
from keras_cnns import architectures

NAMES = ("predictions", "aux1", "aux2")


def three_heads(as_dict=False):
    """A network with auxiliary classifiers, as ours have them, the same whenever it is built."""
    keras.utils.set_random_seed(3)
    image = keras.Input((8, 8, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(6, 3, activation="relu")(image))
    heads = {name: layers.Dense(3, "softmax", name=name)(x) for name in NAMES}
    model = keras.Model(image, heads if as_dict else list(heads.values()))
    losses, weights = ["categorical_crossentropy"] * 3, [1.0, 0.3, 0.25]
    if as_dict:
        losses, weights = dict.fromkeys(NAMES, losses[0]), dict(zip(NAMES, weights))
    metrics = {name: ["accuracy"] for name in NAMES} if as_dict else ["accuracy"] * 3
    model.compile(keras.optimizers.SGD(0.5, momentum=0.9), losses, weights, metrics)
    return model


def images(n=12):
    return np.random.default_rng(0).normal(size=(n, 8, 8, 3)).astype("float32")


LABELS = np.array([2, 1, 1, 0, 2, 2, 1, 0, 0, 1, 2, 1])
ONE_HOT = np.eye(3, dtype="float32")[LABELS]


def fitted(model, targets, **options):
    """What `fit` tells of two epochs with data held out."""
    held_out = (images(), targets)
    return model.fit(
        images(),
        targets,
        validation_data=held_out,
        epochs=2,
        batch_size=4,
        shuffle=False,
        verbose=0,
        **options,
    ).history


@pytest.mark.parametrize("as_dict", [False, True])
def test_one_target_trains_as_three_do(as_dict):
    whole, shared = three_heads(as_dict), three_heads(as_dict)
    expected = fitted(whole, dict.fromkeys(NAMES, ONE_HOT) if as_dict else [ONE_HOT] * 3)
    single = keras_cnns.one_target(shared)
    found = fitted(single, ONE_HOT)
    assert sorted(found) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-5)
    for name in ("accuracy", "val_accuracy"):
        head = name.replace("accuracy", f"{whole.output_names[0]}_accuracy")
        np.testing.assert_allclose(found[name], expected[head], rtol=1e-6)
    for one, other in zip(shared.get_weights(), whole.get_weights()):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert (single.optimizer.momentum, single.output_shape) == (0.9, (None, 3, 3))


def test_one_target_of_ints_with_class_weights_callbacks_and_a_file(tmp_path):
    model = keras_cnns.recompile(
        three_heads(), loss="sparse_categorical_crossentropy", metrics=["accuracy", keras.metrics.F1Score()]
    )
    keras_cnns.recompile(model, metrics=["accuracy"])
    single = keras_cnns.one_target(model)
    file = str(tmp_path / "best.keras")
    callbacks = [
        keras.callbacks.EarlyStopping("val_accuracy", patience=1, restore_best_weights=True),
        keras.callbacks.ModelCheckpoint(file, monitor="val_accuracy", save_best_only=True),
    ]
    weighted = fitted(single, LABELS, class_weight={0: 1.0, 1: 2.0, 2: 0.5}, callbacks=callbacks)
    again = keras.models.load_model(file)
    assert again.evaluate(images(), LABELS, verbose=0)[1] == pytest.approx(max(weighted["val_accuracy"]))
    assert keras_cnns.without_aux(model).predict(images(), verbose=0).shape == (12, 3)


def test_one_target_from_a_data_set():
    """Each step is a pair of images and labels, as tf.data and data loaders give them."""

    class Pairs(keras.utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return images()[index * 4 : index * 4 + 4], ONE_HOT[index * 4 : index * 4 + 4]

    history = keras_cnns.one_target(three_heads()).fit(Pairs(), shuffle=False, verbose=0).history
    expected = fitted(keras_cnns.one_target(three_heads()), ONE_HOT)
    np.testing.assert_allclose(history["loss"], expected["loss"][:1], rtol=1e-6)


def test_one_target_refuses_what_has_several():
    image = keras.Input((4,))
    model = keras.Model(image, [layers.Dense(2)(image), layers.Dense(3)(image)])
    with pytest.raises(ValueError, match="must be compiled"):
        keras_cnns.one_target(model)
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"outputs of equal shapes; .* has \(None, 2\), \(None, 3\)"):
        keras_cnns.one_target(model)
    model = three_heads()
    model.compile("sgd", ["categorical_crossentropy", None, None])
    with pytest.raises(ValueError, match="must have a loss for each output"):
        keras_cnns.one_target(model)


@pytest.mark.parametrize("as_dict", [False, True])
def test_a_new_loss_keeps_the_weights_of_losses(as_dict):
    """The loss that `evaluate` gives is the sum with the weights, which `compile` alone forgets."""
    model = three_heads(as_dict)
    smooth = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
    assert keras_cnns.recompile(model, loss=smooth) is model
    found = model.evaluate(
        images(), dict.fromkeys(NAMES, ONE_HOT) if as_dict else [ONE_HOT] * 3, verbose=0, return_dict=True
    )
    parts = [found[f"{name}_loss"] for name in NAMES]
    assert found["loss"] == pytest.approx(np.dot(parts, [1.0, 0.3, 0.25]), rel=1e-5)
    first = model(images())["predictions" if as_dict else 0]
    assert parts[0] == pytest.approx(float(smooth(ONE_HOT, first)), rel=1e-5)
    assert "predictions_accuracy" in found


def test_one_list_of_metrics_goes_to_all_outputs():
    model = keras_cnns.recompile(three_heads(), optimizer="adam", metrics=["accuracy", keras.metrics.AUC()])
    found = model.evaluate(images(), [ONE_HOT] * 3, verbose=0, return_dict=True)
    each = [f"{name}_{metric}" for name in NAMES for metric in ("accuracy", "auc")]
    assert set(each) <= set(found) and len({id(metric) for metric in model.metrics}) == len(model.metrics)
    assert isinstance(model.optimizer, keras.optimizers.Adam)


def test_a_trained_model_learns_on_after_more_layers_may_learn():
    """An optimizer knows the weights that it has trained; another of its kind and settings takes over."""
    model = architectures.resnet20((32, 32, 3), 2, keras.optimizers.SGD(0.02, momentum=0.8))
    keras_cnns.freeze(model)
    keras_cnns.recompile(model)
    x, y = np.zeros((2, 32, 32, 3)), np.eye(2)
    model.fit(x, y, verbose=0)
    keras_cnns.recompile(keras_cnns.unfreeze(model))
    model.fit(x, y, verbose=0)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.02)
    assert model.optimizer.momentum == 0.8


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"loss": "crosentropy"},
            "'sparse_categorical_crossentropy' for labels that are ints; got 'crosentropy'",
        ),
        ({"loss": ["mse"] * 4}, "loss must be one for each of 3 outputs"),
        ({"optimizer": "adamm"}, "optimizer must be one that Keras knows"),
        ({"metrics": "accuracy"}, r'such as \["accuracy"\]; got \'accuracy\''),
        ({"metrics": ["acuracy"]}, "metrics must be a list of those that Keras knows"),
    ],
)
def test_wrong_arguments(given, message):
    with pytest.raises(ValueError, match=message):
        keras_cnns.recompile(three_heads(), **given)
