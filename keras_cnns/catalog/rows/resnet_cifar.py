"""ResNet for CIFAR-10: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import Network
from keras_cnns.catalog.rows.resnet import RESNET

# fmt: off
NETWORKS = (
    Network(
        name="resnet20", title="ResNet-20 (CIFAR-10)", module="resnet_cifar", paper=RESNET,
        section="4.2", family="residual", in_shape=(32, 32, 3), n_classes=10, smallest=1, sensible=5,
        trainable=269_722, non_trainable=1_376, macs=40_551_040,
        checked_against="the paper's 0.27 million, and its blocks in NumPy",
        introduced="ResNet at the size of CIFAR-10, with shortcuts that have no weights.",
        see=(
            "All of it is “conv 3×3”, in three stages for images of 32×32. Where the maps halve, the "
            "shortcut of a “shrinking block” learns nothing: “avg-pool 1×1” keeps every second pixel, and "
            "“pad” appends channels of zeros. So shortcuts add no parameters, and the network with them "
            "and the plain one can be compared."
        ),
    ),
    Network(
        name="resnet32", title="ResNet-32 (CIFAR-10)", module="resnet_cifar", paper=RESNET,
        section="4.2", family="residual", in_shape=(32, 32, 3), n_classes=10, smallest=1, sensible=5,
        trainable=464_154, non_trainable=2_272, macs=68_862_592,
        checked_against="the paper's 0.46 million, and its blocks in NumPy",
        introduced="ResNet at the size of CIFAR-10, 32 layers.",
        see=(
            "ResNet-20 with two more blocks in each stage: the “identity block” now stands ×5, then ×4. "
            "The paper gives the depths as 6n + 2, here with n = 5."
        ),
    ),
    Network(
        name="resnet44", title="ResNet-44 (CIFAR-10)", module="resnet_cifar", paper=RESNET,
        section="4.2", family="residual", in_shape=(32, 32, 3), n_classes=10, smallest=1, sensible=5,
        trainable=658_586, non_trainable=3_168, macs=97_174_144,
        checked_against="the paper's 0.66 million, and its blocks in NumPy",
        introduced="ResNet at the size of CIFAR-10, 44 layers.",
        see=(
            "ResNet-20 with four more blocks in each stage: the “identity block” now stands ×7, then ×6. "
            "It has an eighteenth of the parameters of ResNet-18."
        ),
    ),
    Network(
        name="resnet56", title="ResNet-56 (CIFAR-10)", module="resnet_cifar", paper=RESNET,
        section="4.2", family="residual", in_shape=(32, 32, 3), n_classes=10, smallest=1, sensible=5,
        trainable=853_018, non_trainable=4_064, macs=125_485_696,
        checked_against="the paper's 0.85 million, and its blocks in NumPy",
        introduced="ResNet at the size of CIFAR-10, 56 layers; "
                   "beats its plain twin, which is worse than 20 layers.",
        see=(
            "The same picture, with the “identity block” ×9, then ×8. Without the line below the block, "
            "56 layers learned worse than 20 in the paper, even the images they were trained on; with it "
            "they are better."
        ),
    ),
    Network(
        name="resnet110", title="ResNet-110 (CIFAR-10)", module="resnet_cifar", paper=RESNET,
        section="4.2", family="residual", in_shape=(32, 32, 3), n_classes=10, smallest=1, sensible=5,
        trainable=1_727_962, non_trainable=8_096, macs=252_887_680,
        checked_against="the paper's 1.7 million, and its blocks in NumPy",
        introduced="ResNet at the size of CIFAR-10, 110 layers: the paper's best there.",
        see=(
            "The same picture once more, with the “identity block” ×18, then ×17. It has a seventh of the "
            "parameters of ResNet-18, since no map has more than 64 channels."
        ),
    ),
)
# fmt: on

# What the options of the factories do.
OPTIONS = {
    "shortcut": '`"projection"` learns the shortcut where the width grows; `"none"` leaves out all of them.',
}
