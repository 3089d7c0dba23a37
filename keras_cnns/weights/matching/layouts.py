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
        odd_size: not 0 if windows of stride 2 are padded on both sides, which equals ours on maps of odd
            height and width only: a size of images that has such maps.
        shared: the options of our factory that Keras' has, too.
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
    odd_size: int = 0
    shared: tuple[str, ...] = ()
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
SLIM_FORM = {
    "options": {"slim": True},
    "difference": "it has TF-Slim's form, with the stride in the last unit of a stage",
}
TWO_TOWERS = {"options": {"groups": 2}, "difference": "its convolutions 2, 4 and 5 are in two groups"}


def torch(names: Callable[[], Names], **facts) -> Layout:
    return Layout("torchvision's and timm's", TORCH, names, **facts)


def torchvision(names: Callable[[], Names], **facts) -> Layout:
    return Layout("torchvision's", TORCH, names, **facts)


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


def densenet(depth: int) -> tuple[Layout, ...]:
    files = tuple(torch(partial(source_names.torch_densenet, depth, dot)) for dot in (".", ""))
    return files if depth == 161 else (keras_order(f"DenseNet{depth}"), *files)


def senet(depths: tuple[int, ...], stem: int = 1) -> tuple[Layout, ...]:
    return (Layout("timm's", TORCH, partial(source_names.timm_senet, depths, stem)),)


def convnext(variant: str) -> tuple[Layout, ...]:
    names = [partial(listed, variant) for listed in (source_names.torch_convnext, source_names.timm_convnext)]
    return (keras_order(f"ConvNeXt{variant.capitalize()}"), *map(torch, names))


def efficientnet(n: int) -> tuple[Layout, ...]:
    """timm's "tf_" pads as TensorFlow does; torchvision pads alike on both sides."""
    odd_size = (225, 257, 257, 289, 385, 449, 513, 609)[n]
    epsilon = 1e-5 if n < 5 else 1e-3
    return (
        keras_order(f"EfficientNetB{n}"),
        Layout("timm's", TORCH, partial(source_names.timm_efficientnet, n), epsilon=1e-3),
        torchvision(partial(source_names.torch_efficientnet, n), epsilon=epsilon, odd_size=odd_size),
    )


def mobilenet_v3(variant: str) -> tuple[Layout, ...]:
    names = partial(source_names.torch_mobilenet_v3, variant)
    return (
        keras_order(f"MobileNetV3{variant.capitalize()}"),
        torchvision(names, epsilon=1e-3, odd_size=225),
    )


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
    "xception": (keras_order("Xception"), torch(source_names.timm_xception, odd_size=295)),
    "resnext50": resnext(50),
    "resnext101": resnext(101),
    "resnext101_64x4d": (torch(partial(source_names.torch_resnet, 101)),),
    "resnext101_32x8d": (torch(partial(source_names.torch_resnet, 101)),),
    **{f"wrn{depth}_2": (torch(partial(source_names.torch_resnet, depth)),) for depth in (50, 101)},
    **{f"resnet{depth}_v2": (keras_order(f"ResNet{depth}V2", **SLIM_FORM),) for depth in (50, 101, 152)},
    **{f"densenet{depth}": densenet(depth) for depth in source_names.DENSE_BLOCKS},
    **{f"se_resnet{depth}": senet(DEPTHS[depth]) for depth in (50, 101, 152)},
    **{f"se_resnext{depth}": senet(DEPTHS[depth]) for depth in (50, 101)},
    "senet154": senet(DEPTHS[152], stem=3),
    "squeezenet": (torchvision(partial(source_names.torch_squeezenet, (3, 4, 5, 7, 8, 9, 10, 12))),),
    "squeezenet_1_1": (torchvision(partial(source_names.torch_squeezenet, (3, 4, 6, 7, 9, 10, 11, 12))),),
    "shufflenet_v2": (torchvision(source_names.torch_shufflenet_v2),),
    "mobilenet": (
        keras_order("MobileNet", shared=("alpha",)),
        Layout("timm's", TORCH, source_names.timm_mobilenet, odd_size=225),
    ),
    "mobilenet_v2": (
        keras_order("MobileNetV2", shared=("alpha",)),
        torchvision(source_names.torch_mobilenet_v2, odd_size=225),
    ),
    **{f"mobilenet_v3_{variant}": mobilenet_v3(variant) for variant in ("large", "small")},
    **{f"efficientnet_b{n}": efficientnet(n) for n in range(8)},
    "efficientnet_v2_s": (
        keras_order("EfficientNetV2S"),
        Layout("timm's", TORCH, source_names.timm_efficientnet_v2, epsilon=1e-3),
        torchvision(source_names.torch_efficientnet_v2, epsilon=1e-3, odd_size=385),
    ),
    **{f"convnext_{variant}": convnext(variant) for variant in ("tiny", "small", "base")},
}
LAYOUTS["resnet50"] += (caffe(source_names.onnx_resnet50, **STRIDE_IN_3X3),)

PRE_ACTIVATION = "it normalizes its input, and each block before its convolutions (a ResNet v2)"
POOLS_FIRST = (
    "timm's ResNet v2 pools before its first normalization, not after it, which is not the same for a map "
    "whose gamma is negative. Keras' weights fit, with slim=True"
)

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
    *((f"resnet{depth}_v2", "stages.0.blocks.0.norm1", POOLS_FIRST) for depth in (50, 101, 152)),
    ("resnet18", "bn_data", PRE_ACTIVATION),
    ("resnet34", "bn_data", PRE_ACTIVATION),
)
