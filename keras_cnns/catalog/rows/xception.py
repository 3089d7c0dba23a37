"""Xception: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import INCEPTION, PAPER, Network
from keras_cnns.catalog.papers import Paper

XCEPTION = Paper(
    "Xception: Deep Learning with Depthwise Separable Convolutions",
    "François Chollet",
    "CVPR 2017",
    "2016-10",
    "1610.02357",
)

# fmt: off
NETWORKS = (
    Network(
        name="xception", title="Xception", module="xception", paper=XCEPTION,
        family="separable", in_shape=INCEPTION, smallest=7, sensible=39,
        trainable=22_855_952, non_trainable=54_528, macs=8_357_403_496,
        checked_against="keras.applications' Xception and the paper's Table 3",
        introduced="Depthwise separable convolutions throughout: channels and space are learned apart.",
        top1=79.0, top5=94.5, top1_source=PAPER,
        see=(
            "Nearly all convolutions are “conv sep”: a 3×3 window for each channel by itself, then a 1×1 "
            "one that mixes the channels. It is Inception's idea taken to its end, with a branch for each "
            "channel. The modules are residual, and the “Middle module” stands ×8."
        ),
    ),
)
# fmt: on
