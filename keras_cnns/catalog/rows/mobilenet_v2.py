"""MobileNetV2: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import IMAGENET, KERAS, Network
from keras_cnns.catalog.papers import Paper

MOBILENET_V2 = Paper(
    "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
    "Mark Sandler, Andrew Howard, Menglong Zhu, Andrey Zhmoginov, Liang-Chieh Chen",
    "CVPR 2018",
    "2018-01",
    "1801.04381",
)

# fmt: off
NETWORKS = (
    Network(
        name="mobilenet_v2", title="MobileNetV2", module="mobilenet_v2", paper=MOBILENET_V2,
        family="inverted", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=3_504_872, non_trainable=34_112, macs=300_774_272,
        checked_against="keras.applications' MobileNetV2 and torchvision's mobilenet_v2",
        introduced="Inverted residuals: wide inside, narrow where they are added, linear at the end.",
        top1=71.3, top5=90.1, top1_source=KERAS,
        see=(
            "An “inverted residual” widens, looks at every map alone and narrows again. Its last convolution "
            "has no R6: what is added stays linear. The first block of each stage has no shortcut, since it"
            " changes the shape."
        ),
    ),
)
# fmt: on
