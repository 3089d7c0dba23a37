"""ShuffleNet v2: the paper, the exact counts, and what to see in the picture."""

from keras_cnns.catalog.network import IMAGENET, TORCHVISION, Network
from keras_cnns.catalog.papers import Paper

SHUFFLENET_V2 = Paper(
    "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design",
    "Ningning Ma, Xiangyu Zhang, Hai-Tao Zheng, Jian Sun",
    "ECCV 2018",
    "2018-07",
    "1807.11164",
)

# fmt: off
NETWORKS = (
    Network(
        name="shufflenet_v2", title="ShuffleNet v2", module="shufflenet_v2", paper=SHUFFLENET_V2,
        family="inverted", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=2_278_604, non_trainable=16_180, macs=144_907_992,
        checked_against="torchvision's shufflenet_v2_x1_0",
        introduced="Channel split and shuffle: half of the maps pass a unit for nothing.",
        top1=69.4, top5=88.3, top1_source=TORCHVISION,
        see=(
            "In a “basic unit” a “split” sends half of the maps past “conv 1×1”, “conv dw 3×3” and "
            "“conv 1×1”. After “concat” a “shuffle” mixes the halves, so that the next unit works on other "
            "maps. Each stage begins with a “down-sampling unit”, in which both ways read all maps; ×3 or ×7 "
            "basic units follow."
        ),
    ),
)
# fmt: on

# Other names that people use; spelling does not matter.
ALIASES = {"shufflenet_v2_x1_0": "shufflenet_v2"}

# What the options of the factories do.
OPTIONS = {"scale": "One of `0.5`, `1.0`, `1.5` and `2.0`: how wide the stages are (Table 5)."}
