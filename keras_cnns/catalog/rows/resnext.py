"""ResNeXt: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import IMAGENET, PAPER, TORCHVISION, Network
from keras_cnns.catalog.papers import Paper

RESNEXT = Paper(
    "Aggregated Residual Transformations for Deep Neural Networks",
    "Saining Xie, Ross Girshick, Piotr Dollár, Zhuowen Tu, Kaiming He",
    "CVPR 2017",
    "2016-11",
    "1611.05431",
)

# fmt: off
NETWORKS = (
    Network(
        name="resnext50", title="ResNeXt-50 (32×4d)", module="resnext", paper=RESNEXT,
        family="grouped", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=25_028_904, non_trainable=68_224, macs=4_230_479_872,
        checked_against="torchvision's resnext50_32x4d",
        introduced="Cardinality: 32 equal paths in a block, better than deeper or wider at the same cost.",
        top1=77.8, top1_source=PAPER,
        see=(
            "ResNet-50's picture with one change: the “conv 3×3” has “32 groups”. Each group sees its own "
            "part of the channels, which is the same as 32 narrow paths that are added up. At the cost of "
            "ResNet-50 it is more accurate."
        ),
    ),
    Network(
        name="resnext101", title="ResNeXt-101 (32×4d)", module="resnext", paper=RESNEXT,
        family="grouped", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=44_177_704, non_trainable=137_856, macs=7_969_996_800,
        checked_against="timm's resnext101_32x4d",
        introduced="32 paths in a block, 101 layers.",
        top1=78.8, top5=94.4, top1_source=PAPER,
        see=(
            "ResNeXt-50 with an “identity block” ×22 in the third stage, as ResNet-101 has it. Compare it "
            "with ResNet-101: nearly the same parameters and work, and the groups make the difference."
        ),
    ),
    Network(
        name="resnext101_64x4d", title="ResNeXt-101 (64×4d)", module="resnext", paper=RESNEXT,
        family="grouped", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=83_455_272, non_trainable=202_880, macs=15_460_270_080,
        checked_against="torchvision's resnext101_64x4d",
        introduced="64 paths in a block, 101 layers.",
        top1=79.6, top5=94.7, top1_source=PAPER,
        see=(
            "ResNeXt-101 with “64 groups” in place of 32, so twice the paths and about twice the work. "
            "Nothing else in the picture is new."
        ),
    ),
    Network(
        name="resnext101_32x8d", title="ResNeXt-101 (32×8d)", module="resnext", paper=RESNEXT,
        family="grouped", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=88_791_336, non_trainable=202_880, macs=16_414_015_488,
        checked_against="torchvision's resnext101_32x8d",
        introduced="32 paths twice as wide, 101 layers: torchvision's release.",
        top1=79.3, top5=94.5, top1_source=TORCHVISION,
        see=(
            "ResNeXt-101 with its “32 groups”, each twice as wide. It costs as much as with 64 groups. "
            "Nothing else in the picture is new."
        ),
    ),
)
# fmt: on

# Other names that people use; spelling does not matter.
ALIASES = {"resnext50_32x4d": "resnext50", "resnext101_32x4d": "resnext101"}
