"""AlexNet: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import CAFFE_WEIGHTS, IMAGENET, TORCHVISION, Network
from keras_cnns.catalog.papers import Paper

ALEXNET = Paper(
    "ImageNet Classification with Deep Convolutional Neural Networks",
    "Alex Krizhevsky, Ilya Sutskever, Geoffrey E. Hinton",
    "NIPS 2012",
    "2012-12",
    link="https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
)
ONE_WEIRD_TRICK = Paper(
    "One weird trick for parallelizing convolutional neural networks",
    "Alex Krizhevsky",
    "arXiv",
    "2014-04",
    "1404.5997",
)

# fmt: off
NETWORKS = (
    Network(
        name="alexnet", title="AlexNet", module="alexnet", paper=ALEXNET,
        family="plain", in_shape=(227, 227, 3), smallest=64, trainable=60_965_224, macs=724_406_816,
        checked_against="BVLC's Caffe definition, layer by layer",
        introduced="A large CNN on two GPUs: ReLU, overlapping pools, response normalization, dropout.",
        top1=57.1, top5=80.2, top1_source=CAFFE_WEIGHTS,
        see=(
            "LeNet's plan with more layers and far more maps. The cards behind a convolution are “2 "
            "groups”: the network was split over two graphics cards, which exchange maps in one of the "
            "three “conv 3×3” and in the dense layers. R marks ReLU, which trains faster than LeNet's "
            "tanh. The three dense layers hold 96 % of the parameters."
        ),
    ),
    Network(
        name="alexnet_owt", title="AlexNet (one tower)", module="alexnet", paper=ONE_WEIRD_TRICK,
        family="plain", in_shape=IMAGENET, smallest=63, trainable=61_100_840, macs=714_188_480,
        checked_against="torchvision's alexnet",
        introduced="AlexNet in one tower, without response normalization; the one with published weights.",
        top1=56.5, top5=79.1, top1_source=TORCHVISION,
        see=(
            "AlexNet without the split over two graphics cards: no groups, and no response normalization "
            "beside R. Convolutions, pools and dense layers are the same in number and order, with other "
            "widths. When someone loads weights called AlexNet from torchvision, this is the network."
        ),
    ),
)
# fmt: on

# Other names that people use; spelling does not matter.
ALIASES = {"alexnet_one_tower": "alexnet_owt"}

# What the options of the factories do.
OPTIONS = {
    "groups": "`2` builds the paper's two towers, `1` a single one, which sees all maps everywhere.",
}
