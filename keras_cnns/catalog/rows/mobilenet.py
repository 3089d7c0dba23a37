"""MobileNet: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import IMAGENET, KERAS, Network
from keras_cnns.catalog.papers import Paper

MOBILENET = Paper(
    "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications",
    "Andrew G. Howard, Menglong Zhu, Bo Chen, Dmitry Kalenichenko, Weijun Wang, Tobias Weyand, "
    "Marco Andreetto, Hartwig Adam",
    "arXiv",
    "2017-04",
    "1704.04861",
)

# fmt: off
NETWORKS = (
    Network(
        name="mobilenet", title="MobileNet", module="mobilenet", paper=MOBILENET,
        family="inverted", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=4_231_976, non_trainable=21_888, macs=568_740_352,
        checked_against="keras.applications' MobileNet and timm's mobilenetv1_100",
        introduced="Depthwise separable convolutions in a network for phones, and a factor for its width.",
        top1=70.4, top5=89.5, top1_source=KERAS,
        see=(
            "One pair of boxes, ×13: “conv dw” looks at each map alone, “conv 1×1” across all of them. The "
            "maps shrink and widen on the way; nothing else changes. Hardly any of the work is in the "
            "larger windows."
        ),
    ),
)
# fmt: on

# What the options of the factories do.
OPTIONS = {
    "alpha": "how many times as many maps every layer has; the authors trained `1.0` and smaller ones.",
}
