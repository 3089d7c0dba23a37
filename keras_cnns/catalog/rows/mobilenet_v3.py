"""MobileNetV3: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import IMAGENET, KERAS, Network
from keras_cnns.catalog.papers import Paper

MOBILENET_V3 = Paper(
    "Searching for MobileNetV3",
    "Andrew Howard, Mark Sandler, Grace Chu, Liang-Chieh Chen, Bo Chen, Mingxing Tan, Weijun Wang, "
    "Yukun Zhu, Ruoming Pang, Vijay Vasudevan, Quoc V. Le, Hartwig Adam",
    "ICCV 2019",
    "2019-05",
    "1905.02244",
)

# fmt: off
NETWORKS = (
    Network(
        name="mobilenet_v3_large", title="MobileNetV3-Large", module="mobilenet_v3", paper=MOBILENET_V3,
        family="inverted", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=5_483_032, non_trainable=24_400, macs=216_589_760,
        checked_against="keras.applications' MobileNetV3Large and torchvision's mobilenet_v3_large",
        introduced="Layers found by a search for what is fast on a phone; the hard swish; gates.",
        top1=75.6, top1_source=KERAS,
        see=(
            "The blocks of MobileNetV2, some with a gate: a branch that starts with “global avg-pool” and "
            "ends in “multiply”. Half way the activation changes from R, for “ReLU”, to Hw, the “hard "
            "swish”."
        ),
    ),
    Network(
        name="mobilenet_v3_small", title="MobileNetV3-Small", module="mobilenet_v3", paper=MOBILENET_V3,
        family="inverted", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=2_542_856, non_trainable=12_112, macs=56_510_400,
        checked_against="keras.applications' MobileNetV3Small and torchvision's mobilenet_v3_small",
        introduced="The same for slower phones.",
        top1=68.1, top1_source=KERAS,
        see=(
            "Eleven blocks in place of fifteen, and all but two with a gate: a branch that starts with "
            "“global avg-pool” and ends in “multiply”. The gate itself ends in the “hard sigmoid”, which "
            "needs no exponential."
        ),
    ),
)
# fmt: on
