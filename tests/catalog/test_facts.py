"""The facts of the catalogue, against a table typed by hand from the papers and the pages that it names."""

import pytest

from keras_cnns.catalog import facts
from keras_cnns.catalog.facts import NETWORKS, find_network
from keras_cnns.weights import SETS

# Title, first and last author, how many there are, month of the first public version, where it is. From the
# abstract pages of arXiv ("Submitted on"), the ACM/IEEE page of LeNet's paper and that of NIPS 2012.
PAPERS = {
    "LENET": (
        "Gradient-Based Learning Applied to Document Recognition",
        ("Yann LeCun", "Patrick Haffner", 4),
        "1998-11",
        "https://doi.org/10.1109/5.726791",
    ),
    "ALEXNET": (
        "ImageNet Classification with Deep Convolutional Neural Networks",
        ("Alex Krizhevsky", "Geoffrey E. Hinton", 3),
        "2012-12",
        "https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
    ),
    "NIN": ("Network In Network", ("Min Lin", "Shuicheng Yan", 3), "2013-12", "1312.4400"),
    "ONE_WEIRD_TRICK": (
        "One weird trick for parallelizing convolutional neural networks",
        ("Alex Krizhevsky", "Alex Krizhevsky", 1),
        "2014-04",
        "1404.5997",
    ),
    "CAFFE": (  # submitted on 20 June, numbered in August
        "Caffe: Convolutional Architecture for Fast Feature Embedding",
        ("Yangqing Jia", "Trevor Darrell", 8),
        "2014-06",
        "1408.5093",
    ),
    "VGG": (
        "Very Deep Convolutional Networks for Large-Scale Image Recognition",
        ("Karen Simonyan", "Andrew Zisserman", 2),
        "2014-09",
        "1409.1556",
    ),
    "GOOGLENET": (
        "Going Deeper with Convolutions",
        ("Christian Szegedy", "Andrew Rabinovich", 9),
        "2014-09",
        "1409.4842",
    ),
    "BATCH_NORMALIZATION": (
        "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
        ("Sergey Ioffe", "Christian Szegedy", 2),
        "2015-02",
        "1502.03167",
    ),
    "RETHINKING": (
        "Rethinking the Inception Architecture for Computer Vision",
        ("Christian Szegedy", "Zbigniew Wojna", 5),
        "2015-12",
        "1512.00567",
    ),
    "RESNET": (
        "Deep Residual Learning for Image Recognition",
        ("Kaiming He", "Jian Sun", 4),
        "2015-12",
        "1512.03385",
    ),
    "INCEPTION_V4": (
        "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning",
        ("Christian Szegedy", "Alex Alemi", 4),
        "2016-02",
        "1602.07261",
    ),
    "XCEPTION": (
        "Xception: Deep Learning with Depthwise Separable Convolutions",
        ("François Chollet", "François Chollet", 1),
        "2016-10",
        "1610.02357",
    ),
    "RESNEXT": (
        "Aggregated Residual Transformations for Deep Neural Networks",
        ("Saining Xie", "Kaiming He", 5),
        "2016-11",
        "1611.05431",
    ),
}

# The paper of each network, and the name in print.
NAMES = {
    "lenet_5": ("LENET", "LeNet-5"),
    "alexnet": ("ALEXNET", "AlexNet"),
    "nin": ("NIN", "Network in Network"),
    "nin_cifar": ("NIN", "Network in Network (CIFAR-10)"),
    "alexnet_owt": ("ONE_WEIRD_TRICK", "AlexNet (one tower)"),
    "lenet_caffe": ("CAFFE", "LeNet of Caffe"),
    "vgg11": ("VGG", "VGG-11"),
    "vgg13": ("VGG", "VGG-13"),
    "vgg16": ("VGG", "VGG-16"),
    "vgg19": ("VGG", "VGG-19"),
    "inception_v1": ("GOOGLENET", "Inception-v1"),
    "inception_net": ("GOOGLENET", "Inception-v1 (training graph)"),
    "inception_v2": ("BATCH_NORMALIZATION", "Inception-v2"),
    "inception_v3": ("RETHINKING", "Inception-v3"),
    "resnet18": ("RESNET", "ResNet-18"),
    "resnet34": ("RESNET", "ResNet-34"),
    "resnet50": ("RESNET", "ResNet-50"),
    "resnet101": ("RESNET", "ResNet-101"),
    "resnet152": ("RESNET", "ResNet-152"),
    "resnet20": ("RESNET", "ResNet-20 (CIFAR-10)"),
    "resnet32": ("RESNET", "ResNet-32 (CIFAR-10)"),
    "resnet44": ("RESNET", "ResNet-44 (CIFAR-10)"),
    "resnet56": ("RESNET", "ResNet-56 (CIFAR-10)"),
    "resnet110": ("RESNET", "ResNet-110 (CIFAR-10)"),
    "inception_v4": ("INCEPTION_V4", "Inception-v4"),
    "inception_resnet_v1": ("INCEPTION_V4", "Inception-ResNet-v1"),
    "inception_resnet_v2": ("INCEPTION_V4", "Inception-ResNet-v2"),
    "xception": ("XCEPTION", "Xception"),
    "resnext50": ("RESNEXT", "ResNeXt-50 (32×4d)"),
    "resnext101": ("RESNEXT", "ResNeXt-101 (32×4d)"),
    "resnext101_64x4d": ("RESNEXT", "ResNeXt-101 (64×4d)"),
}

# Top-1 and top-5 accuracy, one central crop, and whose they are:
# Caffe's models/bvlc_alexnet/readme.md and bvlc_googlenet/readme.md; torchvision's table of weights, V1;
# tensorflow/models, research/slim/README.md; github.com/KaimingHe/deep-residual-networks (errors 24.7/7.8,
# 23.6/7.1, 23.0/6.7); Inception-v4's Table 2 (21.3/5.5); Xception's Table 1; ResNeXt's Tables 3 and 4 (22.2,
# 21.2/5.6 and 20.4/5.3).
ACCURACIES = {
    "alexnet": (57.1, 80.2, "BVLC's weights for Caffe"),
    "alexnet_owt": (56.5, 79.1, "torchvision's weights"),
    "vgg16": (71.6, 90.4, "torchvision's weights"),
    "vgg19": (72.4, 90.9, "torchvision's weights"),
    "inception_v1": (68.7, 88.9, "BVLC's weights for Caffe"),
    "inception_v2": (73.9, 91.8, "TF-Slim's weights"),
    "inception_v3": (78.0, 93.9, "TF-Slim's weights"),
    "resnet18": (69.8, 89.1, "torchvision's weights"),
    "resnet34": (73.3, 91.4, "torchvision's weights"),
    "resnet50": (75.3, 92.2, "the authors' weights for Caffe"),
    "resnet101": (76.4, 92.9, "the authors' weights for Caffe"),
    "resnet152": (77.0, 93.3, "the authors' weights for Caffe"),
    "inception_v4": (80.2, 95.2, "TF-Slim's weights"),
    "inception_resnet_v1": (78.7, 94.5, "the paper"),
    "inception_resnet_v2": (80.4, 95.3, "TF-Slim's weights"),
    "xception": (79.0, 94.5, "the paper"),
    "resnext50": (77.8, None, "the paper"),
    "resnext101": (78.8, 94.4, "the paper"),
    "resnext101_64x4d": (79.6, 94.7, "the paper"),
}


@pytest.mark.parametrize("name", PAPERS)
def test_papers(name):
    title, (first, last, count), month, place = PAPERS[name]
    paper = getattr(facts, name)
    authors = paper.authors.split(", ")
    assert (paper.title, paper.published) == (title, month)
    assert (authors[0], authors[-1], len(authors)) == (first, last, count)
    assert paper.url == (place if place.startswith("https") else f"https://arxiv.org/abs/{place}")
    assert paper.year == int(month[:4])


def test_the_number_on_arxiv_has_the_month():
    """1312.4400 was the 4,400th of December 2013; Caffe's paper was numbered two months after it came in."""
    for row in NETWORKS:
        if row.paper.arxiv and row.paper is not facts.CAFFE:
            assert row.paper.published == f"20{row.paper.arxiv[:2]}-{row.paper.arxiv[2:4]}"


def test_networks_have_their_papers_and_names():
    found = {row.name: (row.paper, row.title) for row in NETWORKS}
    assert found == {name: (getattr(facts, paper), title) for name, (paper, title) in NAMES.items()}


def test_accuracies():
    found = {row.name: (row.top1, row.top5, row.top1_source) for row in NETWORKS if row.top1}
    assert found == ACCURACIES
    for row in NETWORKS:
        assert (row.top1 is None) == (row.top1_source is None)
        assert row.top5 is None or row.top1
        assert row.top1 is None or row.n_classes == 1000


# The published weights whose accuracies the catalogue gives, by its words for them.
SOURCES = {"BVLC's weights for Caffe": "onnx", "torchvision's weights": "torchvision"}


@pytest.mark.parametrize("name", [row.name for row in NETWORKS if row.top1_source in SOURCES])
def test_accuracies_are_those_of_the_published_weights(name):
    network = find_network(name)
    source = SOURCES[network.top1_source]
    row = next(row for row in SETS if (row.network, row.source) == (name, source))
    assert (round(row.top1, 1), round(row.top5, 1)) == (network.top1, network.top5)


@pytest.mark.parametrize("name", ["inception_v4", "inception_resnet_v2"])
def test_timm_has_tf_slims_weights(name):
    network = find_network(name)
    row = next(row for row in SETS if (row.network, row.source) == (name, "timm"))
    assert network.top1_source == "TF-Slim's weights"
    assert (row.top1, row.top5) == (network.top1, network.top5)


def test_larger_networks_of_a_paper_are_better():
    for family in (("vgg16", "vgg19"), ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")):
        accuracies = [find_network(name).top1 for name in family]
        assert accuracies == sorted(accuracies)
