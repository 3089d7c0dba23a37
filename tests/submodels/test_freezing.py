"""What is frozen does not move in `fit`, wherever it stands in the model; what is not frozen does."""

import keras
import numpy as np
import pytest
from keras import layers

import keras_cnns
from keras_cnns import architectures


def conv_bn(x, name, filters=4):
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv")(x)
    return layers.ReLU(name=name)(layers.BatchNormalization(momentum=0.5, name=f"{name}_bn")(x))


def branching():
    """A side branch is made between two layers of the way to `joined`, so no index tells what is up to it."""
    image = keras.Input((8, 8, 3))
    first = conv_bn(image, "first")
    aside = conv_bn(first, "aside")
    second = conv_bn(first, "second")
    joined = layers.Add(name="joined")([first, second])
    x = layers.Concatenate()([conv_bn(joined, "third"), aside])
    x = layers.BatchNormalization(name="head_bn", momentum=0.5)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(image, layers.Dense(2, "softmax", name="classes")(x))


def nested():
    base = keras_cnns.backbone(branching())
    image = keras.Input((8, 8, 3))
    x = layers.GlobalAveragePooling2D()(base(layers.Rescaling(2.0)(image), training=False))
    return keras.Model(image, layers.Dense(2, "softmax", name="classes")(x))


def sequential():
    inside = keras.Sequential([keras.Input((8, 8, 3)), keras_cnns.backbone(branching())], name="inside")
    return keras.Sequential(
        [keras.Input((8, 8, 3)), inside, layers.GlobalAveragePooling2D(), layers.Dense(2, "softmax")]
    )


def moved(model, steps=2):
    """The layers of which a weight is another after a training with everything that moves weights."""
    keras.utils.set_random_seed(1)
    images = np.random.default_rng(1).normal(2.0, 3.0, (16, 8, 8, 3)).astype("float32")
    targets = np.eye(2)[np.arange(16) % 2]
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9, weight_decay=1e-2), "categorical_crossentropy")
    parts = [layer for layer in model._flatten_layers() if layer.weights and is_leaf(layer)]
    before = [[np.array(weight) for weight in layer.weights] for layer in parts]
    model.fit(images, targets, batch_size=8, epochs=steps, verbose=0)
    return {
        layer.name
        for layer, values in zip(parts, before)
        if any((np.array(weight) != value).any() for weight, value in zip(layer.weights, values))
    }


def learning(model):
    """The layers that have something to learn."""
    learnt = set(map(id, model.trainable_variables))
    parts = [layer for layer in model._flatten_layers() if is_leaf(layer)]
    return {layer.name for layer in parts if any(id(weight) in learnt for weight in layer.weights)}


def is_leaf(layer):
    return not list(layer._flatten_layers(include_self=False))


NAMES = ("first", "aside", "second", "third")
TRUNK = {f"{name}_{part}" for name in NAMES for part in ("conv", "bn")}
UP_TO_JOINED = {f"{name}_{part}" for name in ("first", "second") for part in ("conv", "bn")}
NORMALIZATIONS = {f"{name}_bn" for name in NAMES}


@pytest.mark.parametrize("build", [branching, nested, sequential])
def test_what_is_frozen_does_not_move(build):
    """By graph: `aside` was made before `second` and is not up to `joined`."""
    model = build()
    everything = moved(model)
    assert everything > TRUNK
    head = everything - TRUNK
    assert keras_cnns.freeze(model) is model
    assert moved(model) == head
    assert moved(keras_cnns.freeze(model, "joined")) == everything - UP_TO_JOINED - NORMALIZATIONS
    keras_cnns.freeze(model, "joined", batch_normalization=False)
    assert learning(model) == everything - UP_TO_JOINED
    assert learning(keras_cnns.unfreeze(model)) == everything - NORMALIZATIONS
    assert learning(keras_cnns.unfreeze(model, batch_normalization=False)) == everything


def test_a_nested_model_by_its_name():
    model = sequential()
    assert not TRUNK & learning(keras_cnns.freeze(model, "inside"))


def test_it_is_kept_in_a_file(tmp_path):
    model = keras_cnns.freeze(nested(), "joined")
    model.save(tmp_path / "a.keras")
    again = keras.saving.load_model(tmp_path / "a.keras")
    assert len(again.trainable_variables) == len(model.trainable_variables)
    assert learning(again) == learning(model) == TRUNK - UP_TO_JOINED - NORMALIZATIONS | {"classes"}


def test_training_false_does_not_keep_a_base_that_learns():
    """What the docstring says of Keras; if this fails, say so there."""
    assert moved(nested()) >= NORMALIZATIONS


def test_a_network_of_ours():
    model = architectures.resnet18((32, 32, 3), 3)
    keras_cnns.freeze(model)
    assert [weight.path.split("/")[-1] for weight in model.trainable_variables] == ["kernel", "bias"]
    keras_cnns.freeze(model, "conv4_1")
    assert len(model.trainable_variables) == 2 + 3 + 2 + 2  # two blocks of two, one with a shortcut, the head
    keras_cnns.unfreeze(model)
    assert all("gamma" not in weight.path for weight in model.trainable_variables)


@pytest.mark.parametrize(
    ("until", "message"),
    [
        ("joinde", r"got 'joinde'; the nearest are joined"),
        (3, "until must be the name of a layer"),
    ],
)
def test_what_is_refused(until, message):
    with pytest.raises(ValueError, match=message):
        keras_cnns.freeze(branching(), until)


def test_two_layers_of_one_name():
    image = keras.Input((8, 8, 3))
    bases = [keras_cnns.backbone(branching()) for _ in range(2)]
    bases[1].name = "other"
    x = layers.Concatenate()([base(image) for base in bases])
    model = keras.Model(image, layers.Dense(2, "softmax")(layers.GlobalAveragePooling2D()(x)))
    with pytest.raises(ValueError, match="has several called 'joined'"):
        keras_cnns.freeze(model, "joined")
    keras_cnns.freeze(model, "other", batch_normalization=False)
    assert [bool(base.trainable_variables) for base in bases] == [True, False]
