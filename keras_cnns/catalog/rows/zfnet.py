"""ZFNet: the paper, the exact counts, and what to see in the picture."""

from keras_cnns.catalog.network import IMAGENET, Network
from keras_cnns.catalog.papers import Paper

ZFNET = Paper(
    "Visualizing and Understanding Convolutional Networks",
    "Matthew D. Zeiler, Rob Fergus",
    "ECCV 2014",
    "2013-11",
    "1311.2901",
)

# fmt: off
NETWORKS = (
    Network(
        name="zfnet", title="ZFNet", module="zfnet", paper=ZFNET,
        family="plain", in_shape=IMAGENET, smallest=53, trainable=62_357_608, macs=1_168_032_896,
        checked_against="the paper's Fig. 3, layer by layer",
        introduced="AlexNet mended by pictures of what its filters see: smaller first windows and strides.",
        see=(
            "AlexNet's eight layers in one tower. The first window is “conv 7×7”, not 11×11, and moves by "
            "two pixels, not four, so that fewer details are lost. Both are pooled before they are "
            "normalized. The dense layers hold 94 % of the parameters."
        ),
    ),
)
# fmt: on

# What the options of the factories do.
OPTIONS = {
    "wide": "`True` has 512, 1024 and 512 maps in the last three convolutions (Table 3).",
}
