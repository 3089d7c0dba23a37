"""Inception-ResNet: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import INCEPTION, PAPER, TF_SLIM, Network
from keras_cnns.catalog.rows.inception_v4 import INCEPTION_V4

# fmt: off
NETWORKS = (
    Network(
        name="inception_resnet_v1", title="Inception-ResNet-v1",
        module="inception_resnet", paper=INCEPTION_V4,
        section="3.2", family="both", in_shape=INCEPTION, smallest=75, sensible=107,
        trainable=22_742_808, non_trainable=27_040, macs=6_206_361_696,
        checked_against="the paper's figures; there is no released ImageNet model",
        introduced="Inception towers that learn a residual; the cost of Inception-v3.",
        top1=78.7, top5=94.5, top1_source=PAPER,
        see=(
            "Inception's branches inside a residual block: they end in “concat”, a “conv 1×1” restores "
            "the number of channels, and “add” puts the result on the shortcut. Before that it is “scaled "
            "by 0.17”, 0.1 or 0.2, which keeps training stable. Each module has fewer branches than "
            "Inception-v4's."
        ),
    ),
    Network(
        name="inception_resnet_v2", title="Inception-ResNet-v2",
        module="inception_resnet", paper=INCEPTION_V4,
        section="3.2", family="both", in_shape=INCEPTION, smallest=75, sensible=107,
        trainable=55_813_192, non_trainable=60_544, macs=13_155_794_016,
        checked_against="keras.applications' InceptionResNetV2 and TF-Slim",
        introduced="Inception towers that learn a scaled residual; the cost of Inception-v4, trained faster.",
        top1=80.4, top5=95.3, top1_source=TF_SLIM,
        see=(
            "The larger of the two: its modules come ×10, ×20 and ×10. An “Inception-A” without shortcut "
            "stands before them, and a wide “conv 1×1” after them. Look at the notes below the last "
            "module: the last of the ten is scaled by 1 and “has no ReLU”."
        ),
    ),
)
# fmt: on
