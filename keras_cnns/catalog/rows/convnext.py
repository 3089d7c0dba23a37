"""ConvNeXt: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import IMAGENET, PAPER, Network
from keras_cnns.catalog.papers import Paper

CONVNEXT = Paper(
    "A ConvNet for the 2020s",
    "Zhuang Liu, Hanzi Mao, Chao-Yuan Wu, Christoph Feichtenhofer, Trevor Darrell, Saining Xie",
    "CVPR 2022",
    "2022-01",
    "2201.03545",
)

# fmt: off
NETWORKS = (
    Network(
        name="convnext_tiny", title="ConvNeXt-T", module="convnext", paper=CONVNEXT,
        family="modern", in_shape=IMAGENET, smallest=32, sensible=64,
        trainable=28_589_128, macs=4_455_531_264,
        checked_against="keras.applications' ConvNeXtTiny and torchvision's convnext_tiny",
        introduced=(
            "A ResNet rebuilt step by step with what vision transformers do: patches, wide 7x7 windows, "
            "few norms."
        ),
        see=(
            "A ResNet in the dress of a transformer. The first “conv 4×4” cuts the image into patches. A "
            "“ConvNeXt block” has one window, “conv dw 7×7” for each channel by itself, then two “dense” "
            "that mix the channels, four times as wide in between; G marks GELU and L layer normalization, "
            "one of each in a block."
        ),
        top1=82.1, top1_source=PAPER,
    ),
    Network(
        name="convnext_small", title="ConvNeXt-S", module="convnext", paper=CONVNEXT,
        family="modern", in_shape=IMAGENET, smallest=32, sensible=64,
        trainable=50_223_688, macs=8_683_712_256,
        checked_against="keras.applications' ConvNeXtSmall and torchvision's convnext_small",
        introduced="ConvNeXt with three times as many blocks in the third stage.",
        see=(
            "ConvNeXt-T with three times the blocks in the third stage. Widths and windows stay: the "
            "“conv dw 7×7” of a block costs little, and the two “dense” do nearly all of the work."
        ),
        top1=83.1, top1_source=PAPER,
    ),
    Network(
        name="convnext_base", title="ConvNeXt-B", module="convnext", paper=CONVNEXT,
        family="modern", in_shape=IMAGENET, smallest=32, sensible=64,
        trainable=88_591_464, macs=15_354_729_472,
        checked_against="keras.applications' ConvNeXtBase and torchvision's convnext_base",
        introduced="ConvNeXt-S with a third more maps.",
        see=(
            "ConvNeXt-S with a third more channels in every stage, from 128 to 1024. Nothing else in the "
            "picture is new: “conv dw 7×7”, “dense”, “dense” and “add”."
        ),
        top1=83.8, top1_source=PAPER,
    ),
)
# fmt: on
