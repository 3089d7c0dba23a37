"""Inception-v4: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import INCEPTION, TF_SLIM, Network
from keras_cnns.catalog.papers import Paper

INCEPTION_V4 = Paper(
    "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning",
    "Christian Szegedy, Sergey Ioffe, Vincent Vanhoucke, Alex Alemi",
    "AAAI 2017",
    "2016-02",
    "1602.07261",
)

# fmt: off
NETWORKS = (
    Network(
        name="inception_v4", title="Inception-v4", module="inception_v4", paper=INCEPTION_V4,
        family="inception", in_shape=INCEPTION, smallest=75, sensible=107,
        trainable=42_648_232, non_trainable=63_168, macs=12_253_974_624,
        has_aux=True, checked_against="timm's inception_v4, less the gammas that TF-Slim's has not",
        introduced="One uniform module for each grid size, dedicated reductions between.",
        top1=80.2, top5=95.2, top1_source=TF_SLIM,
        see=(
            "Three kinds of modules, ×4, ×7 and ×3, with a “Reduction” between them: one kind for each "
            "size of map, and all of a kind alike. The “Stem” has branches, too: convolution and pooling "
            "share the halving. There is no shortcut; its sister Inception-ResNet-v2 has them and comes "
            "to about the same accuracy."
        ),
    ),
)
# fmt: on
