"""VGG: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import IMAGENET, TORCHVISION, Network
from keras_cnns.catalog.papers import Paper

VGG = Paper(
    "Very Deep Convolutional Networks for Large-Scale Image Recognition",
    "Karen Simonyan, Andrew Zisserman",
    "ICLR 2015",
    "2014-09",
    "1409.1556",
)

# fmt: off
NETWORKS = (
    Network(
        name="vgg11", title="VGG-11", module="vgg", paper=VGG,
        family="plain", in_shape=IMAGENET, smallest=32, trainable=132_863_336, macs=7_609_090_048,
        checked_against="torchvision's vgg11",
        introduced="Only 3x3 convolutions; column A, which the deeper ones grew from.",
        see=(
            "Every window is 3×3, and only the number of convolutions between two poolings grows, here "
            "from one to two. Each pooling halves the sides of the maps. The three dense layers hold 93 % "
            "of the parameters, the convolutions do 98 % of the work."
        ),
    ),
    Network(
        name="vgg13", title="VGG-13", module="vgg", paper=VGG,
        family="plain", in_shape=IMAGENET, smallest=32, trainable=133_047_848, macs=11_308_466_176,
        checked_against="torchvision's vgg13",
        introduced="Only 3x3 convolutions; column B, two in every stage.",
        see=(
            "The most regular of the family: two “conv 3×3” and a “max-pool 2×2”, ×5. Two windows of 3×3 "
            "in a row see 5×5 pixels, with fewer weights than one window of 5×5 and a ReLU more."
        ),
    ),
    Network(
        name="vgg16", title="VGG-16", module="vgg", paper=VGG,
        family="plain", in_shape=IMAGENET, smallest=32, trainable=138_357_544, macs=15_470_264_320,
        checked_against="keras.applications' VGG16 and torchvision's vgg16",
        introduced="Only 3x3 convolutions, 13 of them: depth alone brings the error down.",
        top1=71.6, top5=90.4, top1_source=TORCHVISION,
        see=(
            "Two kinds of stages, one with two convolutions and one with three, and nothing but 3×3 "
            "windows. Three in a row see 7×7 pixels. It is easy to read and dear to run: the first dense "
            "layer alone has 103 million of the 138 million parameters, since it reads all values of the "
            "last maps."
        ),
    ),
    Network(
        name="vgg19", title="VGG-19", module="vgg", paper=VGG,
        family="plain", in_shape=IMAGENET, smallest=32, trainable=143_667_240, macs=19_632_062_464,
        checked_against="keras.applications' VGG19 and torchvision's vgg19",
        introduced="Only 3x3 convolutions, 16 of them: where plain depth stops helping.",
        top1=72.4, top5=90.9, top1_source=TORCHVISION,
        see=(
            "VGG-16 with a fourth convolution in the last three stages. The step from 16 to 19 layers "
            "brings little: both have almost the same accuracy. Far greater depth became useful with the "
            "shortcut, see ResNet-34."
        ),
    ),
)
# fmt: on
