"""DenseNet: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import IMAGENET, TORCHVISION, Network
from keras_cnns.catalog.papers import Paper

DENSENET = Paper(
    "Densely Connected Convolutional Networks",
    "Gao Huang, Zhuang Liu, Laurens van der Maaten, Kilian Q. Weinberger",
    "CVPR 2017",
    "2016-08",
    "1608.06993",
)

# fmt: off
NETWORKS = (
    Network(
        name="densenet121", title="DenseNet-121", module="densenet", paper=DENSENET,
        family="dense", in_shape=IMAGENET, smallest=29, sensible=61,
        trainable=7_978_856, non_trainable=83_648, macs=2_834_161_664,
        checked_against="keras.applications' DenseNet121 and torchvision's densenet121",
        introduced=(
            "Every layer reads all maps made before it in its block: few new maps each, little to learn "
            "twice."
        ),
        see=(
            "A “dense unit” has two ways that end in “concat”: the maps that it read, and 32 new ones, "
            "its “growth 32”. It stands ×6, ×12, ×24 and ×16, and every unit reads all maps that its block "
            "has made. Between the blocks a “conv 1×1” halves the number of maps, and “avg-pool 2×2” their "
            "sides."
        ),
        top1=74.4, top5=92.0, top1_source=TORCHVISION,
    ),
    Network(
        name="densenet169", title="DenseNet-169", module="densenet", paper=DENSENET,
        family="dense", in_shape=IMAGENET, smallest=29, sensible=61,
        trainable=14_149_480, non_trainable=158_400, macs=3_359_843_328,
        checked_against="keras.applications' DenseNet169 and torchvision's densenet169",
        introduced="Dense blocks of 6, 12, 32 and 32 layers.",
        see=(
            "DenseNet-121 with the “dense unit” ×32 in the last two blocks. Set it beside ResNet-50: a "
            "little over half of the parameters, less work, and about the same accuracy."
        ),
        top1=75.6, top5=92.8, top1_source=TORCHVISION,
    ),
    Network(
        name="densenet201", title="DenseNet-201", module="densenet", paper=DENSENET,
        family="dense", in_shape=IMAGENET, smallest=29, sensible=61,
        trainable=20_013_928, non_trainable=229_056, macs=4_291_365_888,
        checked_against="keras.applications' DenseNet201 and torchvision's densenet201",
        introduced="Dense blocks of 6, 12, 48 and 32 layers.",
        see=(
            "The same picture with the “dense unit” ×48 and ×32. More depth costs little here, since "
            "each unit adds only 32 maps to those that it reads."
        ),
        top1=76.9, top5=93.4, top1_source=TORCHVISION,
    ),
    Network(
        name="densenet264", title="DenseNet-264", module="densenet", paper=DENSENET,
        family="dense", in_shape=IMAGENET, smallest=29, sensible=61,
        trainable=33_337_704, non_trainable=398_528, macs=5_751_653_376,
        checked_against="the paper's Table 1; its code is that of the smaller ones, which others confirm",
        introduced=(
            "Dense blocks of 6, 12, 64 and 48 layers; the deepest of the paper, with 265 by its own way "
            "of counting."
        ),
        see=(
            "The deepest of the paper, with the “dense unit” ×64 and ×48. Its blocks end with up to 2688 "
            "maps, of which each unit has made 32."
        ),
    ),
    Network(
        name="densenet161", title="DenseNet-161", module="densenet", paper=DENSENET,
        family="dense", in_shape=IMAGENET, smallest=29, sensible=61,
        trainable=28_681_000, non_trainable=219_936, macs=7_727_907_072,
        checked_against="torchvision's densenet161",
        introduced="Dense blocks that grow by 48 maps a layer, not 32; from the authors' release.",
        see=(
            "Not in the paper's table, but in the authors' code: the “dense unit” ×36 and ×24, with “growth "
            "48”, not 32. So it is wider than DenseNet-169, and has twice the parameters."
        ),
        top1=77.1, top5=93.6, top1_source=TORCHVISION,
    ),
)
# fmt: on
