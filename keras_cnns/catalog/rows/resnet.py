"""ResNet: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import AUTHORS, IMAGENET, TORCHVISION, Network
from keras_cnns.catalog.papers import Paper

RESNET = Paper(
    "Deep Residual Learning for Image Recognition",
    "Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun",
    "CVPR 2016",
    "2015-12",
    "1512.03385",
)

# fmt: off
NETWORKS = (
    Network(
        name="resnet18", title="ResNet-18", module="resnet", paper=RESNET,
        family="residual", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=11_689_512, non_trainable=9_600, macs=1_814_073_344,
        checked_against="torchvision's resnet18",
        introduced="Residual blocks of two 3x3 convolutions.",
        top1=69.8, top5=89.1, top1_source=TORCHVISION,
        see=(
            "Follow the line below a block: it carries the input past the two convolutions to “add”. The "
            "block only has to learn what to change. An “identity block” passes its input on as it is; a "
            "“conv block” needs a “conv 1×1” on the way, because the sides of the maps halve and the "
            "channels double."
        ),
    ),
    Network(
        name="resnet34", title="ResNet-34", module="resnet", paper=RESNET,
        family="residual", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=21_797_672, non_trainable=17_024, macs=3_663_761_408,
        checked_against="torchvision's resnet34",
        introduced="Residual blocks of two 3x3 convolutions; beats its plain twin, "
                   "which is worse than 18 layers.",
        top1=73.3, top5=91.4, top1_source=TORCHVISION,
        see=(
            "The same two blocks as ResNet-18, with more identity blocks in each stage. Without the "
            "shortcuts, the paper found 34 layers worse than 18, even on the images they were trained on; "
            "with them they are better."
        ),
    ),
    Network(
        name="resnet50", title="ResNet-50", module="resnet", paper=RESNET,
        family="residual", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=25_557_032, non_trainable=53_120, macs=3_857_973_248,
        checked_against="torchvision's resnet50 for the parameters, "
                        "keras.applications' ResNet50 for the MACs",
        introduced="Residual learning with bottlenecks: blocks learn what to add, so depth stops hurting.",
        top1=75.3, top5=92.2, top1_source=AUTHORS,
        see=(
            "Each block is now a bottleneck: a “conv 1×1” reduces the channels, the “conv 3×3” works on "
            "few of them, and another “conv 1×1” restores them. That buys a third layer for about the "
            "same work. Nothing follows “add” but a ReLU, so a signal can run from the first block to the "
            "last along the shortcuts."
        ),
    ),
    Network(
        name="resnet101", title="ResNet-101", module="resnet", paper=RESNET,
        family="residual", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=44_549_160, non_trainable=105_344, macs=7_570_194_432,
        checked_against="torchvision's resnet101 for the parameters, "
                        "keras.applications' ResNet101 for the MACs",
        introduced="Residual learning with bottlenecks, 101 layers.",
        top1=76.4, top5=92.9, top1_source=AUTHORS,
        see=(
            "ResNet-50's picture with one number changed: the third stage has its identity block ×22, "
            "where ResNet-50 has five. All the additional depth goes where the maps are 14×14."
        ),
    ),
    Network(
        name="resnet152", title="ResNet-152", module="resnet", paper=RESNET,
        family="residual", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=60_192_808, non_trainable=151_424, macs=11_282_415_616,
        checked_against="torchvision's resnet152 for the parameters, "
                        "keras.applications' ResNet152 for the MACs",
        introduced="Residual learning with bottlenecks, 152 layers: winner of ILSVRC 2015 in an ensemble.",
        top1=77.0, top5=93.3, top1_source=AUTHORS,
        see=(
            "The same picture once more, with ×7 in the second and ×35 in the third stage. It is eight "
            "times as deep as VGG-19 and needs less work. An ensemble with such networks won ILSVRC 2015."
        ),
    ),
)
# fmt: on

# What the options of the factories do.
OPTIONS = {
    "stride_in_3x3": "`True` moves a bottleneck's stride from its first 1×1 to its 3×3, known as v1.5.",
}
