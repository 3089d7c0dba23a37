"""Names of keras.applications, torchvision and timm mean the layers of ours that give the same numbers."""

import keras
import numpy as np
import pytest
from keras import applications, layers
from support.parity import difference, images, randomize, weighted_layers

import keras_cnns
from keras_cnns import architectures
from keras_cnns.building import without_weights
from keras_cnns.catalog.facts import NETWORKS
from keras_cnns.submodels.places import all_places
from keras_cnns.submodels.published_names import networks, ours

# A network, its factory in keras.applications, an image's shape, and how many of its layers have another name
# with us: landmarks and what is in the blocks.
OF_KERAS = {
    "vgg16": (applications.VGG16, (32, 32, 3), 21),
    "vgg19": (applications.VGG19, (32, 32, 3), 24),
    "resnet50": (applications.ResNet50, (40, 40, 3), 118),
    "inception_v3": (applications.InceptionV3, (75, 75, 3), 11),
    "inception_resnet_v2": (applications.InceptionResNetV2, (75, 75, 3), 43),
    "xception": (applications.Xception, (71, 71, 3), 103),
}

TABLED = {*OF_KERAS, "resnet18", "resnet101", "resnet152", "vgg11", "vgg13", "inception_v1", "inception_v4"}


def names_of(model):
    return {place.name for place in all_places(model)}


def take_over(theirs, model):
    """Give our model the weights of keras.applications', whose ResNets have biases and another epsilon."""
    bias = 0.0
    for layer, mine in zip(weighted_layers(theirs), weighted_layers(model), strict=True):
        weights = layer.get_weights()
        if isinstance(mine, layers.BatchNormalization):
            weights[-2] -= bias
            weights[-1] += layer.epsilon - mine.epsilon
        bias = weights.pop() if len(weights) > len(mine.weights) else 0.0
        mine.set_weights(weights)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.peers] * ("vgg16" != name != "resnet50")) for name in OF_KERAS],
)
def test_names_of_keras_applications_mean_equal_outputs(name):
    factory, in_shape, count = OF_KERAS[name]
    theirs, x = factory(weights=None, input_shape=in_shape, classes=4), images(in_shape)
    randomize(theirs, x)
    model = getattr(architectures, name)(in_shape, 4)
    take_over(theirs, model)
    present = names_of(model)
    pairs = {layer.name: mine for layer in theirs.layers if (mine := ours(layer.name, present))}
    assert len(pairs) == count
    cut = keras_cnns.features(model, {their: their for their in pairs if their not in present})
    expected = keras.Model(theirs.input, {their: theirs.get_layer(their).output for their in cut.output})(x)
    found = cut(x)
    assert max(difference(found[their], expected[their]) for their in found) < 1e-3


@pytest.mark.peers
@pytest.mark.parametrize(
    "name", ["resnet18", "resnet50-v1.5", "vgg11", "inception_v3", "inception_v4", "xception"]
)
def test_names_of_torchvision_and_timm_mean_equal_outputs(name):
    """Each module of theirs whose name is known, against the layer it is said to be."""
    from architectures.test_parity_torch import CASES, copy_weights
    from support import torch_peers as peers

    network, size, options, _ = CASES[name]
    x = images((*size, 3)).astype("float32")
    module, order = peers.build(name.replace("-v1.5", "_v1_5"), x)
    model = getattr(architectures, network)((*size, 3), peers.N_CLASSES, **options)
    copy_weights(model, order)
    present = names_of(model)
    made = {}
    for their, part in module.named_modules():
        if their not in present and ours(their, present):
            part.register_forward_hook(
                lambda _, __, made_there, their=their: made.update({their: made_there.clone()})
            )
    peers.logits(module, x)
    assert len(made) > {"vgg11": 12, "xception": 15}.get(name, 10)
    found = keras_cnns.features(model, {their: their for their in made})(x)
    for their, output in made.items():
        expected = output.detach().numpy()
        if expected.ndim == 4:
            expected = expected.transpose(0, 2, 3, 1).reshape(found[their].shape)
        if model.get_layer(ours(their, present)).name != "predictions":  # which has the softmax here
            assert difference(found[their], expected) < 1e-3, their


def test_every_table_is_of_a_network():
    """No landmark is one that no network has, and what is meant is there in one of those that it fits."""
    present = [names_of(without_weights(network.name)) for network in NETWORKS if network.name in TABLED]
    for names in networks():
        models = [each for each in present if {*names.landmarks} <= each]
        assert models
        assert {*names.ours.values()} <= set().union(*models)


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
