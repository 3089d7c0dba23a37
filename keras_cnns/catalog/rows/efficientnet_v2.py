"""EfficientNetV2: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import KERAS, Network
from keras_cnns.catalog.papers import Paper

EFFICIENTNET_V2 = Paper(
    "EfficientNetV2: Smaller Models and Faster Training",
    "Mingxing Tan, Quoc V. Le",
    "ICML 2021",
    "2021-04",
    "2104.00298",
)

# fmt: off
NETWORKS = (
    Network(
        name="efficientnet_v2_s", title="EfficientNetV2-S", module="efficientnet_v2", paper=EFFICIENTNET_V2,
        family="inverted", in_shape=(384, 384, 3), smallest=1, sensible=33,
        trainable=21_458_488, non_trainable=153_872, macs=8_365_617_152,
        checked_against="keras.applications' EfficientNetV2S and timm's tf_efficientnetv2_s",
        introduced="Undivided 3×3 convolutions on large maps, where depthwise ones are slow.",
        top1=83.9, top5=96.7, top1_source=KERAS,
        see=(
            "“Fused-MBConv 3×3”, the block of the second and third stage, has no “conv dw” and no gate: one "
            "“conv 3×3” widens, and “conv 1×1” narrows. “MBConv 3×3” is EfficientNet's, up to ×15 of them. "
            "On large maps a convolution of all channels is faster than two that share its work."
        ),
    ),
)
# fmt: on
