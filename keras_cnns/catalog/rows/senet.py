"""SENet: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import AUTHORS, IMAGENET, Network
from keras_cnns.catalog.papers import Paper

SENET = Paper(
    "Squeeze-and-Excitation Networks",
    "Jie Hu, Li Shen, Samuel Albanie, Gang Sun, Enhua Wu",
    "CVPR 2018",
    "2017-09",
    "1709.01507",
)

# fmt: off
NETWORKS = (
    Network(
        name="se_resnet50", title="SE-ResNet-50", module="senet", paper=SENET,
        family="gated", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=28_088_024, non_trainable=53_120, macs=3_860_488_192,
        checked_against="timm's legacy_seresnet50",
        introduced="Squeeze and excitation: each map of a block is weighed by what all maps of it show.",
        see=(
            "ResNet-50's blocks with a gate at the end of the branch: “global avg-pool” makes one number "
            "of each map, two small “conv 1×1” make a factor between 0 and 1 of it, and “multiply” "
            "weighs the map with it. Only then comes “add”. The gates add a tenth to the parameters, and "
            "next to nothing to the work."
        ),
        top1=77.6, top5=93.6, top1_source=AUTHORS,
    ),
    Network(
        name="se_resnet101", title="SE-ResNet-101", module="senet", paper=SENET,
        family="gated", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=49_326_872, non_trainable=105_344, macs=7_574_937_600,
        checked_against="timm's legacy_seresnet101",
        introduced="Squeeze and excitation in the blocks of ResNet-101.",
        see=(
            "SE-ResNet-50 with the “identity block” ×22 in the third stage, each with its gate. It has fewer "
            "parameters than ResNet-152, and does two thirds of its work."
        ),
        top1=78.2, top5=94.3, top1_source=AUTHORS,
    ),
    Network(
        name="se_resnet152", title="SE-ResNet-152", module="senet", paper=SENET,
        family="gated", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=66_821_848, non_trainable=151_424, macs=11_288_993_792,
        checked_against="timm's legacy_seresnet152",
        introduced="Squeeze and excitation in the blocks of ResNet-152.",
        see=(
            "The deepest with a gate in every block of ResNet: ×7 in the second stage and ×35 in the third. "
            "All its gates together are a tenth of its parameters."
        ),
        top1=78.7, top5=94.5, top1_source=AUTHORS,
    ),
    Network(
        name="se_resnext50", title="SE-ResNeXt-50", module="senet", paper=SENET,
        family="gated", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=27_559_896, non_trainable=68_224, macs=4_232_994_816,
        checked_against="timm's legacy_seresnext50_32x4d",
        introduced="Squeeze and excitation in the blocks of ResNeXt.",
        see=(
            "The same gate in the blocks of ResNeXt-50, whose “conv 3×3” has “32 groups”. Both ideas fit "
            "together, since the gate looks at the branch's result alone."
        ),
        top1=79.0, top5=94.5, top1_source=AUTHORS,
    ),
    Network(
        name="se_resnext101", title="SE-ResNeXt-101", module="senet", paper=SENET,
        family="gated", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=48_955_416, non_trainable=137_856, macs=7_974_739_968,
        checked_against="timm's legacy_seresnext101_32x4d",
        introduced="Squeeze and excitation in the blocks of ResNeXt-101.",
        see=(
            "SE-ResNeXt-50 with the “identity block” ×22 in the third stage. Each has “32 groups” and a "
            "gate of its own."
        ),
        top1=80.2, top5=95.0, top1_source=AUTHORS,
    ),
    Network(
        name="senet154", title="SENet-154", module="senet", paper=SENET,
        family="gated", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=115_088_984, non_trainable=247_552, macs=20_688_363_520,
        checked_against="timm's legacy_senet154",
        introduced=(
            "Squeeze and excitation in a wider ResNeXt of 64 groups; in an ensemble it won ILSVRC 2017."
        ),
        see=(
            "The winner of the last challenge, in 2017: “64 groups”, “conv 3×3” ×3 in place of the 7×7, and "
            "the “identity block” ×35 in the third stage. The gate is the same as in SE-ResNet-50, and here, "
            "too, has its place between the last “conv 1×1” and “add”."
        ),
        top1=81.3, top5=95.5, top1_source=AUTHORS,
    ),
)
# fmt: on

ALIASES = {
    "seresnext50_32x4d": "se_resnext50",
    "seresnext101_32x4d": "se_resnext101",
    "senet": "senet154",
}
