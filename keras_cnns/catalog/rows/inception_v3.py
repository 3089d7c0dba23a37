"""Inception-v3: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import INCEPTION, TF_SLIM, Network
from keras_cnns.catalog.papers import Paper

RETHINKING = Paper(
    "Rethinking the Inception Architecture for Computer Vision",
    "Christian Szegedy, Vincent Vanhoucke, Sergey Ioffe, Jonathon Shlens, Zbigniew Wojna",
    "CVPR 2016",
    "2015-12",
    "1512.00567",
)

# fmt: off
NETWORKS = (
    Network(
        name="inception_v3", title="Inception-v3", module="inception_v3", paper=RETHINKING,
        family="inception", in_shape=INCEPTION, smallest=75, sensible=107,
        trainable=23_817_352, non_trainable=34_432, macs=5_713_216_096,
        has_aux=True, checked_against="keras.applications' InceptionV3",
        introduced="Large kernels factorised into small and flat ones; label smoothing.",
        top1=78.0, top5=93.9, top1_source=TF_SLIM,
        see=(
            "Look at “Inception-B”: a window of 7×7 is split into “conv 1×7” and “conv 7×1”, two strips "
            "with 14 weights where the square has 49. In “Inception-C” the strips stand side by side, "
            "which gives more maps in place of more layers. Each size of map has its own kind of module."
        ),
    ),
)
# fmt: on
