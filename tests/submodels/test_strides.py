"""The last map of each stride is the one that papers on detection and segmentation take."""

import keras
import pytest
from keras import layers
from support.sizes import weightless_model

import keras_cnns
from keras_cnns import architectures
from keras_cnns.weightless import build_weightless

# C2 to C5 of feature pyramids, Lin et al. 2017, section 3; the names are the stages' last ones.
OURS = [
    ("resnet50", ["conv2_3", "conv3_4", "conv4_6", "conv5_3"]),
    ("resnext50", ["conv2_3", "conv3_4", "conv4_6", "conv5_3"]),
    ("xception", ["entry_module1", "entry_module2", "middle_module8", "exit_module2"]),
]
# What examples of U-Nets on these take.
OTHERS = [
    ("MobileNetV2", [2, 4, 8, 16], [f"block_{n}_expand_relu" for n in (1, 3, 6, 13)]),
    ("DenseNet121", [2, 4, 8, 16], ["conv1_relu", "pool2_conv", "pool3_conv", "pool4_conv"]),
    ("EfficientNetB0", [2, 4, 8, 16], [f"block{n}a_expand_activation" for n in (2, 3, 4, 6)]),
]


def makers(model):
    return [tensor._keras_history.operation.name for tensor in model.outputs]


@pytest.mark.parametrize(("name", "landmarks"), OURS)
def test_of_ours(name, landmarks):
    model = weightless_model(getattr(architectures, name))
    assert makers(keras_cnns.features(model, strides=[4, 8, 16, 32])) == landmarks


@pytest.mark.parametrize(("name", "strides", "landmarks"), OTHERS)
def test_of_others(name, strides, landmarks):
    model = build_weightless(getattr(keras.applications, name), weights=None)
    assert makers(keras_cnns.features(model, strides=strides)) == landmarks


def test_at_any_size_and_without_a_classifier():
    trunk = keras_cnns.backbone(weightless_model(architectures.resnet50, (None, None, 3), 5))
    part = keras_cnns.features(trunk, strides=[32, 4])
    assert part.output_shape == [(None, None, None, 2048), (None, None, None, 256)]


def test_of_a_u_net_and_of_a_nested_trunk():
    inputs = keras.Input((32, 32, 3))
    fine = layers.Conv2D(4, 3, padding="same", name="fine")(inputs)
    middle = layers.Conv2D(8, 3, padding="same", name="middle")(layers.MaxPooling2D()(fine))
    coarse = layers.Conv2D(9, 3, padding="same", name="coarse")(layers.MaxPooling2D()(middle))
    x = layers.Concatenate()([layers.UpSampling2D()(coarse), middle])
    x = layers.Concatenate()([layers.Conv2DTranspose(4, 2, 2)(x), fine])
    model = keras.Model(inputs, layers.Conv2D(2, 1, activation="softmax")(x), name="u_net")
    assert makers(keras_cnns.features(model, strides=[1, 2, 4])) == ["fine", "middle", "coarse"]
    around = keras.Sequential([keras.Input((32, 32, 3)), layers.Rescaling(2.0), model])
    shapes = keras_cnns.features(around, strides=[1, 2, 4]).output_shape
    assert shapes == [(None, 32, 32, 4), (None, 16, 16, 8), (None, 8, 8, 9)]


def test_errors():
    model = weightless_model(architectures.resnet18)
    with pytest.raises(ValueError, match="must be among those of 'resnet18', 1, 2, 4, 8, 16, 32; got 3"):
        keras_cnns.features(model, strides=[4, 3])
    with pytest.raises(ValueError, match="landmarks or strides must be given; got both"):
        keras_cnns.features(model, "conv1", strides=[4])
