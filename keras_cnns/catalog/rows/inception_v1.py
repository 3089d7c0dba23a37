"""Inception-v1 (GoogLeNet): the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import CAFFE_WEIGHTS, IMAGENET, Network
from keras_cnns.catalog.papers import Paper

GOOGLENET = Paper(
    "Going Deeper with Convolutions",
    "Christian Szegedy, Wei Liu, Yangqing Jia, Pierre Sermanet, Scott Reed, Dragomir Anguelov, "
    "Dumitru Erhan, Vincent Vanhoucke, Andrew Rabinovich",
    "CVPR 2015",
    "2014-09",
    "1409.4842",
)

# fmt: off
NETWORKS = (
    Network(
        name="inception_v1", title="Inception-v1", module="inception_v1", paper=GOOGLENET,
        family="inception", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=6_998_552, macs=1_582_671_872,
        has_aux=True, checked_against="BVLC's Caffe definition, layer by layer",
        introduced="Towers of several scales side by side, made cheap by 1x1 convolutions.",
        top1=68.7, top5=88.9, top1_source=CAFFE_WEIGHTS,
        see=(
            "The green panel is the idea: four ways side by side, with windows of 1×1, 3×3 and 5×5 and a "
            "pooling, and “concat” puts their maps on top of each other. The “conv 1×1” before a large "
            "window makes it cheap, since it reduces the channels first. “global avg-pool” stands where "
            "others have large dense layers, and the whole network has a twentieth of VGG-16's "
            "parameters."
        ),
    ),
    Network(
        name="inception_net", title="Inception-v1 (training graph)", module="inception_v1", paper=GOOGLENET,
        family="inception", in_shape=IMAGENET, smallest=65, trainable=13_378_280, macs=1_591_044_096,
        checked_against="BVLC's Caffe definition with both auxiliary classifiers",
        introduced="Inception-v1 as it was trained: two more classifiers on the side.",
        see=(
            "Inception-v1 as it was trained. Two classifiers leave the lane in the middle, and their "
            "errors count with a weight of 0.3 each, so that early layers get a stronger signal. They are "
            "dropped once training is done, and with them almost half of the parameters."
        ),
    ),
)
# fmt: on

# Other names that people use; spelling does not matter.
ALIASES = {"googlenet": "inception_v1"}

# What the options of the factories do.
OPTIONS = {
    "aux": "`True` adds the auxiliary classifiers, each with a loss of its own, as for training.",
}
