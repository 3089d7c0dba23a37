"""What the texts say of the pictures: each word in quotes and each count stands in the picture itself."""

import re

import pytest
from support.sizes import each, weightless

from keras_cnns.catalog import facts
from keras_cnns.diagram.draw.scene import Text
from keras_cnns.visualize import plot_model

NETWORKS = {network.name: network for network in facts.NETWORKS}
WHAT_TO_SEE = {network.name: network.see for network in facts.NETWORKS}


def test_every_network_has_a_text():
    for text in WHAT_TO_SEE.values():
        assert 2 <= len(re.findall(r"[.](?=\s|$)", text)) <= 4 and len(text) < 480


@pytest.mark.parametrize("name", each(WHAT_TO_SEE))
def test_quoted_words_and_counts_stand_in_the_picture(name):
    text = WHAT_TO_SEE[name]
    shapes = plot_model(weightless(name)).scene.shapes
    # Lines of one caption follow each other.
    words = " ".join(shape.string for shape in shapes if isinstance(shape, Text))
    for quoted in re.findall("“(.*?)”", text):
        assert quoted in words, quoted
    counts = re.findall(r"(?<!\d)×\d+(?!\d*×)", text)
    assert set(counts) <= set(words.split())


@pytest.mark.parametrize(
    "name, share, layers",
    [
        ("alexnet", 0.96, "Dense"),
        ("lenet_caffe", 0.93, "ip1"),
        ("vgg11", 0.93, "Dense"),
        ("vgg16", 103 / 138, "fc6"),
    ],
)
def test_shares_of_parameters(name, share, layers):
    model = weightless(name)
    counted = [layer for layer in model.layers if layers in (type(layer).__name__, layer.name)]
    held = sum(layer.count_params() for layer in counted) / NETWORKS[name].trainable
    assert held == pytest.approx(share, abs=0.005)


def test_comparisons_of_costs():
    def ratio(one, other, cost):
        return getattr(NETWORKS[one], cost) / getattr(NETWORKS[other], cost)

    assert ratio("lenet_caffe", "lenet_5", "trainable") == pytest.approx(7, abs=0.5)
    assert ratio("vgg16", "inception_v1", "trainable") == pytest.approx(20, abs=0.5)
    assert 0.45 < 1 - ratio("inception_v1", "inception_net", "trainable") < 0.5
    assert NETWORKS["nin_cifar"].trainable < 1_000_000
    assert NETWORKS["resnet152"].macs < NETWORKS["vgg19"].macs
    assert ratio("resnet18", "resnet44", "trainable") == pytest.approx(18, abs=0.5)
    assert ratio("resnet18", "resnet110", "trainable") == pytest.approx(7, abs=0.5)
    assert ratio("resnext101", "resnet101", "trainable") == pytest.approx(1, abs=0.06)
    assert ratio("resnext101", "resnet101", "macs") == pytest.approx(1, abs=0.06)
    assert ratio("resnext101_64x4d", "resnext101", "macs") == pytest.approx(2, abs=0.1)
    assert 0.5 < ratio("densenet169", "resnet50", "trainable") < 0.6
    assert ratio("densenet169", "resnet50", "macs") < 1
    assert ratio("densenet161", "densenet169", "trainable") == pytest.approx(2, abs=0.1)
    assert ratio("se_resnet50", "resnet50", "trainable") == pytest.approx(1.1, abs=0.01)
    assert ratio("se_resnet50", "resnet50", "macs") < 1.001
    assert NETWORKS["resnext50"].top1 > NETWORKS["resnet50"].top1
    for one, other in (("vgg19", "vgg16"), ("inception_resnet_v2", "inception_v4")):
        assert 0 < NETWORKS[one].top1 - NETWORKS[other].top1 < 1
