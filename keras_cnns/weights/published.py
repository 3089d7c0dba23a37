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
RELEASES = "https://github.com/rwightman/pytorch-image-models/releases/download"
HUB = "https://huggingface.co"

CAFFE_224 = Preprocessing.caffe(224, 256)
TORCH_224 = Preprocessing.torch(224, 256)
TORCH_232 = Preprocessing.torch(224, 232)
TF_224 = Preprocessing.tf(224, 256)
TF_299 = Preprocessing.tf(299, 342)
BICUBIC_224 = Preprocessing.torch(224, 256, "bicubic")
# Keras scales images for EfficientNetV2 by 128, and by 127.5 for MobileNetV3.
BY_128 = Preprocessing(384, 384, "bicubic", "RGB", (128.0, 128.0, 128.0), (128.0, 128.0, 128.0))
EFFICIENTNET_SIZES = (224, 240, 260, 300, 380, 456, 528, 600)


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
    return keras_file(
        network, f"{KERAS}/{folder}/{name}", f"md5:{digest}", licence, top1, top5, preprocessing, **more
    )


def keras_file(network, url, digest, licence, top1, top5, preprocessing, **more) -> WeightSet:
    """Of a network whose file in `keras.applications` has a name of its own."""
    file = File(url.rpartition("/")[2], url, digest, size_of(network))
    return WeightSet(network, "keras", file, licence, top1, top5, preprocessing, **more)


def keras_efficientnet(n, digest, top1, top5) -> WeightSet:
    """Keras' EfficientNet-Bn begins with layers that prepare the images; here they are prepared outside."""
    url = f"{KERAS.replace('/tensorflow', '')}/efficientnetb{n}.h5"
    return keras_file(
        f"efficientnet_b{n}",
        url,
        f"md5:{digest}",
        APACHE,
        top1,
        top5,
        efficientnet_images(n),
        note="the authors'; what Keras' own first layers do is part of the preprocessing",
    )


def efficientnet_images(n) -> Preprocessing:
    """The authors cut the middle out of an image that is larger by 32 pixels."""
    size = EFFICIENTNET_SIZES[n]
    return Preprocessing.torch(size, size + 32, "bicubic")


def torchvision(
    network, name, top1, top5, source="torchvision", preprocessing=TORCH_224, size=0, **more
) -> WeightSet:
    """`size` is that of a file whose numbers are not those of the default options as float32."""
    digest = name.rpartition("-")[2]
    file = File(f"{name}.pth", f"{TORCHVISION}/{name}.pth", f"sha256:{digest}", size or size_of(network))
    return WeightSet(network, source, file, "BSD-3-Clause", top1, top5, preprocessing, **more)


def timm(network, name, licence, top1, top5, preprocessing=TORCH_224, **more) -> WeightSet:
    url = f"{HUB}/timm/{name}/resolve/main/model.safetensors"
    file = File(f"timm_{name}.safetensors", url, "", size_of(network))
    return WeightSet(network, "timm", file, licence, top1, top5, preprocessing, **more)


def timm_release(network, path, top1, top5, **more) -> WeightSet:
    """One of timm's files that are at GitHub; its name has the digest, as torchvision's have."""
    name = path.partition("/")[2]
    digest = f"sha256:{name.rpartition('-')[2]}"
    file = File(f"{name}.pth", f"{RELEASES}/{path}.pth", digest, size_of(network))
    return WeightSet(network, "timm", file, APACHE, top1, top5, TORCH_224, **more)


def onnx(network, name, digest, licence, top1, top5, preprocessing, **more) -> WeightSet:
    url = f"{HUB}/onnxmodelzoo/{name}/resolve/main/{name}.onnx"
    file = File(f"{name}.onnx", url, f"sha256:{digest}", size_of(network))
    return WeightSet(network, "onnx", file, licence, top1, top5, preprocessing, **more)


SLIM = {"options": {"slim": True}}
V1_5 = {"options": {"stride_in_3x3": True}}
HALVES = "the file has float16 numbers"
INSIDE = "what Keras' own first layer does is part of the preprocessing"
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
    keras("resnet50_v2", "resnet", "resnet50v2", "3ef43a0b657b3be2300d5770ece849e0",
          APACHE, 76.0, 93.0, TF_224, **SLIM),
    keras("resnet101_v2", "resnet", "resnet101v2", "6343647c601c52e1368623803854d971",
          APACHE, 77.2, 93.8, TF_224, **SLIM),
    keras("resnet152_v2", "resnet", "resnet152v2", "a49b44d1979771252814e80f8ec446f9",
          APACHE, 78.0, 94.2, TF_224, **SLIM),
    keras("densenet121", "densenet", "densenet121", "9d60b8095a5708f2dcce2bca79d332c7",
          BSD, 75.0, 92.3, TORCH_224, note="the authors'"),
    torchvision("densenet121", "densenet121-a639ec97", 74.434, 91.972),
    keras("densenet169", "densenet", "densenet169", "d699b8f76981ab1b30698df4c175e90b",
          BSD, 76.2, 93.2, TORCH_224, note="the authors'"),
    torchvision("densenet169", "densenet169-b2777c0a", 75.600, 92.806),
    keras("densenet201", "densenet", "densenet201", "1ceb130c1ea1b78c3bf6114dbdfd8807",
          BSD, 77.3, 93.6, TORCH_224, note="the authors'"),
    torchvision("densenet201", "densenet201-c1103571", 76.896, 93.370),
    torchvision("densenet161", "densenet161-8d451a50", 77.138, 93.560),
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
    torchvision("resnext101_32x8d", "resnext101_32x8d-8ba56ff5", 79.312, 94.526),
    torchvision("resnext101_32x8d", "resnext101_32x8d-110c445d", 82.834, 96.228, "torchvision-v2", TORCH_232),
    torchvision("wrn50_2", "wide_resnet50_2-95faca4d", 78.468, 94.086, size=size_of("wrn50_2") // 2,
                note=HALVES),
    torchvision("wrn50_2", "wide_resnet50_2-9ba9bcbe", 81.602, 95.758, "torchvision-v2", TORCH_232),
    torchvision("wrn101_2", "wide_resnet101_2-32ee1156", 78.848, 94.284, size=size_of("wrn101_2") // 2,
                note=HALVES),
    torchvision("wrn101_2", "wide_resnet101_2-d733dc28", 82.510, 96.020, "torchvision-v2", TORCH_232),
    torchvision("squeezenet_1_1", "squeezenet1_1-b8a52dc0", 58.178, 80.624),
    torchvision("shufflenet_v2", "shufflenetv2_x1-5666bf0f80", 69.362, 88.316),
    torchvision("shufflenet_v2", "shufflenetv2_x0.5-f707e7126e", 60.552, 81.746, size=5_538_000,
                options={"scale": 0.5}),
    torchvision("shufflenet_v2", "shufflenetv2_x1_5-3c479a10", 72.996, 91.086, preprocessing=TORCH_232,
                size=14_216_000, options={"scale": 1.5}),
    torchvision("shufflenet_v2", "shufflenetv2_x2_0-8be3c8ee", 76.230, 93.006, preprocessing=TORCH_232,
                size=29_814_000, options={"scale": 2.0}),
    timm_release("se_resnet50", "v0.1-cadene/se_resnet50-ce0d4300", 77.650, 93.732,
         note="the authors' for Caffe, with other means of colours"),
    timm_release("se_resnet101", "v0.1-cadene/se_resnet101-7e38fcc6", 78.370, 94.264,
         note="the authors' for Caffe, with other means of colours"),
    timm_release("se_resnet152", "v0.1-cadene/se_resnet152-d17c99b7", 78.662, 94.370,
         note="the authors' for Caffe, with other means of colours"),
    timm_release("se_resnext50", "v0.1-weights/legacy_se_resnext50_32x4d-f3651bad", 79.080, 94.428,
         note="the authors' for Caffe, with other means of colours"),
    timm_release("se_resnext101", "v0.1-weights/legacy_se_resnext101_32x4d-37725eac", 80.274, 95.032,
         note="the authors' for Caffe, with other means of colours"),
    timm_release("senet154", "v0.1-weights/legacy_senet154-e9eb9fe6", 81.320, 95.502,
         note="the authors' for Caffe, with other means of colours"),
    keras_file("mobilenet_v3_large", f"{KERAS}/mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float.h5",
               "md5:59e551e166be033d707958cf9e29a6a7", APACHE, 75.6, None, TF_224, note=INSIDE),
    keras_file("mobilenet_v3_small", f"{KERAS}/mobilenet_v3/weights_mobilenet_v3_small_224_1.0_float.h5",
               "md5:8768d4c2e7dee89b9d02b2d03d65d862", APACHE, 68.1, None, TF_224, note=INSIDE),
    keras_efficientnet(0, "902e53a9f72be733fc0bcb005b3ebbac", 77.1, 93.3),
    timm("efficientnet_b0", "tf_efficientnet_b0.in1k", APACHE, 76.542, 93.008, efficientnet_images(0)),
    keras_efficientnet(1, "1d254153d4ab51201f1646940f018540", 79.1, 94.4),
    timm("efficientnet_b1", "tf_efficientnet_b1.in1k", APACHE, None, None, efficientnet_images(1)),
    keras_efficientnet(2, "b15cce36ff4dcbd00b6dd88e7857a6ad", 80.1, 94.9),
    timm("efficientnet_b2", "tf_efficientnet_b2.in1k", APACHE, None, None, efficientnet_images(2)),
    keras_efficientnet(3, "ffd1fdc53d0ce67064dc6a9c7960ede0", 81.6, 95.7),
    timm("efficientnet_b3", "tf_efficientnet_b3.in1k", APACHE, None, None,
         Preprocessing.torch(300, 331, "bicubic")),
    keras_efficientnet(4, "18c95ad55216b8f92d7e70b3a046e2fc", 82.9, 96.4),
    timm("efficientnet_b4", "tf_efficientnet_b4.in1k", APACHE, None, None, efficientnet_images(4)),
    keras_efficientnet(5, "ace28f2a6363774853a83a0b21b9421a", 83.6, 96.7),
    timm("efficientnet_b5", "tf_efficientnet_b5.in1k", APACHE, None, None, efficientnet_images(5)),
    keras_efficientnet(6, "165f6e37dce68623721b423839de8be5", 84.0, 96.8),
    keras_efficientnet(7, "8c03f828fec3ef71311cd463b6759d99", 84.3, 97.0),
    keras_file("efficientnet_v2_s", f"{KERAS}/efficientnet_v2/efficientnetv2-s.h5",
               "md5:e1d88a8495beba45748fedd0cecbe016", APACHE, 83.9, 96.7, BY_128, note=INSIDE),
    timm("efficientnet_v2_s", "tf_efficientnetv2_s.in1k", APACHE, 83.900, 96.702,
         Preprocessing.tf(384, 384, "bicubic")),
    keras_file("convnext_tiny", f"{KERAS}/convnext/convnext_tiny.h5",
               "sha256:8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff",
               APACHE, None, None, BICUBIC_224, note=INSIDE),
    torchvision("convnext_tiny", "convnext_tiny-983f1562", 82.520, 96.146,
                preprocessing=Preprocessing.torch(224, 236)),
    timm("convnext_tiny", "convnext_tiny.fb_in1k", APACHE, 82.066, 95.854, BICUBIC_224, note="the authors'"),
    keras_file("convnext_small", f"{KERAS}/convnext/convnext_small.h5",
               "sha256:ce1277d8f1ee5a0ef0e171469089c18f5233860ceaf9b168049cb9263fd7483c",
               APACHE, None, None, BICUBIC_224, note=INSIDE),
    torchvision("convnext_small", "convnext_small-0c510722", 83.616, 96.650,
                preprocessing=Preprocessing.torch(224, 230)),
    timm("convnext_small", "convnext_small.fb_in1k", APACHE, 83.144, 96.432, BICUBIC_224,
         note="the authors'"),
    keras_file("convnext_base", f"{KERAS}/convnext/convnext_base.h5",
               "sha256:52cbb006d3dadd03f6e095a8ca1aca47aecdd75acb4bc74bce1f5c695d0086e6",
               APACHE, None, None, BICUBIC_224, note=INSIDE),
    torchvision("convnext_base", "convnext_base-6075fbad", 84.062, 96.870,
                preprocessing=Preprocessing.torch(224, 232)),
    timm("convnext_base", "convnext_base.fb_in1k", APACHE, 83.838, 96.746, BICUBIC_224, note="the authors'"),
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
