"""The facts of the catalogue, against a table typed by hand from the papers and the pages that it names."""

import authority
import pytest

from keras_cnns.catalog.facts import NETWORKS, find_network
from keras_cnns.weights import SETS

PAPER_OF = {authority.NETWORKS[row.name].paper: row.paper for row in NETWORKS}


@pytest.mark.parametrize("name", authority.PAPERS)
def test_papers(name):
    title, (first, last, count), month, place = authority.PAPERS[name]
    paper = PAPER_OF[name]
    authors = paper.authors.split(", ")
    assert (paper.title, paper.published) == (title, month)
    assert (authors[0], authors[-1], len(authors)) == (first, last, count)
    assert paper.url == (place if place.startswith("https") else f"https://arxiv.org/abs/{place}")
    assert paper.year == int(month[:4])


def test_the_number_on_arxiv_has_the_month():
    """1312.4400 was the 4,400th of December 2013; Caffe's paper was numbered two months after it came in."""
    for row in NETWORKS:
        if row.paper.arxiv and row.paper is not PAPER_OF["CAFFE"]:
            assert row.paper.published == f"20{row.paper.arxiv[:2]}-{row.paper.arxiv[2:4]}"


def test_networks_have_their_papers_and_names():
    found = {row.name: (row.paper, row.title) for row in NETWORKS}
    assert found == {name: (PAPER_OF[row.paper], row.title) for name, row in authority.NETWORKS.items()}


def test_accuracies():
    found = {row.name: (row.top1, row.top5, row.top1_source) for row in NETWORKS if row.top1}
    assert found == {name: row.accuracy for name, row in authority.NETWORKS.items() if row.accuracy}
    for row in NETWORKS:
        assert (row.top1 is None) == (row.top1_source is None)
        assert row.top5 is None or row.top1
        assert row.top1 is None or row.n_classes == 1000


# The published weights whose accuracies the catalogue gives, by its words for them.
SOURCES = {"BVLC's weights for Caffe": "onnx", "torchvision's weights": "torchvision"}


# torchvision's are for images of 224x224, where its pools round up and ours do not.
WITHOUT_WEIGHTS = {"squeezenet"}


@pytest.mark.parametrize(
    "name", [row.name for row in NETWORKS if row.top1_source in SOURCES and row.name not in WITHOUT_WEIGHTS]
)
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
