"""SqueezeNet: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import IMAGENET, TORCHVISION, Network
from keras_cnns.catalog.papers import Paper

SQUEEZENET = Paper(
    "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
    "Forrest N. Iandola, Song Han, Matthew W. Moskewicz, Khalid Ashraf, William J. Dally, Kurt Keutzer",
    "arXiv",
    "2016-02",
    "1602.07360",
)

# fmt: off
NETWORKS = (
    Network(
        name="squeezenet", title="SqueezeNet 1.0", module="squeezenet", paper=SQUEEZENET,
        family="plain", in_shape=(227, 227, 3), smallest=35, sensible=51, trainable=1_248_424,
        macs=832_667_936,
        checked_against="torchvision's squeezenet1_0",
        introduced="Fire modules: few 1x1 filters before the 3x3; AlexNet's accuracy, 1/50 of its size.",
        top1=58.1, top5=80.4, top1_source=TORCHVISION,
        see=(
            "A module first squeezes: a “conv 1×1” leaves few maps. Then it expands: “conv 1×1” and "
            "“conv 3×3” stand side by side, and “concat” puts their maps on top of each other. There is no "
            "dense layer; the last “conv 1×1” has one map for each class."
        ),
    ),
    Network(
        name="squeezenet_1_1", title="SqueezeNet 1.1", module="squeezenet", paper=SQUEEZENET,
        family="plain", in_shape=IMAGENET, smallest=31, sensible=47, trainable=1_235_496, macs=349_151_936,
        checked_against="torchvision's squeezenet1_1",
        introduced="The authors' second release: earlier pools and less than half the work.",
        top1=58.2, top5=80.6, top1_source=TORCHVISION,
        see=(
            "SqueezeNet 1.0 with a first window of “conv 3×3” and the poolings moved towards the input, so "
            "that more modules work on small maps. The modules are the same, and so is the accuracy."
        ),
    ),
)
# fmt: on

# Other names that people use; spelling does not matter.
ALIASES = {"squeezenet_1_0": "squeezenet"}
