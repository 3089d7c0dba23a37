"""Where the files of each source keep the weights of each network: a row per source and network.

Most layouts name the file's layers. Those of Keras' own files do not: such a file holds the layers in the
order of `keras.applications`' model, under any names, so that model says which is which.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from keras_cnns.weights.matching import source_names
from keras_cnns.weights.matching.source_names import DEPTHS, VGG, Names


@dataclass(frozen=True)
class Layout:
    """How one source writes one network. Either `names` or `keras_model` is given.

    Attributes:
        source: whose files they are, as "Keras'".
        suffixes: of these files.
        names: returns the file's layers by landmark.
        keras_model: the factory in `keras.applications` whose layer order the file has.
        epsilon: what the source's batch normalizations add to the variance.
        options: those of our factory that build the source's network.
        difference: what these options change.
        background: the source may have 1,001 classes, of which the first stands for everything else.
        grouped_as_depthwise: grouped convolutions are kept as depthwise ones, whose outputs are summed within
            each group.
        pools_padded_alike: pools of stride 2 are padded on both sides, which equals ours on maps of odd
            height and width only.
        response_normalization: the source's k, and its alpha per map.
    """

    source: str
    suffixes: tuple[str, ...]
    names: Callable[[], Names] | None = None
    keras_model: str | None = None
    epsilon: float = 1e-5
    options: dict[str, object] = field(default_factory=dict)
    difference: str = ""
    background: bool = False
    grouped_as_depthwise: bool = False
    pools_padded_alike: bool = False
    response_normalization: tuple[float, float] | None = None


TORCH = (".pth", ".pt", ".bin", ".safetensors")
KERAS = (".h5", ".hdf5")

STRIDE_IN_3X3 = {
    "options": {"stride_in_3x3": True},
    "difference": "its bottlenecks have their stride on the 3x3 convolution (v1.5), not on the first 1x1",
}
STRIDE_IN_1X1 = {
    "options": {"stride_in_3x3": False},
    "difference": "its bottlenecks have their stride on the first 1x1 convolution, like the paper's",
}
TWO_TOWERS = {"options": {"groups": 2}, "difference": "its convolutions 2, 4 and 5 are in two groups"}


def torch(names: Callable[[], Names], **facts) -> Layout:
    return Layout("torchvision's and timm's", TORCH, names, **facts)


def keras_order(keras_model: str, **facts) -> Layout:
    return Layout("Keras'", KERAS, keras_model=keras_model, **facts)


def caffe(names: Callable[[], Names], **facts) -> Layout:
    return Layout("the ONNX model zoo's", (".onnx",), names, **facts)


def resnet(depth: int) -> tuple[Layout, ...]:
    torch_names = partial(source_names.torch_resnet, depth)
    if depth < 50:
        return (torch(torch_names),)
    return (keras_order(f"ResNet{depth}", **STRIDE_IN_1X1), torch(torch_names, **STRIDE_IN_3X3))


def resnext(depth: int) -> tuple[Layout, ...]:
    """Keras' last layer has two names: one before keras-applications became part of TensorFlow, one since."""
    names = [partial(source_names.keras_resnext, depth, last) for last in ("probs", "predictions")]
    keras = [Layout("Keras'", KERAS, listed, epsilon=1.001e-5, grouped_as_depthwise=True) for listed in names]
    return (torch(partial(source_names.torch_resnet, depth)), *keras)


def vgg(depth: int) -> tuple[Layout, ...]:
    torchvision = ("classifier.0", "classifier.3", "classifier.6")
    timm = ("pre_logits.fc1", "pre_logits.fc2", "head.fc")
    others = {16: (keras_order("VGG16"),), 19: (keras_order("VGG19"), caffe(source_names.caffe_vgg19))}
    files = [torch(partial(source_names.torch_vgg, depth, dense)) for dense in (torchvision, timm)]
    return (*files, *others.get(depth, ()))


LAYOUTS: dict[str, tuple[Layout, ...]] = {
    "alexnet": (caffe(source_names.caffe_alexnet, response_normalization=(1.0, 1e-4 / 5), **TWO_TOWERS),),
    "alexnet_owt": (torch(source_names.torch_alexnet),),
    **{f"vgg{depth}": vgg(depth) for depth in VGG},
    "inception_v1": (caffe(source_names.caffe_inception_v1),),
    "inception_v3": (keras_order("InceptionV3"),),
    **{f"resnet{depth}": resnet(depth) for depth in DEPTHS},
    "inception_v4": (torch(source_names.timm_inception_v4, epsilon=1e-3, background=True),),
    "inception_resnet_v2": (
        keras_order("InceptionResNetV2"),
        torch(source_names.timm_inception_resnet_v2, epsilon=1e-3, background=True),
    ),
    "xception": (keras_order("Xception"), torch(source_names.timm_xception, pools_padded_alike=True)),
    "resnext50": resnext(50),
    "resnext101": resnext(101),
    "resnext101_64x4d": (torch(partial(source_names.torch_resnet, 101)),),
}
LAYOUTS["resnet50"] += (caffe(source_names.onnx_resnet50, **STRIDE_IN_3X3),)

PRE_ACTIVATION = "it normalizes its input, and each block before its convolutions (a ResNet v2)"

# Files that look like one of our networks and are not: the network, part of a tensor's name, the difference.
LOOKALIKES = (
    (
        "inception_v1",
        "inception3a.branch3.1.conv",
        "torchvision's GoogLeNet has 3x3 convolutions in the towers of the 5x5, batch normalization in place "
        "of response normalization, and a 2x2 pool",
    ),
    (
        "inception_v3",
        "Mixed_5b.branch1x1.conv",
        "torchvision's and timm's Inception-v3 count the padding at the border as zeros when they average; "
        "TensorFlow, where Inception-v3 comes from, does not. Keras' weights fit",
    ),
    (
        "inception_v2",
        "conv1/7x7_s2/bn_scale",
        "Caffe's Inception-v2 starts with a plain 7x7 convolution, where the authors' is separable, and pads "
        "strided windows alike on all sides",
    ),
    ("resnet18", "bn_data", PRE_ACTIVATION),
    ("resnet34", "bn_data", PRE_ACTIVATION),
)
