"""EfficientNet: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import PAPER, Network
from keras_cnns.catalog.papers import Paper

EFFICIENTNET = Paper(
    "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
    "Mingxing Tan, Quoc V. Le",
    "ICML 2019",
    "2019-05",
    "1905.11946",
)

# fmt: off
NETWORKS = (
    Network(
        name="efficientnet_b0", title="EfficientNet-B0", module="efficientnet", paper=EFFICIENTNET,
        family="inverted", in_shape=(224, 224, 3), smallest=1, sensible=33,
        trainable=5_288_548, non_trainable=42_016, macs=385_814_752,
        checked_against="keras.applications' EfficientNetB0 and timm's tf_efficientnet_b0",
        introduced="Width, depth and size of the images scaled together; its smallest, from a search.",
        top1=77.1, top5=93.3, top1_source=PAPER,
        see=(
            "Two kinds of blocks take turns, “MBConv 3×3” and “MBConv 5×5”. They differ in the window of "
            "“conv dw”. Both have a gate inside, from “global avg-pool” to “multiply”. The first block of "
            "each stage has no shortcut, since it changes the shape."
        ),
    ),
    Network(
        name="efficientnet_b1", title="EfficientNet-B1", module="efficientnet", paper=EFFICIENTNET,
        family="inverted", in_shape=(240, 240, 3), smallest=1, sensible=33,
        trainable=7_794_184, non_trainable=62_048, macs=686_802_832,
        checked_against="keras.applications' EfficientNetB1 and timm's tf_efficientnet_b1",
        introduced="1.1 times as deep.",
        top1=79.1, top5=94.4, top1_source=PAPER,
        see=(
            "EfficientNet-B0 with one more block in every stage, so ×5 where that has ×4, and with larger "
            "images. Its maps are as many."
        ),
    ),
    Network(
        name="efficientnet_b2", title="EfficientNet-B2", module="efficientnet", paper=EFFICIENTNET,
        family="inverted", in_shape=(260, 260, 3), smallest=1, sensible=33,
        trainable=9_109_994, non_trainable=67_568, macs=993_561_872,
        checked_against="keras.applications' EfficientNetB2 and timm's tf_efficientnet_b2",
        introduced="1.1 times as wide, 1.2 times as deep.",
        top1=80.1, top5=94.9, top1_source=PAPER,
        see=(
            "The blocks of EfficientNet-B1 as often as there, on more maps and larger images. So the "
            "picture is the same but for the size of the “input”."
        ),
    ),
    Network(
        name="efficientnet_b3", title="EfficientNet-B3", module="efficientnet", paper=EFFICIENTNET,
        family="inverted", in_shape=(300, 300, 3), smallest=1, sensible=33,
        trainable=12_233_232, non_trainable=87_296, macs=1_827_141_392,
        checked_against="keras.applications' EfficientNetB3 and timm's tf_efficientnet_b3",
        introduced="1.2 times as wide, 1.4 times as deep.",
        top1=81.6, top5=95.7, top1_source=PAPER,
        see=(
            "The same picture with more blocks in the later stages, up to ×6. Nothing new is in it: that is"
            " what the paper means by scaling."
        ),
    ),
    Network(
        name="efficientnet_b4", title="EfficientNet-B4", module="efficientnet", paper=EFFICIENTNET,
        family="inverted", in_shape=(380, 380, 3), smallest=1, sensible=33,
        trainable=19_341_616, non_trainable=125_200, macs=4_393_771_024,
        checked_against="keras.applications' EfficientNetB4 and timm's tf_efficientnet_b4",
        introduced="1.4 times as wide, 1.8 times as deep.",
        top1=82.9, top5=96.4, top1_source=PAPER,
        see=(
            "The same picture with up to ×8 blocks in a stage. It does eleven times the work of "
            "EfficientNet-B0."
        ),
    ),
    Network(
        name="efficientnet_b5", title="EfficientNet-B5", module="efficientnet", paper=EFFICIENTNET,
        family="inverted", in_shape=(456, 456, 3), smallest=1, sensible=33,
        trainable=30_389_784, non_trainable=172_736, macs=10_266_384_752,
        checked_against="keras.applications' EfficientNetB5 and timm's tf_efficientnet_b5",
        introduced="1.6 times as wide, 2.2 times as deep.",
        top1=83.6, top5=96.7, top1_source=PAPER,
        see=(
            "The same picture with up to ×9 blocks in a stage. An image has four times the pixels of "
            "EfficientNet-B0's."
        ),
    ),
    Network(
        name="efficientnet_b6", title="EfficientNet-B6", module="efficientnet", paper=EFFICIENTNET,
        family="inverted", in_shape=(528, 528, 3), smallest=1, sensible=33,
        trainable=43_040_704, non_trainable=224_432, macs=19_067_593_536,
        checked_against="keras.applications' EfficientNetB6 and timm's tf_efficientnet_b6",
        introduced="1.8 times as wide, 2.6 times as deep.",
        top1=84.0, top5=96.8, top1_source=PAPER,
        see=(
            "The same picture with up to ×11 blocks in a stage. It has eight times the parameters of "
            "EfficientNet-B0."
        ),
    ),
    Network(
        name="efficientnet_b7", title="EfficientNet-B7", module="efficientnet", paper=EFFICIENTNET,
        family="inverted", in_shape=(600, 600, 3), smallest=1, sensible=33,
        trainable=66_347_960, non_trainable=310_720, macs=37_745_884_192,
        checked_against="keras.applications' EfficientNetB7 and timm's tf_efficientnet_b7",
        introduced="2 times as wide, 3.1 times as deep.",
        top1=84.3, top5=97.0, top1_source=PAPER,
        see=(
            "The same picture with up to ×13 blocks in a stage, and twice as many maps as EfficientNet-B0. "
            "It does about a hundred times its work, since width, depth and images all grew."
        ),
    ),
)
# fmt: on
