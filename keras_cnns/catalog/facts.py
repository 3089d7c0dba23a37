"""The networks as facts: who published what and when, what must come out, and by whose authority.

`Network.trainable`, `non_trainable` and `macs` hold for the default `in_shape` and `n_classes`. MACs are the
multiply-adds of convolution and dense kernels for one image, which is what papers print as "FLOPs".

`top1` and `top5` are accuracies in per cent on the validation images of ILSVRC 2012, of one model that looks
at one central crop; `top1_source` says whose figures they are. They are None where none for this very network
is known to us. Training and the scaling before the crop differ, so that small differences mean little.
"""

import difflib
import importlib
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras


@dataclass(frozen=True)
class Paper:
    """Where a network was published; `published` is the month of the first public version, "2015-12"."""

    title: str
    authors: str
    venue: str
    published: str
    arxiv: str | None = None
    link: str | None = None

    @property
    def year(self) -> int:
        return int(self.published[:4])

    @property
    def url(self) -> str:
        return self.link or f"https://arxiv.org/abs/{self.arxiv}"


@dataclass(frozen=True)
class Network:
    """One factory: its name, file, paper and the numbers a faithful model must have."""

    name: str
    module: str
    paper: Paper
    in_shape: tuple[int, int, int]
    n_classes: int
    trainable: int
    non_trainable: int
    macs: int
    smallest: int
    authority: str
    introduced: str
    title: str
    top1: float | None = None
    top1_source: str | None = None
    top5: float | None = None

    @property
    def factory(self) -> "Callable[..., keras.Model]":
        """The function that builds it; this imports Keras."""
        return getattr(importlib.import_module(f"keras_cnns.architectures.{self.module}"), self.name)

    @property
    def defaults(self) -> dict[str, object]:
        """What the factory takes besides these three, with the paper's choice; this imports Keras."""
        parameters = list(inspect.signature(self.factory).parameters.values())[3:]
        return {parameter.name: parameter.default for parameter in parameters}

    @property
    def options(self) -> tuple[str, ...]:
        """The names of what the factory takes besides input, classes and optimizer; this imports Keras."""
        return tuple(self.defaults)

    @property
    def file(self) -> Path:
        """The standalone source file."""
        return Path(__file__).parent.parent / "architectures" / f"{self.module}.py"


LENET = Paper(
    "Gradient-Based Learning Applied to Document Recognition",
    "Yann LeCun, Léon Bottou, Yoshua Bengio, Patrick Haffner",
    "Proceedings of the IEEE 86(11)",
    "1998-11",
    link="https://doi.org/10.1109/5.726791",
)
ALEXNET = Paper(
    "ImageNet Classification with Deep Convolutional Neural Networks",
    "Alex Krizhevsky, Ilya Sutskever, Geoffrey E. Hinton",
    "NIPS 2012",
    "2012-12",
    link="https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
)
NIN = Paper("Network In Network", "Min Lin, Qiang Chen, Shuicheng Yan", "ICLR 2014", "2013-12", "1312.4400")
ONE_WEIRD_TRICK = Paper(
    "One weird trick for parallelizing convolutional neural networks",
    "Alex Krizhevsky",
    "arXiv",
    "2014-04",
    "1404.5997",
)
CAFFE = Paper(
    "Caffe: Convolutional Architecture for Fast Feature Embedding",
    "Yangqing Jia, Evan Shelhamer, Jeff Donahue, Sergey Karayev, Jonathan Long, Ross Girshick, "
    "Sergio Guadarrama, Trevor Darrell",
    "ACM Multimedia 2014",
    "2014-06",
    "1408.5093",
)
VGG = Paper(
    "Very Deep Convolutional Networks for Large-Scale Image Recognition",
    "Karen Simonyan, Andrew Zisserman",
    "ICLR 2015",
    "2014-09",
    "1409.1556",
)
GOOGLENET = Paper(
    "Going Deeper with Convolutions",
    "Christian Szegedy, Wei Liu, Yangqing Jia, Pierre Sermanet, Scott Reed, Dragomir Anguelov, "
    "Dumitru Erhan, Vincent Vanhoucke, Andrew Rabinovich",
    "CVPR 2015",
    "2014-09",
    "1409.4842",
)
BATCH_NORMALIZATION = Paper(
    "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
    "Sergey Ioffe, Christian Szegedy",
    "ICML 2015",
    "2015-02",
    "1502.03167",
)
RETHINKING = Paper(
    "Rethinking the Inception Architecture for Computer Vision",
    "Christian Szegedy, Vincent Vanhoucke, Sergey Ioffe, Jonathon Shlens, Zbigniew Wojna",
    "CVPR 2016",
    "2015-12",
    "1512.00567",
)
RESNET = Paper(
    "Deep Residual Learning for Image Recognition",
    "Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun",
    "CVPR 2016",
    "2015-12",
    "1512.03385",
)
INCEPTION_V4 = Paper(
    "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning",
    "Christian Szegedy, Sergey Ioffe, Vincent Vanhoucke, Alex Alemi",
    "AAAI 2017",
    "2016-02",
    "1602.07261",
)
XCEPTION = Paper(
    "Xception: Deep Learning with Depthwise Separable Convolutions",
    "François Chollet",
    "CVPR 2017",
    "2016-10",
    "1610.02357",
)
RESNEXT = Paper(
    "Aggregated Residual Transformations for Deep Neural Networks",
    "Saining Xie, Ross Girshick, Piotr Dollár, Zhuowen Tu, Kaiming He",
    "CVPR 2017",
    "2016-11",
    "1611.05431",
)

IMAGENET = (224, 224, 3)
INCEPTION = (299, 299, 3)

# Whose figures the accuracies are. TF-Slim is the code of Inception's authors, MSRA's the code of ResNet's.
CAFFE_WEIGHTS = "BVLC's weights for Caffe"
MSRA = "the authors' weights for Caffe"
PAPER = "the paper"
TF_SLIM = "TF-Slim's weights"
TORCHVISION = "torchvision's weights"

# In the order of publication. Each row: name, file, paper, default input, classes, trainable and other
# parameters, MACs, smallest input, the authority the counts agree with exactly, what was new, the name in
# print, top-1 accuracy, whose figure that is, top-5 accuracy.
# fmt: off
NETWORKS = (
    Network("lenet_5", "lenet", LENET, (32, 32, 1), 10, 60_850, 0, 328_096, 32,
            "the paper's 60,000 and the 850 of a softmax in place of its fixed output codes",
            "Convolution, sub-sampling and shared weights, trained as one by gradient descent.",
            "LeNet-5"),
    Network("alexnet", "alexnet", ALEXNET, (227, 227, 3), 1000, 60_965_224, 0, 724_406_816, 64,
            "BVLC's Caffe definition, layer by layer",
            "A large CNN on two GPUs: ReLU, overlapping pools, response normalization, dropout.",
            "AlexNet", 57.1, CAFFE_WEIGHTS, 80.2),
    Network("nin", "nin", NIN, IMAGENET, 1000, 7_595_176, 0, 1_100_188_800, 39,
            "the author's Caffe definition; 29 MB, as he states",
            "1x1 convolutions as small networks inside a filter; global average pooling as classifier.",
            "Network in Network"),
    Network("nin_cifar", "nin", NIN, (32, 32, 3), 10, 966_986, 0, 222_486_528, 4,
            "the author's cuda-convnet definition",
            "The same at the size of CIFAR-10, where the paper measured it.",
            "Network in Network (CIFAR-10)"),
    Network("alexnet_owt", "alexnet", ONE_WEIRD_TRICK, IMAGENET, 1000, 61_100_840, 0, 714_188_480, 63,
            "torchvision's alexnet",
            "AlexNet in one tower, without response normalization; the one with published weights.",
            "AlexNet (one tower)", 56.5, TORCHVISION, 79.1),
    Network("lenet_caffe", "lenet", CAFFE, (28, 28, 1), 10, 431_080, 0, 2_293_000, 16,
            "BVLC's Caffe definition, layer by layer",
            "What tutorials often call LeNet-5: more maps, max pooling, one ReLU.",
            "LeNet of Caffe"),
    Network("vgg11", "vgg", VGG, IMAGENET, 1000, 132_863_336, 0, 7_609_090_048, 32,
            "torchvision's vgg11",
            "Only 3x3 convolutions; column A, which the deeper ones grew from.",
            "VGG-11"),
    Network("vgg13", "vgg", VGG, IMAGENET, 1000, 133_047_848, 0, 11_308_466_176, 32,
            "torchvision's vgg13",
            "Only 3x3 convolutions; column B, two in every stage.",
            "VGG-13"),
    Network("vgg16", "vgg", VGG, IMAGENET, 1000, 138_357_544, 0, 15_470_264_320, 32,
            "keras.applications' VGG16 and torchvision's vgg16",
            "Only 3x3 convolutions, 13 of them: depth alone brings the error down.",
            "VGG-16", 71.6, TORCHVISION, 90.4),
    Network("vgg19", "vgg", VGG, IMAGENET, 1000, 143_667_240, 0, 19_632_062_464, 32,
            "keras.applications' VGG19 and torchvision's vgg19",
            "Only 3x3 convolutions, 16 of them: where plain depth stops helping.",
            "VGG-19", 72.4, TORCHVISION, 90.9),
    Network("inception_v1", "inception_v1", GOOGLENET, IMAGENET, 1000, 6_998_552, 0, 1_582_671_872, 1,
            "BVLC's Caffe definition, layer by layer",
            "Towers of several scales side by side, made cheap by 1x1 convolutions.",
            "Inception-v1", 68.7, CAFFE_WEIGHTS, 88.9),
    Network("inception_net", "inception_v1", GOOGLENET, IMAGENET, 1000, 13_378_280, 0, 1_591_044_096, 65,
            "BVLC's Caffe definition with both auxiliary classifiers",
            "Inception-v1 as it was trained: two more classifiers on the side.",
            "Inception-v1 (training graph)"),
    Network("inception_v2", "inception_v2", BATCH_NORMALIZATION, IMAGENET, 1000, 11_178_336, 19_904,
            1_934_857_216, 1,
            "TF-Slim's inception_v2",
            "Batch normalization: higher learning rates, fewer steps, no dropout.",
            "Inception-v2", 73.9, TF_SLIM, 91.8),
    Network("inception_v3", "inception_v3", RETHINKING, INCEPTION, 1000, 23_817_352, 34_432,
            5_713_216_096, 75,
            "keras.applications' InceptionV3",
            "Large kernels factorised into small and flat ones; label smoothing.",
            "Inception-v3", 78.0, TF_SLIM, 93.9),
    Network("resnet18", "resnet", RESNET, IMAGENET, 1000, 11_689_512, 9_600, 1_814_073_344, 1,
            "torchvision's resnet18",
            "Residual blocks of two 3x3 convolutions.",
            "ResNet-18", 69.8, TORCHVISION, 89.1),
    Network("resnet34", "resnet", RESNET, IMAGENET, 1000, 21_797_672, 17_024, 3_663_761_408, 1,
            "torchvision's resnet34",
            "Residual blocks of two 3x3 convolutions; beats its plain twin, which is worse than 18 layers.",
            "ResNet-34", 73.3, TORCHVISION, 91.4),
    Network("resnet50", "resnet", RESNET, IMAGENET, 1000, 25_557_032, 53_120, 3_857_973_248, 1,
            "torchvision's resnet50 for the parameters, keras.applications' ResNet50 for the MACs",
            "Residual learning with bottlenecks: blocks learn what to add, so depth stops hurting.",
            "ResNet-50", 75.3, MSRA, 92.2),
    Network("resnet101", "resnet", RESNET, IMAGENET, 1000, 44_549_160, 105_344, 7_570_194_432, 1,
            "torchvision's resnet101 for the parameters, keras.applications' ResNet101 for the MACs",
            "Residual learning with bottlenecks, 101 layers.",
            "ResNet-101", 76.4, MSRA, 92.9),
    Network("resnet152", "resnet", RESNET, IMAGENET, 1000, 60_192_808, 151_424, 11_282_415_616, 1,
            "torchvision's resnet152 for the parameters, keras.applications' ResNet152 for the MACs",
            "Residual learning with bottlenecks, 152 layers: winner of ILSVRC 2015 in an ensemble.",
            "ResNet-152", 77.0, MSRA, 93.3),
    Network("inception_v4", "inception_v4", INCEPTION_V4, INCEPTION, 1000, 42_648_232, 63_168,
            12_253_974_624, 75,
            "timm's inception_v4, less the gammas that TF-Slim's has not",
            "One uniform module for each grid size, dedicated reductions between.",
            "Inception-v4", 80.1, TF_SLIM, 95.0),
    Network("inception_resnet_v1", "inception_resnet", INCEPTION_V4, INCEPTION, 1000, 22_742_808, 27_040,
            6_206_361_696, 75,
            "the paper's figures; there is no released ImageNet model",
            "Inception towers that learn a residual; the cost of Inception-v3.",
            "Inception-ResNet-v1", 78.7, PAPER, 94.5),
    Network("inception_resnet_v2", "inception_resnet", INCEPTION_V4, INCEPTION, 1000, 55_813_192, 60_544,
            13_155_794_016, 75,
            "keras.applications' InceptionResNetV2 and TF-Slim",
            "Inception towers that learn a scaled residual; the cost of Inception-v4, trained faster.",
            "Inception-ResNet-v2", 80.4, TF_SLIM, 95.3),
    Network("xception", "xception", XCEPTION, INCEPTION, 1000, 22_855_952, 54_528, 8_357_403_496, 7,
            "keras.applications' Xception and the paper's Table 3",
            "Depthwise separable convolutions throughout: channels and space are learned apart.",
            "Xception", 79.0, PAPER, 94.5),
    Network("resnext50", "resnext", RESNEXT, IMAGENET, 1000, 25_028_904, 68_224, 4_230_479_872, 1,
            "torchvision's resnext50_32x4d",
            "Cardinality: 32 equal paths in a block, better than deeper or wider at the same cost.",
            "ResNeXt-50 (32×4d)", 77.8, PAPER),
    Network("resnext101", "resnext", RESNEXT, IMAGENET, 1000, 44_177_704, 137_856, 7_969_996_800, 1,
            "timm's resnext101_32x4d",
            "32 paths in a block, 101 layers.",
            "ResNeXt-101 (32×4d)", 78.8, PAPER, 94.4),
    Network("resnext101_64x4d", "resnext", RESNEXT, IMAGENET, 1000, 83_455_272, 202_880, 15_460_270_080, 1,
            "torchvision's resnext101_64x4d",
            "64 paths in a block, 101 layers.",
            "ResNeXt-101 (64×4d)", 79.6, PAPER, 94.7),
)
# fmt: on


def list_models() -> list[str]:
    """Return the names that `create` takes, in the order of publication."""
    return [network.name for network in NETWORKS]


def find_network(name: str) -> Network:
    """Return the row of `name`; a ValueError names the nearest ones if there is none."""
    rows = {network.name: network for network in NETWORKS}
    if name in rows:
        return rows[name]
    near = difflib.get_close_matches(str(name).lower().replace("-", "_"), rows, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"choose from {', '.join(rows)}."
    raise ValueError(f"name must be one of keras_cnns.list_models(); got {name!r}, {hint}")
