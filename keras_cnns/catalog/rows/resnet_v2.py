"""ResNet v2: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import IMAGENET, Network
from keras_cnns.catalog.papers import Paper

RESNET_V2 = Paper(
    "Identity Mappings in Deep Residual Networks",
    "Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun",
    "ECCV 2016",
    "2016-03",
    "1603.05027",
)

# fmt: off
NETWORKS = (
    Network(
        name="resnet50_v2", title="ResNet-50 v2", module="resnet_v2", paper=RESNET_V2,
        family="residual", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=25_549_352, non_trainable=45_440, macs=4_089_184_256,
        checked_against="timm's resnetv2_50; with slim=True, keras.applications' ResNet50V2",
        introduced=(
            "Pre-activation: nothing stands on the way from one addition to the next, so even 1000 "
            "layers train."
        ),
        see=(
            "ResNet-50 with everything moved: the letters B and R, for normalization and ReLU, stand "
            "before a convolution, not after it. Nothing follows “add”, so that a block's input reaches "
            "all later blocks unchanged. In each “conv block” both ways begin with the same “batch norm”."
        ),
    ),
    Network(
        name="resnet101_v2", title="ResNet-101 v2", module="resnet_v2", paper=RESNET_V2,
        family="residual", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=44_541_480, non_trainable=97_664, macs=7_801_405_440,
        checked_against="timm's resnetv2_101; with slim=True, keras.applications' ResNet101V2",
        introduced="Pre-activation, 101 layers.",
        see=(
            "The picture of ResNet-50 v2 with an “identity block” ×22 in the third stage, like "
            "ResNet-101. Compare the two: the convolutions are the same, and only the order around them "
            "differs."
        ),
    ),
    Network(
        name="resnet152_v2", title="ResNet-152 v2", module="resnet_v2", paper=RESNET_V2,
        family="residual", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=60_185_128, non_trainable=143_744, macs=11_513_626_624,
        checked_against="timm's resnetv2_152; with slim=True, keras.applications' ResNet152V2",
        introduced="Pre-activation, 152 layers.",
        see=(
            "The deepest of the three here, with the “identity block” ×7 and ×35. The paper goes on to "
            "200 layers for large images, and to 1001 for CIFAR-10, which ResNet's order did not manage "
            "to train well."
        ),
    ),
)
# fmt: on

ALIASES = {
    "preact_resnet50": "resnet50_v2",
    "resnetv2_50": "resnet50_v2",
    "resnetv2_101": "resnet101_v2",
    "resnetv2_152": "resnet152_v2",
}

OPTIONS = {"slim": "`True` builds TF-Slim's and Keras' form, with the stride at the end of a stage."}
