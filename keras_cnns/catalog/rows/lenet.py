"""LeNet-5: the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import Network
from keras_cnns.catalog.papers import Paper

LENET = Paper(
    "Gradient-Based Learning Applied to Document Recognition",
    "Yann LeCun, Léon Bottou, Yoshua Bengio, Patrick Haffner",
    "Proceedings of the IEEE 86(11)",
    "1998-11",
    link="https://doi.org/10.1109/5.726791",
)
CAFFE = Paper(
    "Caffe: Convolutional Architecture for Fast Feature Embedding",
    "Yangqing Jia, Evan Shelhamer, Jeff Donahue, Sergey Karayev, Jonathan Long, Ross Girshick, "
    "Sergio Guadarrama, Trevor Darrell",
    "ACM Multimedia 2014",
    "2014-06",
    "1408.5093",
)

# fmt: off
NETWORKS = (
    Network(
        name="lenet_5", title="LeNet-5", module="lenet", paper=LENET,
        family="plain", in_shape=(32, 32, 1), n_classes=10, smallest=32, trainable=60_850, macs=328_096,
        checked_against="the paper's 60,000 and the 850 of a softmax in place of its fixed output codes",
        introduced="Convolution, sub-sampling and shared weights, trained as one by gradient descent.",
        see=(
            "Convolution and pooling take turns until a map is a single value; then dense layers decide. "
            "Most later networks keep this plan. Two notes are peculiar to 1998: the pooling is "
            "“trainable”, it has a weight and a bias for each map, and the second “conv 5×5” joins maps "
            "only “by Table I” of the paper, not all with all."
        ),
    ),
    Network(
        name="lenet_caffe", title="LeNet of Caffe", module="lenet", paper=CAFFE,
        family="plain", in_shape=(28, 28, 1), n_classes=10, smallest=16, trainable=431_080, macs=2_293_000,
        checked_against="BVLC's Caffe definition, layer by layer",
        introduced="What tutorials often call LeNet-5: more maps, max pooling, one ReLU.",
        see=(
            "Set it beside LeNet-5. The pooling takes the maximum and has no weights, the convolutions "
            "have no activation, and one ReLU stands behind the dense layer of 500. It has seven times "
            "LeNet-5's parameters, 93 % of them in that layer."
        ),
    ),
)
# fmt: on
