"""ShuffleNet: the paper, the exact counts, and what to see in the picture."""

from keras_cnns.catalog.network import IMAGENET, PAPER, Network
from keras_cnns.catalog.papers import Paper

SHUFFLENET = Paper(
    "ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices",
    "Xiangyu Zhang, Xinyu Zhou, Mengxiao Lin, Jian Sun",
    "CVPR 2018",
    "2017-07",
    "1707.01083",
)

# fmt: off
NETWORKS = (
    Network(
        name="shufflenet", title="ShuffleNet", module="shufflenet", paper=SHUFFLENET,
        family="inverted", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=1_865_728, non_trainable=24_480, macs=137_460_672,
        checked_against="the paper's table and the authors' counts",
        introduced="Grouped 1x1 convolutions, and a shuffle that lets the groups learn of each other.",
        see=(
            "In a unit both “conv 1×1” have “3 groups”, and a “shuffle” between them hands maps from group "
            "to group; “conv dw 3×3” works on each map alone. Where the map is halved, “avg-pool” takes the "
            "place of the shortcut, and “concat” that of “add”."
        ),
        top1=67.4, top1_source=PAPER,
    ),
)
# fmt: on

# Other names that people use; spelling does not matter.
ALIASES = {"shufflenet_v1": "shufflenet"}

# What the options of the factories do.
OPTIONS = {"groups": "One of `1`, `2`, `3`, `4` and `8`: the groups of the 1x1 convolutions (Table 1)."}
