"""Wide ResNet: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import IMAGENET, TORCHVISION, Network
from keras_cnns.catalog.papers import Paper

WIDE_RESNET = Paper(
    "Wide Residual Networks",
    "Sergey Zagoruyko, Nikos Komodakis",
    "BMVC 2016",
    "2016-05",
    "1605.07146",
)

# fmt: off
NETWORKS = (
    Network(
        name="wrn16_8", title="WRN-16-8 (CIFAR-10)", module="wide_resnet", paper=WIDE_RESNET,
        family="residual", in_shape=(32, 32, 3), n_classes=10, smallest=1, sensible=5,
        trainable=10_961_370, non_trainable=7_200, macs=1_548_145_664,
        checked_against="the paper's 11.0 million, and its units in NumPy",
        introduced="Width for depth: 16 layers, eight times as wide.",
        see=(
            "A residual network for images of 32×32 with two units in a stage. The letters B and R stand "
            "before each “conv 3×3”, as in ResNet v2, and nothing follows “add”."
        ),
    ),
    Network(
        name="wrn28_10", title="WRN-28-10 (CIFAR-10)", module="wide_resnet", paper=WIDE_RESNET,
        family="residual", in_shape=(32, 32, 3), n_classes=10, smallest=1, sensible=5,
        trainable=36_479_194, non_trainable=17_952, macs=5_243_328_768,
        checked_against="the paper's 36.5 million, and its units in NumPy",
        introduced="Width for depth: 28 layers, ten times as wide, beat a thousand thin ones.",
        see=(
            "The picture of WRN-16-8 with four units in a stage, so that an “identity block” stands ×3. "
            "The widths are in no box: with 640 maps it has 21 times the parameters of ResNet-110."
        ),
    ),
    Network(
        name="wrn40_4", title="WRN-40-4 (CIFAR-10)", module="wide_resnet", paper=WIDE_RESNET,
        family="residual", in_shape=(32, 32, 3), n_classes=10, smallest=1, sensible=5,
        trainable=8_949_210, non_trainable=10_784, macs=1_298_582_016,
        checked_against="the paper's 8.9 million, and its units in NumPy",
        introduced="Width for depth: 40 layers, four times as wide.",
        see=(
            "The deepest of the three for CIFAR-10, with an “identity block” ×5 in each stage. It is the "
            "narrowest, and so the one with the fewest parameters."
        ),
    ),
    Network(
        name="wrn50_2", title="WRN-50-2", module="wide_resnet", paper=WIDE_RESNET,
        family="residual", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=68_883_240, non_trainable=68_224, macs=11_398_021_120,
        checked_against="torchvision's wide_resnet50_2",
        introduced="ResNet-50 with the inner maps of its bottlenecks doubled.",
        top1=78.5, top5=94.1, top1_source=TORCHVISION,
        see=(
            "Box for box the picture of ResNet-50. Only the “conv 3×3” of a bottleneck has twice as many "
            "maps, which the boxes do not say and the parameters do: 2.7 times as many."
        ),
    ),
    Network(
        name="wrn101_2", title="WRN-101-2", module="wide_resnet", paper=WIDE_RESNET,
        family="residual", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=126_886_696, non_trainable=137_856, macs=22_753_050_624,
        checked_against="torchvision's wide_resnet101_2",
        introduced="ResNet-101 with the inner maps of its bottlenecks doubled, as torchvision has it.",
        top1=78.8, top5=94.3, top1_source=TORCHVISION,
        see=(
            "WRN-50-2 with an “identity block” ×22 in the third stage, as ResNet-101 has it. "
            "It has nearly three times that network's parameters."
        ),
    ),
)
# fmt: on

# Other names that people use; spelling does not matter.
ALIASES = {"wide_resnet50_2": "wrn50_2", "wide_resnet101_2": "wrn101_2"}
