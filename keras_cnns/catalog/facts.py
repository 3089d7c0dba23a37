"""The published networks: paper, expected counts, and the source that confirms them."""

import difflib
import importlib
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keras_cnns.arguments import shown
from keras_cnns.catalog.papers import (
    ALEXNET,
    BATCH_NORMALIZATION,
    CAFFE,
    GOOGLENET,
    INCEPTION_V4,
    LENET,
    NIN,
    ONE_WEIRD_TRICK,
    RESNET,
    RESNEXT,
    RETHINKING,
    VGG,
    XCEPTION,
    Paper,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras


@dataclass(frozen=True, kw_only=True)
class Network:
    """One factory: its name, file, paper and the numbers that a faithful model must have.

    The counts hold for the default `in_shape` and `n_classes`.

    Attributes:
        name: the function that builds it, and the name that `create` takes.
        title: the name in print.
        module: the file in `keras_cnns.architectures`, without its suffix.
        paper: where it was published.
        in_shape: the default input, (height, width, channels).
        n_classes: the default number of classes.
        smallest: the smallest height and width of an input.
        sensible: the smallest with which no window slides over a map of 1x1, where it sees one value and only
            padding around it; None if that is `smallest`.
        trainable: how many trainable parameters it has.
        non_trainable: how many others it has, the moving averages of batch normalization.
        macs: multiply-adds of convolution and dense kernels for one image, which papers print as "FLOPs".
        checked_against: the source that these counts agree with exactly.
        introduced: what was new about it.
        top1: accuracy in per cent on the validation images of ILSVRC 2012, of one model that looks at one
            central crop; None if no figure for this very network is known. Training and the scaling before
            the crop differ between sources, so small differences mean little.
        top5: the same for the five likeliest classes.
        top1_source: who published these accuracies.
        has_aux: whether the factory's `aux=True` adds auxiliary classifiers.
    """

    name: str
    title: str
    module: str
    paper: Paper
    in_shape: tuple[int, int, int]
    n_classes: int = 1000
    smallest: int
    sensible: int | None = None
    trainable: int
    non_trainable: int = 0
    macs: int
    checked_against: str
    introduced: str
    top1: float | None = None
    top5: float | None = None
    top1_source: str | None = None
    has_aux: bool = False

    @property
    def factory(self) -> "Callable[..., keras.Model]":
        """The function that builds it; this imports Keras."""
        return getattr(importlib.import_module(f"keras_cnns.architectures.{self.module}"), self.name)

    @property
    def defaults(self) -> dict[str, object]:
        """The factory's options, its keyword-only parameters, with the paper's choice; this imports Keras."""
        parameters = inspect.signature(self.factory).parameters.values()
        return {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY}

    @property
    def options(self) -> tuple[str, ...]:
        """The names of the factory's options, apart from input, classes and optimizer; this imports Keras."""
        return tuple(self.defaults)

    @property
    def file(self) -> Path:
        """The standalone source file."""
        return Path(__file__).parent.parent / "architectures" / f"{self.module}.py"


IMAGENET = (224, 224, 3)
INCEPTION = (299, 299, 3)

# Who published the accuracies. TF-Slim is the code of Inception's authors, MSRA's is that of ResNet's.
CAFFE_WEIGHTS = "BVLC's weights for Caffe"
MSRA = "the authors' weights for Caffe"
PAPER = "the paper"
TF_SLIM = "TF-Slim's weights"
TORCHVISION = "torchvision's weights"

# In the order of publication.
# fmt: off
NETWORKS = (
    Network(
        name="lenet_5", title="LeNet-5", module="lenet", paper=LENET,
        in_shape=(32, 32, 1), n_classes=10, smallest=32, trainable=60_850, macs=328_096,
        checked_against="the paper's 60,000 and the 850 of a softmax in place of its fixed output codes",
        introduced="Convolution, sub-sampling and shared weights, trained as one by gradient descent.",
    ),
    Network(
        name="alexnet", title="AlexNet", module="alexnet", paper=ALEXNET,
        in_shape=(227, 227, 3), smallest=64, trainable=60_965_224, macs=724_406_816,
        checked_against="BVLC's Caffe definition, layer by layer",
        introduced="A large CNN on two GPUs: ReLU, overlapping pools, response normalization, dropout.",
        top1=57.1, top5=80.2, top1_source=CAFFE_WEIGHTS,
    ),
    Network(
        name="nin", title="Network in Network", module="nin", paper=NIN,
        in_shape=IMAGENET, smallest=39, sensible=71, trainable=7_595_176, macs=1_100_188_800,
        checked_against="the author's Caffe definition; 29 MB, as he states",
        introduced="1x1 convolutions as small networks inside a filter; "
                   "global average pooling as classifier.",
    ),
    Network(
        name="nin_cifar", title="Network in Network (CIFAR-10)", module="nin", paper=NIN,
        in_shape=(32, 32, 3), n_classes=10, smallest=4, sensible=8, trainable=966_986, macs=222_486_528,
        checked_against="the author's cuda-convnet definition",
        introduced="The same at the size of CIFAR-10, where the paper measured it.",
    ),
    Network(
        name="alexnet_owt", title="AlexNet (one tower)", module="alexnet", paper=ONE_WEIRD_TRICK,
        in_shape=IMAGENET, smallest=63, trainable=61_100_840, macs=714_188_480,
        checked_against="torchvision's alexnet",
        introduced="AlexNet in one tower, without response normalization; the one with published weights.",
        top1=56.5, top5=79.1, top1_source=TORCHVISION,
    ),
    Network(
        name="lenet_caffe", title="LeNet of Caffe", module="lenet", paper=CAFFE,
        in_shape=(28, 28, 1), n_classes=10, smallest=16, trainable=431_080, macs=2_293_000,
        checked_against="BVLC's Caffe definition, layer by layer",
        introduced="What tutorials often call LeNet-5: more maps, max pooling, one ReLU.",
    ),
    Network(
        name="vgg11", title="VGG-11", module="vgg", paper=VGG,
        in_shape=IMAGENET, smallest=32, trainable=132_863_336, macs=7_609_090_048,
        checked_against="torchvision's vgg11",
        introduced="Only 3x3 convolutions; column A, which the deeper ones grew from.",
    ),
    Network(
        name="vgg13", title="VGG-13", module="vgg", paper=VGG,
        in_shape=IMAGENET, smallest=32, trainable=133_047_848, macs=11_308_466_176,
        checked_against="torchvision's vgg13",
        introduced="Only 3x3 convolutions; column B, two in every stage.",
    ),
    Network(
        name="vgg16", title="VGG-16", module="vgg", paper=VGG,
        in_shape=IMAGENET, smallest=32, trainable=138_357_544, macs=15_470_264_320,
        checked_against="keras.applications' VGG16 and torchvision's vgg16",
        introduced="Only 3x3 convolutions, 13 of them: depth alone brings the error down.",
        top1=71.6, top5=90.4, top1_source=TORCHVISION,
    ),
    Network(
        name="vgg19", title="VGG-19", module="vgg", paper=VGG,
        in_shape=IMAGENET, smallest=32, trainable=143_667_240, macs=19_632_062_464,
        checked_against="keras.applications' VGG19 and torchvision's vgg19",
        introduced="Only 3x3 convolutions, 16 of them: where plain depth stops helping.",
        top1=72.4, top5=90.9, top1_source=TORCHVISION,
    ),
    Network(
        name="inception_v1", title="Inception-v1", module="inception_v1", paper=GOOGLENET,
        in_shape=IMAGENET, smallest=1, sensible=33, trainable=6_998_552, macs=1_582_671_872,
        has_aux=True, checked_against="BVLC's Caffe definition, layer by layer",
        introduced="Towers of several scales side by side, made cheap by 1x1 convolutions.",
        top1=68.7, top5=88.9, top1_source=CAFFE_WEIGHTS,
    ),
    Network(
        name="inception_net", title="Inception-v1 (training graph)", module="inception_v1", paper=GOOGLENET,
        in_shape=IMAGENET, smallest=65, trainable=13_378_280, macs=1_591_044_096,
        checked_against="BVLC's Caffe definition with both auxiliary classifiers",
        introduced="Inception-v1 as it was trained: two more classifiers on the side.",
    ),
    Network(
        name="inception_v2", title="Inception-v2", module="inception_v2", paper=BATCH_NORMALIZATION,
        in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=11_178_336, non_trainable=19_904, macs=1_934_857_216,
        checked_against="TF-Slim's inception_v2",
        introduced="Batch normalization: higher learning rates, fewer steps, no dropout.",
        top1=73.9, top5=91.8, top1_source=TF_SLIM,
    ),
    Network(
        name="inception_v3", title="Inception-v3", module="inception_v3", paper=RETHINKING,
        in_shape=INCEPTION, smallest=75, sensible=107,
        trainable=23_817_352, non_trainable=34_432, macs=5_713_216_096,
        has_aux=True, checked_against="keras.applications' InceptionV3",
        introduced="Large kernels factorised into small and flat ones; label smoothing.",
        top1=78.0, top5=93.9, top1_source=TF_SLIM,
    ),
    Network(
        name="resnet18", title="ResNet-18", module="resnet", paper=RESNET,
        in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=11_689_512, non_trainable=9_600, macs=1_814_073_344,
        checked_against="torchvision's resnet18",
        introduced="Residual blocks of two 3x3 convolutions.",
        top1=69.8, top5=89.1, top1_source=TORCHVISION,
    ),
    Network(
        name="resnet34", title="ResNet-34", module="resnet", paper=RESNET,
        in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=21_797_672, non_trainable=17_024, macs=3_663_761_408,
        checked_against="torchvision's resnet34",
        introduced="Residual blocks of two 3x3 convolutions; beats its plain twin, "
                   "which is worse than 18 layers.",
        top1=73.3, top5=91.4, top1_source=TORCHVISION,
    ),
    Network(
        name="resnet50", title="ResNet-50", module="resnet", paper=RESNET,
        in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=25_557_032, non_trainable=53_120, macs=3_857_973_248,
        checked_against="torchvision's resnet50 for the parameters, "
                        "keras.applications' ResNet50 for the MACs",
        introduced="Residual learning with bottlenecks: blocks learn what to add, so depth stops hurting.",
        top1=75.3, top5=92.2, top1_source=MSRA,
    ),
    Network(
        name="resnet101", title="ResNet-101", module="resnet", paper=RESNET,
        in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=44_549_160, non_trainable=105_344, macs=7_570_194_432,
        checked_against="torchvision's resnet101 for the parameters, "
                        "keras.applications' ResNet101 for the MACs",
        introduced="Residual learning with bottlenecks, 101 layers.",
        top1=76.4, top5=92.9, top1_source=MSRA,
    ),
    Network(
        name="resnet152", title="ResNet-152", module="resnet", paper=RESNET,
        in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=60_192_808, non_trainable=151_424, macs=11_282_415_616,
        checked_against="torchvision's resnet152 for the parameters, "
                        "keras.applications' ResNet152 for the MACs",
        introduced="Residual learning with bottlenecks, 152 layers: winner of ILSVRC 2015 in an ensemble.",
        top1=77.0, top5=93.3, top1_source=MSRA,
    ),
    Network(
        name="resnet20", title="ResNet-20 (CIFAR-10)", module="resnet_cifar", paper=RESNET,
        in_shape=(32, 32, 3), n_classes=10, smallest=1, sensible=5,
        trainable=269_722, non_trainable=1_376, macs=40_551_040,
        checked_against="the paper's 0.27 million, and its blocks in NumPy",
        introduced="ResNet at the size of CIFAR-10, with shortcuts that have no weights.",
    ),
    Network(
        name="resnet32", title="ResNet-32 (CIFAR-10)", module="resnet_cifar", paper=RESNET,
        in_shape=(32, 32, 3), n_classes=10, smallest=1, sensible=5,
        trainable=464_154, non_trainable=2_272, macs=68_862_592,
        checked_against="the paper's 0.46 million, and its blocks in NumPy",
        introduced="ResNet at the size of CIFAR-10, 32 layers.",
    ),
    Network(
        name="resnet44", title="ResNet-44 (CIFAR-10)", module="resnet_cifar", paper=RESNET,
        in_shape=(32, 32, 3), n_classes=10, smallest=1, sensible=5,
        trainable=658_586, non_trainable=3_168, macs=97_174_144,
        checked_against="the paper's 0.66 million, and its blocks in NumPy",
        introduced="ResNet at the size of CIFAR-10, 44 layers.",
    ),
    Network(
        name="resnet56", title="ResNet-56 (CIFAR-10)", module="resnet_cifar", paper=RESNET,
        in_shape=(32, 32, 3), n_classes=10, smallest=1, sensible=5,
        trainable=853_018, non_trainable=4_064, macs=125_485_696,
        checked_against="the paper's 0.85 million, and its blocks in NumPy",
        introduced="ResNet at the size of CIFAR-10, 56 layers; "
                   "beats its plain twin, which is worse than 20 layers.",
    ),
    Network(
        name="resnet110", title="ResNet-110 (CIFAR-10)", module="resnet_cifar", paper=RESNET,
        in_shape=(32, 32, 3), n_classes=10, smallest=1, sensible=5,
        trainable=1_727_962, non_trainable=8_096, macs=252_887_680,
        checked_against="the paper's 1.7 million, and its blocks in NumPy",
        introduced="ResNet at the size of CIFAR-10, 110 layers: the paper's best there.",
    ),
    Network(
        name="inception_v4", title="Inception-v4", module="inception_v4", paper=INCEPTION_V4,
        in_shape=INCEPTION, smallest=75, sensible=107,
        trainable=42_648_232, non_trainable=63_168, macs=12_253_974_624,
        has_aux=True, checked_against="timm's inception_v4, less the gammas that TF-Slim's has not",
        introduced="One uniform module for each grid size, dedicated reductions between.",
        top1=80.2, top5=95.2, top1_source=TF_SLIM,
    ),
    Network(
        name="inception_resnet_v1", title="Inception-ResNet-v1",
        module="inception_resnet", paper=INCEPTION_V4,
        in_shape=INCEPTION, smallest=75, sensible=107,
        trainable=22_742_808, non_trainable=27_040, macs=6_206_361_696,
        checked_against="the paper's figures; there is no released ImageNet model",
        introduced="Inception towers that learn a residual; the cost of Inception-v3.",
        top1=78.7, top5=94.5, top1_source=PAPER,
    ),
    Network(
        name="inception_resnet_v2", title="Inception-ResNet-v2",
        module="inception_resnet", paper=INCEPTION_V4,
        in_shape=INCEPTION, smallest=75, sensible=107,
        trainable=55_813_192, non_trainable=60_544, macs=13_155_794_016,
        checked_against="keras.applications' InceptionResNetV2 and TF-Slim",
        introduced="Inception towers that learn a scaled residual; the cost of Inception-v4, trained faster.",
        top1=80.4, top5=95.3, top1_source=TF_SLIM,
    ),
    Network(
        name="xception", title="Xception", module="xception", paper=XCEPTION,
        in_shape=INCEPTION, smallest=7, sensible=39,
        trainable=22_855_952, non_trainable=54_528, macs=8_357_403_496,
        checked_against="keras.applications' Xception and the paper's Table 3",
        introduced="Depthwise separable convolutions throughout: channels and space are learned apart.",
        top1=79.0, top5=94.5, top1_source=PAPER,
    ),
    Network(
        name="resnext50", title="ResNeXt-50 (32×4d)", module="resnext", paper=RESNEXT,
        in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=25_028_904, non_trainable=68_224, macs=4_230_479_872,
        checked_against="torchvision's resnext50_32x4d",
        introduced="Cardinality: 32 equal paths in a block, better than deeper or wider at the same cost.",
        top1=77.8, top1_source=PAPER,
    ),
    Network(
        name="resnext101", title="ResNeXt-101 (32×4d)", module="resnext", paper=RESNEXT,
        in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=44_177_704, non_trainable=137_856, macs=7_969_996_800,
        checked_against="timm's resnext101_32x4d",
        introduced="32 paths in a block, 101 layers.",
        top1=78.8, top5=94.4, top1_source=PAPER,
    ),
    Network(
        name="resnext101_64x4d", title="ResNeXt-101 (64×4d)", module="resnext", paper=RESNEXT,
        in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=83_455_272, non_trainable=202_880, macs=15_460_270_080,
        checked_against="torchvision's resnext101_64x4d",
        introduced="64 paths in a block, 101 layers.",
        top1=79.6, top5=94.7, top1_source=PAPER,
    ),
)
# fmt: on

# Other names that people use; spelling does not matter, see `normalized`.
ALIASES = {
    "alexnet_one_tower": "alexnet_owt",
    "googlenet": "inception_v1",
    "bn_inception": "inception_v2",
    "resnext50_32x4d": "resnext50",
    "resnext101_32x4d": "resnext101",
}


def list_models() -> list[str]:
    """Return the names that `create` takes, in the order of publication."""
    return [network.name for network in NETWORKS]


def find_network(name: str, argument: str = "name") -> Network:
    """Return the network that a name means; "ResNet-50", "resnet_50" and "googlenet" are understood, too.

    Raises:
        ValueError: if no network, or more than one, is called so; it says which come near. The
            message calls the name by the `argument` that it was given as.
    """
    spellings = _networks_by_spelling()
    wanted = normalized(name)
    if wanted in spellings:
        return spellings[wanted]
    family = [each for each in spellings if len(wanted) > 2 and each.startswith(wanted)]
    near = family or difflib.get_close_matches(wanted, spellings, n=3)
    found = list(dict.fromkeys(spellings[each].name for each in near))
    *others, last = found or [""]
    some = f"{', '.join(others)} or {last}" if others else last
    hint = f"did you mean {some}?" if found else f"choose from {', '.join(list_models())}."
    raise ValueError(f"{argument} must be that of a network; got {shown(name)}, {hint}")


def is_network(name: str) -> bool:
    """Whether `find_network` understands this name."""
    return normalized(name) in _networks_by_spelling()


def normalized(name: str) -> str:
    """Return a name without what people spell in several ways: case, hyphens, underscores and blanks."""
    return "".join(letter for letter in str(name).casefold() if letter not in "-_" and not letter.isspace())


def _networks_by_spelling() -> dict[str, Network]:
    """Return the networks by every name that they have, normalized."""
    names = {network.name: network for network in NETWORKS}
    titles = {network.title: network for network in NETWORKS}
    aliases = {alias: names[name] for alias, name in ALIASES.items() if name in names}
    return {normalized(name): network for name, network in (names | titles | aliases).items()}
