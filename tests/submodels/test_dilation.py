"""Dilation in place of strides: the finer map has the values of the model's own map, at every other place."""

import random

import keras
import numpy as np
import pytest
from keras import layers

import keras_cnns
from keras_cnns import architectures


def with_statistics(model, seed=0):
    """Batch normalizations that do something."""
    draw = np.random.default_rng(seed)
    for layer in model._flatten_layers():
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([draw.uniform(0.5, 1.5, weight.shape) for weight in layer.weights])
    return model


def assert_finer(model, output_stride, step, bound=2e-5):
    """The à trous identity, by numbers; the strides are known from outside."""
    finer = keras_cnns.dilated(model, output_stride)
    x = np.random.default_rng(1).normal(size=(1, *model.input_shape[1:])).astype("float32")
    coarse, fine = (np.asarray(one.predict_on_batch(x)) for one in (model, finer))
    found = fine[(slice(None), *[slice(None, None, step)] * (coarse.ndim - 2))]
    assert found.shape == coarse.shape and fine.shape[1] > coarse.shape[1]
    assert np.abs(found - coarse).max() <= bound * np.abs(coarse).max()
    return finer


def random_network(seed):
    """A trunk of random windows, strides, paddings and pools; its stride, and those on the way."""
    choice = random.Random(seed)
    rank = choice.choice([1, 2, 2, 2])
    kind = {1: "1D", 2: "2D"}[rank]
    x = inputs = keras.Input((*(choice.randint(40, 67) for _ in range(rank)), 3))
    stride, seen = 1, []
    for _ in range(choice.randint(4, 9)):
        window, step, padding = (
            choice.choice([1, 2, 3, 5]),
            choice.choice([1, 2]),
            choice.choice(["same", "valid"]),
        )
        step = 1 if stride * step > 16 or min(x.shape[1:-1]) < 8 else step
        padding = "same" if min(x.shape[1:-1]) < 8 else padding
        settings = {"padding": padding, "strides": step}
        part = choice.choice(["Conv", "Conv", "Depthwise", "Separable", "Max", "Average", "Pad", "Residual"])
        if part in ("Max", "Average"):
            x = getattr(layers, f"{part}Pooling{kind}")(max(window, 2), **settings)(x)
        elif part == "Residual":
            y = getattr(layers, f"Conv{kind}")(4, 3, padding="same", strides=step)(x)
            x = layers.Add()([y, getattr(layers, f"Conv{kind}")(4, 1, padding="same", strides=step)(x)])
        elif part == "Pad":
            x = getattr(layers, f"ZeroPadding{kind}")(1)(x)
            x = layers.BatchNormalization()(getattr(layers, f"Conv{kind}")(5, 3, strides=step)(x))
        elif part == "Conv":
            more = {} if step > 1 else {"dilation_rate": choice.choice([1, 2]), "padding": "same"}
            x = getattr(layers, f"Conv{kind}")(6, window, activation="relu", **settings | more)(x)
        else:
            filters = () if part == "Depthwise" else (4,)
            x = getattr(layers, f"{part}Conv{kind}")(*filters, window, **settings)(x)
        stride *= step
        seen.append(stride)
    return with_statistics(keras.Model(inputs, x)), seen


@pytest.mark.parametrize("seed", range(12))
def test_random_networks(seed):
    model, seen = random_network(seed)
    if seen[-1] == 1:
        assert keras_cnns.dilated(model, 1).output_shape == model.output_shape
        return
    wanted = random.Random(seed).choice([stride for stride in {1, *seen} if stride < seen[-1]])
    assert_finer(model, wanted, seen[-1] // wanted)


TRUNKS = [("ResNet50", 65), ("Xception", 75), ("VGG16", 64), ("MobileNetV2", 96), ("InceptionV3", 139)]


@pytest.mark.peers
@pytest.mark.parametrize("output_stride", [16, 8])
@pytest.mark.parametrize(("name", "side"), TRUNKS)
def test_networks_of_others(name, side, output_stride):
    model = getattr(keras.applications, name)(weights=None, input_shape=(side, side, 3), include_top=False)
    finer = assert_finer(with_statistics(model), output_stride, 32 // output_stride)
    assert finer.get_layer(model.layers[-1].name) is finer.layers[-1]


@pytest.mark.peers
@pytest.mark.parametrize("output_stride", [16, 8])
def test_timm_s_numbers(output_stride, tmp_path):
    """It has the option `output_stride` for networks that it builds itself."""
    import torch
    from safetensors.torch import save_file
    from support.torch_peers import timm

    theirs = timm.create_model("resnet50", num_classes=7, output_stride=output_stride).eval()
    for module in theirs.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
            torch.nn.init.uniform_(module.running_mean, -0.5, 0.5)
    ours = architectures.resnet50((97, 97, 3), 7, stride_in_3x3=True)
    save_file(theirs.state_dict(), tmp_path / "x.safetensors")
    keras_cnns.load_weights(ours, tmp_path / "x.safetensors")
    x = np.random.default_rng(0).normal(size=(2, 97, 97, 3)).astype("float32")
    with torch.no_grad():
        wanted = theirs(torch.from_numpy(x.transpose(0, 3, 1, 2).copy())).softmax(-1).numpy()
    found = keras.ops.convert_to_numpy(keras_cnns.dilated(ours, output_stride)(x))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5)
    assert np.abs(keras.ops.convert_to_numpy(ours(x)) - wanted).max() > 1e-4


def test_of_ours_with_its_classifier_and_from_a_file(tmp_path):
    model = with_statistics(architectures.resnet18((64, 64, 3), 5))
    finer = keras_cnns.dilated(model, 8)
    assert keras_cnns.backbone(finer).output_shape == (None, 8, 8, 512)
    assert finer.output_shape == (None, 5) and finer.count_params() == model.count_params()
    assert {layer.name for layer in model.layers} <= {layer.name for layer in finer.layers}
    assert all(one is not other for one, other in zip(model.weights, finer.weights))
    finer.save(tmp_path / "x.keras")
    x = np.random.default_rng(0).random((1, 64, 64, 3), dtype="float32")
    again = keras.saving.load_model(tmp_path / "x.keras", compile=False)
    assert np.array_equal(*(keras.ops.convert_to_numpy(one(x)) for one in (finer, again)))


def pools(side=33):
    """Pools with gaps, among them the ones whose window hangs over the edge."""
    x = inputs = keras.Input((side, side, 3))
    x = layers.Conv2D(4, 3, strides=2, padding="valid")(x)
    for kind in (layers.MaxPooling2D, layers.AveragePooling2D):
        x = kind(3, 1, padding="same", name=f"{kind.__name__}_same")(kind(2)(x))
    return keras.Model(inputs, x)


def test_pools_in_a_file_and_in_a_nested_model(tmp_path):
    inner = pools()
    inputs = keras.Input((33, 33, 3))
    model = keras.Model(inputs, layers.ReLU()(inner(layers.Rescaling(0.5)(inputs))))
    finer = assert_finer(model, 2, 4)
    finer.save(tmp_path / "x.keras")
    x = np.random.default_rng(0).normal(size=(1, 33, 33, 3)).astype("float32")
    again = keras.saving.load_model(tmp_path / "x.keras", compile=False)
    assert np.array_equal(*(keras.ops.convert_to_numpy(one(x)) for one in (finer, again)))
    assert finer.get_layer("AveragePooling2D_same").output.shape == (None, *finer.output_shape[1:])


def test_any_size_where_padding_does_not_depend_on_it():
    model = keras_cnns.backbone(architectures.resnet18((None, None, 3), 5))
    finer = keras_cnns.dilated(model, 16)
    for side in (64, 71):
        x = np.random.default_rng(0).random((1, side, side, 3), dtype="float32")
        coarse, fine = (keras.ops.convert_to_numpy(one(x)) for one in (model, finer))
        np.testing.assert_allclose(fine[:, ::2, ::2], coarse, rtol=0, atol=1e-5 * np.abs(coarse).max())


def refused(*, top, size=32):
    inputs = keras.Input((size, size, 3))
    x = layers.MaxPooling2D(2)(layers.Conv2D(4, 3, 2, padding="same", name="conv")(inputs))
    return keras.Model(inputs, top(x), name="small")


@pytest.mark.parametrize(
    ("model", "output_stride", "message"),
    [
        (refused(top=layers.Flatten(name="flat")), 2, "'flat', a Flatten, cannot; give backbone"),
        (refused(top=layers.UpSampling2D(name="up")), 2, "'up', a UpSampling2D, cannot"),
        (refused(top=layers.GroupNormalization(2, name="group")), 2, "'group', a GroupNormalization, cannot"),
        (refused(top=layers.LayerNormalization([1, 2, 3], name="norm")), 2, "'norm', a LayerNormalization"),
        (refused(top=layers.ReLU(), size=None), 1, "'conv', .*give a model with an input of a fixed size"),
        (
            refused(top=layers.ReLU()),
            3,
            "output_stride must be one of the strides of 'small', 1, 2, 4; got 3",
        ),
        (
            refused(top=layers.ReLU()),
            8,
            "output_stride must be one of the strides of 'small', 1, 2, 4; got 8",
        ),
        (refused(top=layers.ReLU()), 0, "output_stride must be an int, at least 1; got 0"),
    ],
)
def test_what_cannot_be_dilated(model, output_stride, message):
    with pytest.raises(ValueError, match=message):
        keras_cnns.dilated(model, output_stride)


def test_a_layer_at_two_strides_is_refused():
    inputs = keras.Input((32, 32, 3))
    shared = layers.Conv2D(3, 3, padding="same", name="shared")
    model = keras.Model(inputs, shared(layers.MaxPooling2D(2)(shared(inputs))))
    with pytest.raises(ValueError, match="'shared', a Conv2D, is used for maps of different strides"):
        keras_cnns.dilated(model, 1)
