"""The published weights: one row per network and source, with what is needed to use them correctly.

Accuracies, in per cent, are those stated by whoever trained the weights, for one central crop of each
validation image of ILSVRC 2012.
Digests are those in the source's code: Keras' (md5), torchvision's file names (the first digits of sha256),
the ONNX model zoo's repository (sha256); for the files that timm keeps at Hugging Face, the host states them.
"""

import difflib
from dataclasses import dataclass, field

from keras_cnns.arguments import shown
from keras_cnns.catalog import facts
from keras_cnns.weights.download.files import File
from keras_cnns.weights.expected_images import Preprocessing
from keras_cnns.weights.formats import missing_reader

KERAS = "https://storage.googleapis.com/tensorflow/keras-applications"
TORCHVISION = "https://download.pytorch.org/models"
HUB = "https://huggingface.co"

CAFFE_224 = Preprocessing.caffe(224, 256)
TORCH_224 = Preprocessing.torch(224, 256)
TORCH_232 = Preprocessing.torch(224, 232)
TF_299 = Preprocessing.tf(299, 342)


@dataclass(frozen=True)
class WeightSet:
    """Published weights for a network of this package.

    Attributes:
        network: its name in the catalogue.
        source: who publishes the file, as in `create(name, weights=source)`.
        file: the file, and how to check it.
        licence: its SPDX identifier.
        top1: accuracy in per cent; None if unknown.
        top5: the same for the five likeliest classes.
        preprocessing: how images are prepared; None if unknown.
        options: of the factory, to build the network that was trained.
        classes: the number of classes, ImageNet's.
        note: what else a user should know.
    """

    network: str
    source: str
    file: File
    licence: str
    top1: float | None
    top5: float | None
    preprocessing: Preprocessing | None
    options: dict[str, object] = field(default_factory=dict)
    classes: int = 1000
    note: str = ""


def size_of(network: str) -> int:
    """Bytes of a network's weights as float32; a file is slightly larger."""
    row = facts.find_network(network)
    return 4 * (row.trainable + row.non_trainable)


def keras(network, folder, name, digest, licence, top1, top5, preprocessing, **more) -> WeightSet:
    name = f"{name}_weights_tf_dim_ordering_tf_kernels.h5"
    file = File(name, f"{KERAS}/{folder}/{name}", f"md5:{digest}", size_of(network))
    return WeightSet(network, "keras", file, licence, top1, top5, preprocessing, **more)


def torchvision(
    network, name, top1, top5, source="torchvision", preprocessing=TORCH_224, **more
) -> WeightSet:
    digest = name.rpartition("-")[2]
    file = File(f"{name}.pth", f"{TORCHVISION}/{name}.pth", f"sha256:{digest}", size_of(network))
    return WeightSet(network, source, file, "BSD-3-Clause", top1, top5, preprocessing, **more)


def timm(network, name, licence, top1, top5, preprocessing=TORCH_224, **more) -> WeightSet:
    url = f"{HUB}/timm/{name}/resolve/main/model.safetensors"
    file = File(f"timm_{name}.safetensors", url, "", size_of(network))
    return WeightSet(network, "timm", file, licence, top1, top5, preprocessing, **more)


def onnx(network, name, digest, licence, top1, top5, preprocessing, **more) -> WeightSet:
    url = f"{HUB}/onnxmodelzoo/{name}/resolve/main/{name}.onnx"
    file = File(f"{name}.onnx", url, f"sha256:{digest}", size_of(network))
    return WeightSet(network, "onnx", file, licence, top1, top5, preprocessing, **more)


V1_5 = {"options": {"stride_in_3x3": True}}
MIT, BSD, APACHE, CC_BY = "MIT", "BSD-3-Clause", "Apache-2.0", "CC-BY-4.0"

# The first row of a network with the options asked for is its "imagenet".
# fmt: off
SETS = (
    onnx("alexnet", "bvlcalexnet-9", "ef3c82dad5c512f969dbf701fe35c0b3feb1585687d541f765eb68730c0a8af7",
         BSD, 57.1, 80.2, Preprocessing.caffe(227, 256),
         note="BVLC's for Caffe; its response normalization has other constants, which the weights absorb"),
    torchvision("alexnet_owt", "alexnet-owt-7be5be79", 56.522, 79.066),
    torchvision("vgg11", "vgg11-8a719046", 69.020, 88.628),
    timm("vgg11", "vgg11.tv_in1k", BSD, 69.020, 88.628),
    torchvision("vgg13", "vgg13-19584684", 69.928, 89.246),
    timm("vgg13", "vgg13.tv_in1k", BSD, 69.928, 89.246),
    keras("vgg16", "vgg16", "vgg16", "64373286793e3c8b2b4e3219cbf3544b", CC_BY, 71.3, 90.1, CAFFE_224,
          note="the authors'"),
    torchvision("vgg16", "vgg16-397923af", 71.592, 90.382),
    timm("vgg16", "vgg16.tv_in1k", BSD, 71.592, 90.382),
    keras("vgg19", "vgg19", "vgg19", "cbe5617147190e668d6c5d5026f83318", CC_BY, 71.3, 90.0, CAFFE_224,
          note="the authors'"),
    torchvision("vgg19", "vgg19-dcbb9e9d", 72.376, 90.876),
    timm("vgg19", "vgg19.tv_in1k", BSD, 72.376, 90.876),
    onnx("inception_v1", "googlenet-9", "bd979d99d10d9acf84c5a67252bcae4992bf4e1afdab046cb0ea370e6f01ee38",
         BSD, 68.7, 88.9, CAFFE_224,
         note="BVLC's for Caffe, whose pools round sizes up, as the paper's; converted graphs may not"),
    keras("inception_v3", "inception_v3", "inception_v3", "9a0d58056eeedaa3f26cb7ebd46da564",
          APACHE, 77.9, 93.7, TF_299),
    torchvision("resnet18", "resnet18-f37072fd", 69.758, 89.078),
    timm("resnet18", "resnet18.tv_in1k", BSD, 69.758, 89.078),
    torchvision("resnet34", "resnet34-b627a593", 73.314, 91.420),
    timm("resnet34", "resnet34.tv_in1k", BSD, 73.314, 91.420),
    keras("resnet50", "resnet", "resnet50", "2cb95161c43110f7111970584f804107", MIT, 74.9, 92.1, CAFFE_224,
          note="the authors'"),
    torchvision("resnet50", "resnet50-0676ba61", 76.130, 92.862, **V1_5),
    torchvision("resnet50", "resnet50-11ad3fa6", 80.858, 95.434, "torchvision-v2", TORCH_232, **V1_5),
    timm("resnet50", "resnet50.tv_in1k", BSD, 76.130, 92.862, **V1_5),
    keras("resnet101", "resnet", "resnet101", "f1aeb4b969a6efcfb50fad2f0c20cfc5", MIT, 76.4, 92.8, CAFFE_224,
          note="the authors'"),
    torchvision("resnet101", "resnet101-63fe2227", 77.374, 93.546, **V1_5),
    torchvision("resnet101", "resnet101-cd907fc2", 81.886, 95.780, "torchvision-v2", TORCH_232, **V1_5),
    timm("resnet101", "resnet101.tv_in1k", BSD, 77.374, 93.546, **V1_5),
    keras("resnet152", "resnet", "resnet152", "100835be76be38e30d865e96f2aaae62", MIT, 76.6, 93.1, CAFFE_224,
          note="the authors'"),
    torchvision("resnet152", "resnet152-394f9c45", 78.312, 94.046, **V1_5),
    torchvision("resnet152", "resnet152-f82ba261", 82.284, 96.002, "torchvision-v2", TORCH_232, **V1_5),
    timm("resnet152", "resnet152.tv_in1k", BSD, 78.312, 94.046, **V1_5),
    timm("inception_v4", "inception_v4.tf_in1k", APACHE, 80.2, 95.2, Preprocessing.tf(299, 341, "bicubic")),
    keras("inception_resnet_v2", "inception_resnet_v2", "inception_resnet_v2",
          "e693bd0210a403b3192acc6073ad2e96", APACHE, 80.3, 95.3, TF_299),
    timm("inception_resnet_v2", "inception_resnet_v2.tf_in1k", APACHE, 80.4, 95.3,
         Preprocessing.tf(299, 333, "bicubic")),
    keras("xception", "xception", "xception", "0a58e3b7378bc2990ea3b43d5981f1f6", MIT, 79.0, 94.5, TF_299,
          note="the author's"),
    keras("resnext50", "resnet", "resnext50", "67a5b30d522ed92f75a1f16eef299d1a", BSD, 77.7, 93.8, TORCH_224,
          note="Keras lists the file and no longer builds the network"),
    torchvision("resnext50", "resnext50_32x4d-7cdf4587", 77.618, 93.698),
    torchvision("resnext50", "resnext50_32x4d-1a0047aa", 81.198, 95.340, "torchvision-v2", TORCH_232),
    timm("resnext50", "resnext50_32x4d.tv_in1k", BSD, 77.618, 93.698),
    keras("resnext101", "resnet", "resnext101", "34fb605428fcc7aa4d62f44404c11509",
          BSD, 78.7, 94.3, TORCH_224, note="Keras lists the file and no longer builds the network"),
    timm("resnext101", "resnext101_32x4d.gluon_in1k", APACHE, None, None,
         Preprocessing.torch(224, 256, "bicubic")),
    torchvision("resnext101_64x4d", "resnext101_64x4d-173b62eb", 83.246, 96.454, "torchvision", TORCH_232),
    timm("resnext101_64x4d", "resnext101_64x4d.tv_in1k", BSD, None, None,
         note="torchvision's, but timm resizes to 256"),
)
# fmt: on


def find(network: str, source: str = "imagenet", options: dict[str, object] | None = None) -> WeightSet:
    """Return the weights of a network by their source.

    Args:
        network: one of `keras_cnns.list_models()`, spelled in any way that `create` understands.
        source: as in `SETS`, such as "keras" or "torchvision"; "imagenet" is the first with these options,
            or the first whose file can be read with the packages that are installed.
        options: of the factory; None accepts any.

    Raises:
        ValueError: if the network is unknown or has no such weights; it says which it has.
    """
    network = facts.find_network(network, "network").name
    if not isinstance(source, str):
        raise ValueError(f"source must be a str, such as 'imagenet' or 'torchvision'; got {shown(source)}.")
    if options is not None and not isinstance(options, dict):
        raise ValueError(f"options must be a dict, such as {{'stride_in_3x3': True}}; got {shown(options)}.")
    rows = [row for row in SETS if row.network == network]
    if not rows:
        able = ", ".join(dict.fromkeys(row.network for row in SETS))
        raise ValueError(
            f"no published weights are known for {network!r}; there are some for {able}: give such a network."
        )
    named = [row for row in rows if source in ("imagenet", row.source)]
    if not named:
        near = difflib.get_close_matches(source, [row.source for row in rows], n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        sources = ", ".join(repr(row.source) for row in rows)
        raise ValueError(
            f"the source of weights must be 'imagenet', {sources} or a file, for {network!r}; "
            f"got {shown(source)}.{hint}"
        )
    if options is None:
        return readable_first(named)
    # The weights are the same with auxiliary classifiers and without.
    defaults = facts.find_network(network).defaults
    changed = {key: value for key, value in options.items() if key != "aux" and value != defaults.get(key)}
    fitting = [row for row in named if row.options == changed]
    if not fitting:
        needed = ", ".join(f"{key}={value!r}" for key, value in named[0].options.items())
        raise ValueError(
            f"weights {source!r} of {network!r} are for the network with {needed or 'the default options'}; "
            f"got {f'{options} as options' if options else 'the default options'}."
        )
    return readable_first(fitting)


def readable_first(rows: list[WeightSet]) -> WeightSet:
    """Return the first set whose file the installed packages can read; if there is none, the first."""
    return next((row for row in rows if missing_reader(row.file.name) is None), rows[0])
