"""Network in Network: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import IMAGENET, Network
from keras_cnns.catalog.papers import Paper

NIN = Paper("Network In Network", "Min Lin, Qiang Chen, Shuicheng Yan", "ICLR 2014", "2013-12", "1312.4400")

# fmt: off
NETWORKS = (
    Network(
        name="nin", title="Network in Network", module="nin", paper=NIN,
        family="plain", in_shape=IMAGENET, smallest=39, sensible=71, trainable=7_595_176, macs=1_100_188_800,
        checked_against="the author's Caffe definition; 29 MB, as he states",
        introduced="1x1 convolutions as small networks inside a filter; "
                   "global average pooling as classifier.",
        see=(
            "Two “conv 1×1” follow each window of 3×3 or more: at every pixel they mix the channels "
            "again, like a small dense network that slides over the image. There is no dense layer at the "
            "end. The last convolution has one map for each class, and “global avg-pool” turns each map "
            "into a score."
        ),
    ),
    Network(
        name="nin_cifar", title="Network in Network (CIFAR-10)", module="nin", paper=NIN,
        family="plain", in_shape=(32, 32, 3), n_classes=10, smallest=4, sensible=8,
        trainable=966_986, macs=222_486_528,
        checked_against="the author's cuda-convnet definition",
        introduced="The same at the size of CIFAR-10, where the paper measured it.",
        see=(
            "The same idea for images of 32×32: a window, then two “conv 1×1”, then pooling. The bracket "
            "says that this comes ×2 before the last three convolutions. Without dense layers, all of it "
            "has fewer than a million parameters."
        ),
    ),
)
# fmt: on
