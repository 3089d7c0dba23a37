"""Names of keras.applications, torchvision and timm mean the layers of ours that give the same numbers."""

from functools import partial

import keras
import numpy as np
import pytest
from architectures.test_parity_keras import behind_its_scaling, precision, take_over
from keras import applications, layers
from support.parity import difference, images, randomize
from support.sizes import each, marks_of_size

import keras_cnns
from keras_cnns import architectures
from keras_cnns.building import without_weights
from keras_cnns.catalog.facts import NETWORKS
from keras_cnns.submodels.places import all_places
from keras_cnns.submodels.published_names import fitting, networks, ours

# A network, its factory in keras.applications, an image's shape, and how many of its layers have another name
# with us: landmarks and what is in the blocks.
OF_KERAS = {
    "vgg16": (applications.VGG16, (32, 32, 3), 21),
    "vgg19": (applications.VGG19, (32, 32, 3), 24),
    "resnet50": (applications.ResNet50, (40, 40, 3), 118),
    "inception_v3": (applications.InceptionV3, (75, 75, 3), 11),
    "inception_resnet_v2": (applications.InceptionResNetV2, (75, 75, 3), 43),
    "xception": (applications.Xception, (71, 71, 3), 103),
    "densenet121": (applications.DenseNet121, (64, 64, 3), 421),
    "resnet50_v2": (applications.ResNet50V2, (64, 64, 3), 165),
    "convnext_tiny": (partial(applications.ConvNeXtTiny, include_preprocessing=False), (64, 64, 3), 133),
    "mobilenet": (applications.MobileNet, (64, 64, 3), 79),
    "mobilenet_v2": (applications.MobileNetV2, (64, 64, 3), 149),
    "mobilenet_v3_small": (
        partial(applications.MobileNetV3Small, include_preprocessing=False),
        (64, 64, 3),
        83,
    ),
    "mobilenet_v3_large": (
        partial(applications.MobileNetV3Large, include_preprocessing=False),
        (64, 64, 3),
        110,
    ),
    "efficientnet_b0": (applications.EfficientNetB0, (64, 64, 3), 163),
    "efficientnet_v2_s": (
        partial(applications.EfficientNetV2S, include_preprocessing=False),
        (64, 64, 3),
        389,
    ),
}
QUICK = {"vgg16", "resnet50"}
SLOW = {"inception_resnet_v2", "convnext_tiny", "efficientnet_v2_s"}  # over ten seconds each
OPTIONS = {"resnet50_v2": {"slim": True}}  # with which ours is the network of keras.applications

# A case of test_parity_torch.py, and how many modules of the peer have another name with us.
OF_TORCH = {
    "resnet18": 58,
    "resnet34": 98,
    "resnet50-v1.5": 133,
    "vgg11": 13,
    "inception_v3": 13,
    "inception_v4": 18,
    "xception": 16,
    "densenet121": 431,
    "convnext_tiny": 48,
    "shufflenet_v2": 189,
    "wrn50_2": 133,
    "mobilenet_v2": 20,
    "mobilenet_v3_small": 14,
    "mobilenet_v3_large": 18,
    "efficientnet_b4": 43,
    "efficientnet_v2_s-torchvision": 50,
}

TABLED = {
    *OF_KERAS,
    "resnet18",
    "resnet34",
    "resnet101",
    "resnet152",
    "vgg11",
    "vgg13",
    "inception_v1",
    "inception_v4",
}
TABLED |= {"densenet161", "densenet169", "densenet201", "resnet101_v2", "resnet152_v2"}
TABLED |= {"shufflenet_v2", "convnext_small", "convnext_base", *(f"efficientnet_b{n}" for n in range(1, 8))}


@pytest.fixture
def double():
    """Float32 rounds more than a bound allows in the deepest sums."""
    with precision("float64"):
        yield


def names_of(model):
    return {place.name for place in all_places(model)}


def marks(name):
    if name in SLOW:
        return pytest.mark.large
    return marks_of_size(name, OF_KERAS) or [pytest.mark.peers] * (name not in QUICK)


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks(name)) for name in OF_KERAS])
def test_names_of_keras_applications_mean_equal_outputs(name, double):
    factory, in_shape, count = OF_KERAS[name]
    theirs = behind_its_scaling(factory(weights=None, input_shape=in_shape, classes=4))
    model = getattr(architectures, name)(in_shape, 4, **OPTIONS.get(name, {}))
    x = images(in_shape).astype("float32").astype("float64")  # theirs round images to float32
    randomize(theirs, x)
    take_over(theirs, model)
    present = names_of(model)
    pairs = {layer.name: mine for layer in theirs.layers if (mine := ours(layer.name, present))}
    assert len(pairs) == count
    cut = keras_cnns.features(model, {their: their for their in pairs if their not in present})
    expected = keras_cnns.features(theirs, {their: their for their in cut.output})(x)
    found = cut(x)
    assert max(difference(found[their], expected[their]) for their in found) < 1e-6


@pytest.mark.peers
@pytest.mark.parametrize("name", each(OF_TORCH))
def test_names_of_torchvision_and_timm_mean_equal_outputs(name, double):
    """Each module of theirs whose name is known, against the layer it is said to be."""
    from architectures.test_parity_torch import CASES, copy_weights
    from support import torch_peers as peers

    network, size, options, _ = CASES[name]
    x = images((*size, 3)).astype("float32").astype("float64")  # theirs round images to float32
    module, order = peers.build(name.replace("-v1.5", "_v1_5"), x)
    model = getattr(architectures, network)((*size, 3), peers.N_CLASSES, **options)
    copy_weights(model, order)
    model.get_layer(model.output_names[0]).activation = keras.activations.linear  # theirs has no softmax
    present = names_of(model)
    made = {}
    for their, part in module.named_modules():
        if their not in present and ours(their, present):
            part.register_forward_hook(
                lambda _, __, made_there, their=their: made.update({their: made_there.clone()})
            )
    peers.logits(module, x)
    assert len(made) == OF_TORCH[name]
    found = keras_cnns.features(model, {their: their for their in made})(x)
    for their, output in made.items():
        expected = output.detach().numpy()
        if expected.ndim == 4:
            expected = expected.transpose(0, 2, 3, 1).reshape(found[their].shape)
        assert difference(found[their], expected) < 1e-6, their


@pytest.mark.peers
def test_every_table_is_of_a_network():
    """Each table has a network that has all its landmarks and all the layers that are meant."""
    present = [names_of(without_weights(network.name)) for network in NETWORKS if network.name in TABLED]
    slim = (f"resnet{depth}_v2" for depth in (50, 101, 152))
    present += [names_of(without_weights(name, slim=True)) for name in slim]
    for names in networks():
        models = [model for model in present if names in fitting(model)]
        assert models
        for model in models:
            assert {*names.ours.values()} <= model


def test_where_a_stage_ends_is_not_guessed():
    """A network cut at conv4_6 can be ResNet-50 or ResNet-101, and their third stages end elsewhere."""
    model = architectures.resnet50((32, 32, 3), 4)
    assert keras_cnns.features(model, "layer3").output is model.get_layer("conv4_6").output
    cut = keras_cnns.features(model, "conv4_6")
    assert keras_cnns.features(cut, "layer3.5").output is model.get_layer("conv4_6").output
    with pytest.raises(ValueError, match="landmarks must be names of layers.*got 'layer3'"):
        keras_cnns.features(cut, "layer3")


def test_published_names_in_nested_models_and_in_freeze():
    base = keras_cnns.backbone(architectures.resnet50((32, 32, 3), 4))
    inputs = keras.Input((32, 32, 3))
    model = keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(base(inputs))))
    for name in ("conv4_block6_out", f"{base.name}/conv4_block6_out"):
        maps = keras_cnns.features(model, name)(np.ones((1, 32, 32, 3)))
        assert np.array_equal(maps, keras_cnns.features(model, "conv4_6")(np.ones((1, 32, 32, 3))))
    keras_cnns.freeze(model, "conv4_block6_out", batch_normalization=False)
    assert not base.get_layer("conv4_6_3_conv").trainable
    assert base.get_layer("conv5_1_1_conv").trainable
