"""What `SETS` says of each file is what its publisher says: address, digest, accuracy, preprocessing.

The other tests of this folder write files of their own, with digests of their own. Here the rows as they are
committed meet the source code of Keras, torchvision and timm, and figures typed by hand from these sources.
"""

import importlib
import inspect
import re

import keras
import numpy as np
import pytest
from keras.src.applications import imagenet_utils
from keras.src.utils import file_utils

from keras_cnns.weightless import build_weightless
from keras_cnns.weights import SETS
from keras_cnns.weights.matching.layouts import LAYOUTS, LOOKALIKES

KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/"
TORCHVISION = "https://download.pytorch.org/models/"
CAFFE_224, TORCH_224 = ("caffe", 256, 224, "bilinear"), ("torch", 256, 224, "bilinear")
TORCH_232, TF_299 = ("torch", 232, 224, "bilinear"), ("tf", 342, 299, "bilinear")
TF_224, BICUBIC_224 = ("tf", 256, 224, "bilinear"), ("torch", 256, 224, "bicubic")
V3 = "tensorflow/keras-applications/mobilenet_v3/weights_mobilenet_v3_{}_224_1.0_float.h5"
CADENE = "https://github.com/rwightman/pytorch-image-models/releases/download/{}.pth"
B = "keras-applications/efficientnetb{}.h5"
NEXT = "tensorflow/keras-applications/convnext/convnext_{}.h5"

# File, top-1, top-5, preprocessing. Keras': keras.io/api/applications; ResNeXt: keras-applications' README.
# ONNX: the model zoo; the accuracies are BVLC's, in Caffe's models/bvlc_alexnet and bvlc_googlenet.
# torchvision's: its table of weights. timm's: whoever trained them, torchvision or TF-Slim, or timm's table
# results-imagenet.csv. EfficientNet: the paper; MobileNetV3: the docstring of Keras' factories (top-1 only).
# How the authors cut EfficientNet's images: timm's settings for their weights, crop_pct = n / (n + 32).
EXPECTED = {
    ("alexnet", "onnx"): ("bvlcalexnet-9.onnx", 57.1, 80.2, ("caffe", 256, 227, "bilinear")),
    ("inception_v1", "onnx"): ("googlenet-9.onnx", 68.7, 88.9, CAFFE_224),
    ("vgg16", "keras"): ("vgg16", 71.3, 90.1, CAFFE_224),
    ("vgg19", "keras"): ("vgg19", 71.3, 90.0, CAFFE_224),
    ("resnet50", "keras"): ("resnet50", 74.9, 92.1, CAFFE_224),
    ("resnet101", "keras"): ("resnet101", 76.4, 92.8, CAFFE_224),
    ("resnet152", "keras"): ("resnet152", 76.6, 93.1, CAFFE_224),
    ("inception_v3", "keras"): ("inception_v3", 77.9, 93.7, TF_299),
    ("inception_resnet_v2", "keras"): ("inception_resnet_v2", 80.3, 95.3, TF_299),
    ("xception", "keras"): ("xception", 79.0, 94.5, TF_299),
    ("resnext50", "keras"): ("resnext50", 77.7, 93.8, TORCH_224),
    ("resnext101", "keras"): ("resnext101", 78.7, 94.3, TORCH_224),
    ("alexnet_owt", "torchvision"): ("alexnet-owt-7be5be79.pth", 56.522, 79.066, TORCH_224),
    ("vgg11", "torchvision"): ("vgg11-8a719046.pth", 69.020, 88.628, TORCH_224),
    ("vgg13", "torchvision"): ("vgg13-19584684.pth", 69.928, 89.246, TORCH_224),
    ("vgg16", "torchvision"): ("vgg16-397923af.pth", 71.592, 90.382, TORCH_224),
    ("vgg19", "torchvision"): ("vgg19-dcbb9e9d.pth", 72.376, 90.876, TORCH_224),
    ("resnet18", "torchvision"): ("resnet18-f37072fd.pth", 69.758, 89.078, TORCH_224),
    ("resnet34", "torchvision"): ("resnet34-b627a593.pth", 73.314, 91.420, TORCH_224),
    ("resnet50", "torchvision"): ("resnet50-0676ba61.pth", 76.130, 92.862, TORCH_224),
    ("resnet101", "torchvision"): ("resnet101-63fe2227.pth", 77.374, 93.546, TORCH_224),
    ("resnet152", "torchvision"): ("resnet152-394f9c45.pth", 78.312, 94.046, TORCH_224),
    ("resnext50", "torchvision"): ("resnext50_32x4d-7cdf4587.pth", 77.618, 93.698, TORCH_224),
    ("resnext101_64x4d", "torchvision"): ("resnext101_64x4d-173b62eb.pth", 83.246, 96.454, TORCH_232),
    ("resnet50", "torchvision-v2"): ("resnet50-11ad3fa6.pth", 80.858, 95.434, TORCH_232),
    ("resnet101", "torchvision-v2"): ("resnet101-cd907fc2.pth", 81.886, 95.780, TORCH_232),
    ("resnet152", "torchvision-v2"): ("resnet152-f82ba261.pth", 82.284, 96.002, TORCH_232),
    ("resnext50", "torchvision-v2"): ("resnext50_32x4d-1a0047aa.pth", 81.198, 95.340, TORCH_232),
    ("vgg11", "timm"): ("vgg11.tv_in1k", 69.020, 88.628, TORCH_224),
    ("vgg13", "timm"): ("vgg13.tv_in1k", 69.928, 89.246, TORCH_224),
    ("vgg16", "timm"): ("vgg16.tv_in1k", 71.592, 90.382, TORCH_224),
    ("vgg19", "timm"): ("vgg19.tv_in1k", 72.376, 90.876, TORCH_224),
    ("resnet18", "timm"): ("resnet18.tv_in1k", 69.758, 89.078, TORCH_224),
    ("resnet34", "timm"): ("resnet34.tv_in1k", 73.314, 91.420, TORCH_224),
    ("resnet50", "timm"): ("resnet50.tv_in1k", 76.130, 92.862, TORCH_224),
    ("resnet101", "timm"): ("resnet101.tv_in1k", 77.374, 93.546, TORCH_224),
    ("resnet152", "timm"): ("resnet152.tv_in1k", 78.312, 94.046, TORCH_224),
    ("inception_v4", "timm"): ("inception_v4.tf_in1k", 80.2, 95.2, ("tf", 341, 299, "bicubic")),
    ("inception_resnet_v2", "timm"): ("inception_resnet_v2.tf_in1k", 80.4, 95.3, ("tf", 333, 299, "bicubic")),
    ("resnext50", "timm"): ("resnext50_32x4d.tv_in1k", 77.618, 93.698, TORCH_224),
    ("resnext101", "timm"): ("resnext101_32x4d.gluon_in1k", None, None, ("torch", 256, 224, "bicubic")),
    ("resnext101_64x4d", "timm"): ("resnext101_64x4d.tv_in1k", None, None, TORCH_224),
    ("resnet50_v2", "keras"): ("resnet50v2", 76.0, 93.0, TF_224),
    ("resnet101_v2", "keras"): ("resnet101v2", 77.2, 93.8, TF_224),
    ("resnet152_v2", "keras"): ("resnet152v2", 78.0, 94.2, TF_224),
    ("densenet121", "keras"): ("densenet121", 75.0, 92.3, TORCH_224),
    ("densenet169", "keras"): ("densenet169", 76.2, 93.2, TORCH_224),
    ("densenet201", "keras"): ("densenet201", 77.3, 93.6, TORCH_224),
    ("mobilenet_v3_large", "keras"): (V3.format("large"), 75.6, None, TF_224),
    ("mobilenet_v3_small", "keras"): (V3.format("small"), 68.1, None, TF_224),
    ("efficientnet_b0", "keras"): (B.format(0), 77.1, 93.3, ("torch", 256, 224, "bicubic")),
    ("efficientnet_b1", "keras"): (B.format(1), 79.1, 94.4, ("torch", 272, 240, "bicubic")),
    ("efficientnet_b2", "keras"): (B.format(2), 80.1, 94.9, ("torch", 292, 260, "bicubic")),
    ("efficientnet_b3", "keras"): (B.format(3), 81.6, 95.7, ("torch", 332, 300, "bicubic")),
    ("efficientnet_b4", "keras"): (B.format(4), 82.9, 96.4, ("torch", 412, 380, "bicubic")),
    ("efficientnet_b5", "keras"): (B.format(5), 83.6, 96.7, ("torch", 488, 456, "bicubic")),
    ("efficientnet_b6", "keras"): (B.format(6), 84.0, 96.8, ("torch", 560, 528, "bicubic")),
    ("efficientnet_b7", "keras"): (B.format(7), 84.3, 97.0, ("torch", 632, 600, "bicubic")),
    ("efficientnet_v2_s", "keras"): (
        "tensorflow/keras-applications/efficientnet_v2/efficientnetv2-s.h5",
        83.9,
        96.7,
        ("by 128", 384, 384, "bicubic"),
    ),
    ("convnext_tiny", "keras"): (NEXT.format("tiny"), None, None, BICUBIC_224),
    ("convnext_small", "keras"): (NEXT.format("small"), None, None, BICUBIC_224),
    ("convnext_base", "keras"): (NEXT.format("base"), None, None, BICUBIC_224),
    ("densenet121", "torchvision"): ("densenet121-a639ec97.pth", 74.434, 91.972, TORCH_224),
    ("densenet169", "torchvision"): ("densenet169-b2777c0a.pth", 75.600, 92.806, TORCH_224),
    ("densenet201", "torchvision"): ("densenet201-c1103571.pth", 76.896, 93.370, TORCH_224),
    ("densenet161", "torchvision"): ("densenet161-8d451a50.pth", 77.138, 93.560, TORCH_224),
    ("convnext_tiny", "torchvision"): (
        "convnext_tiny-983f1562.pth",
        82.520,
        96.146,
        ("torch", 236, 224, "bilinear"),
    ),
    ("convnext_small", "torchvision"): (
        "convnext_small-0c510722.pth",
        83.616,
        96.650,
        ("torch", 230, 224, "bilinear"),
    ),
    ("convnext_base", "torchvision"): ("convnext_base-6075fbad.pth", 84.062, 96.870, TORCH_232),
    ("resnext101_32x8d", "torchvision"): ("resnext101_32x8d-8ba56ff5.pth", 79.312, 94.526, TORCH_224),
    ("resnext101_32x8d", "torchvision-v2"): ("resnext101_32x8d-110c445d.pth", 82.834, 96.228, TORCH_232),
    ("wrn50_2", "torchvision"): ("wide_resnet50_2-95faca4d.pth", 78.468, 94.086, TORCH_224),
    ("wrn50_2", "torchvision-v2"): ("wide_resnet50_2-9ba9bcbe.pth", 81.602, 95.758, TORCH_232),
    ("wrn101_2", "torchvision"): ("wide_resnet101_2-32ee1156.pth", 78.848, 94.284, TORCH_224),
    ("wrn101_2", "torchvision-v2"): ("wide_resnet101_2-d733dc28.pth", 82.510, 96.020, TORCH_232),
    ("squeezenet_1_1", "torchvision"): ("squeezenet1_1-b8a52dc0.pth", 58.178, 80.624, TORCH_224),
    ("shufflenet_v2", "torchvision"): ("shufflenetv2_x1-5666bf0f80.pth", 69.362, 88.316, TORCH_224),
    ("shufflenet_v2", "torchvision", 0.5): ("shufflenetv2_x0.5-f707e7126e.pth", 60.552, 81.746, TORCH_224),
    ("shufflenet_v2", "torchvision", 1.5): ("shufflenetv2_x1_5-3c479a10.pth", 72.996, 91.086, TORCH_232),
    ("shufflenet_v2", "torchvision", 2.0): ("shufflenetv2_x2_0-8be3c8ee.pth", 76.230, 93.006, TORCH_232),
    ("se_resnet50", "timm"): (CADENE.format("v0.1-cadene/se_resnet50-ce0d4300"), 77.650, 93.732, TORCH_224),
    ("se_resnet101", "timm"): (CADENE.format("v0.1-cadene/se_resnet101-7e38fcc6"), 78.370, 94.264, TORCH_224),
    ("se_resnet152", "timm"): (CADENE.format("v0.1-cadene/se_resnet152-d17c99b7"), 78.662, 94.370, TORCH_224),
    ("se_resnext101", "timm"): (
        CADENE.format("v0.1-weights/legacy_se_resnext101_32x4d-37725eac"),
        80.274,
        95.032,
        TORCH_224,
    ),
    ("se_resnext50", "timm"): (
        CADENE.format("v0.1-weights/legacy_se_resnext50_32x4d-f3651bad"),
        79.080,
        94.428,
        TORCH_224,
    ),
    ("senet154", "timm"): (CADENE.format("v0.1-weights/legacy_senet154-e9eb9fe6"), 81.320, 95.502, TORCH_224),
    ("efficientnet_b0", "timm"): (
        "tf_efficientnet_b0.in1k",
        76.542,
        93.008,
        ("torch", 256, 224, "bicubic"),
    ),
    ("efficientnet_b1", "timm"): ("tf_efficientnet_b1.in1k", None, None, ("torch", 272, 240, "bicubic")),
    ("efficientnet_b2", "timm"): ("tf_efficientnet_b2.in1k", None, None, ("torch", 292, 260, "bicubic")),
    ("efficientnet_b3", "timm"): ("tf_efficientnet_b3.in1k", None, None, ("torch", 331, 300, "bicubic")),
    ("efficientnet_b4", "timm"): ("tf_efficientnet_b4.in1k", None, None, ("torch", 412, 380, "bicubic")),
    ("efficientnet_b5", "timm"): ("tf_efficientnet_b5.in1k", None, None, ("torch", 488, 456, "bicubic")),
    ("efficientnet_v2_s", "timm"): ("tf_efficientnetv2_s.in1k", 83.900, 96.702, ("tf", 384, 384, "bicubic")),
    ("convnext_tiny", "timm"): ("convnext_tiny.fb_in1k", 82.066, 95.854, BICUBIC_224),
    ("convnext_small", "timm"): ("convnext_small.fb_in1k", 83.144, 96.432, BICUBIC_224),
    ("convnext_base", "timm"): ("convnext_base.fb_in1k", 83.838, 96.746, BICUBIC_224),
}

# sha256 and bytes, from ONNX_HUB_MANIFEST.json and the Git LFS pointers of github.com/onnx/models.
ONNX_FILES = {
    "bvlcalexnet-9.onnx": ("ef3c82dad5c512f969dbf701fe35c0b3feb1585687d541f765eb68730c0a8af7", 243_863_542),
    "googlenet-9.onnx": ("bd979d99d10d9acf84c5a67252bcae4992bf4e1afdab046cb0ea370e6f01ee38", 28_020_232),
}

# Mean and deviation per channel for pixels from 0 to 255, as in `keras.applications.imagenet_utils`.
MODES = {
    "caffe": ("BGR", (103.939, 116.779, 123.68), (1, 1, 1)),
    "tf": ("RGB", (127.5, 127.5, 127.5), (127.5, 127.5, 127.5)),
    "by 128": ("RGB", (128, 128, 128), (128, 128, 128)),
    "torch": ("RGB", (0.485 * 255, 0.456 * 255, 0.406 * 255), (0.229 * 255, 0.224 * 255, 0.225 * 255)),
}


def key(row):
    """Network and source, and the scale where there is one."""
    return (row.network, row.source, *([row.options["scale"]] if "scale" in row.options else []))


def of(*sources):
    rows = [row for row in SETS if row.source in sources]
    return pytest.mark.parametrize("row", rows, ids=lambda row: "-".join(map(str, key(row))))


def address(source, name):
    """The whole address of a file, for the short name in EXPECTED."""
    if source == "keras":
        if name.endswith(".h5"):  # those without a folder and an ending of the usual kind
            return f"https://storage.googleapis.com/{name}"
        folder = next((each for each in ("resnet", "densenet") if name.startswith(each[:5])), name)
        return f"{KERAS}{folder}/{name}_weights_tf_dim_ordering_tf_kernels.h5"
    if name.startswith("https:"):
        return name
    if source == "timm":
        return f"https://huggingface.co/timm/{name}/resolve/main/model.safetensors"
    if source == "onnx":
        return f"https://huggingface.co/onnxmodelzoo/{name.removesuffix('.onnx')}/resolve/main/{name}"
    return TORCHVISION + name


def test_every_row_is_expected_here():
    assert sorted(map(key, SETS)) == sorted(EXPECTED)


@of("keras", "torchvision", "torchvision-v2", "timm", "onnx")
def test_rows_say_what_their_publishers_say(row):
    name, top1, top5, (mode, resize, size, interpolation) = EXPECTED[key(row)]
    assert row.file.url == address(row.source, name)
    assert (row.top1, row.top5, row.classes) == (top1, top5, 1000)
    steps = row.preprocessing
    assert (steps.resize, steps.size, steps.interpolation) == (resize, size, interpolation)
    colours, mean, std = MODES[mode]
    assert steps.mode == colours
    assert steps.mean == pytest.approx(mean) and steps.std == pytest.approx(std)


@of("torchvision", "torchvision-v2")
def test_digests_of_torchvision_are_in_its_file_names(row):
    assert (
        re.fullmatch(r"[\w.]+(-owt)?-([0-9a-f]{8,10})\.pth", row.file.name)[2]
        == row.file.digest[len("sha256:") :]
    )
    assert row.file.url.endswith(f"/{row.file.name}")


@of("timm")
def test_the_host_states_the_digests_of_timm(row):
    name = EXPECTED[row.network, "timm"][0]
    if name.startswith("https:"):  # a file at GitHub has the digest in its name
        assert row.file.digest == f"sha256:{re.search('-([0-9a-f]{8}).pth$', name)[1]}"
        return
    assert row.file.digest == ""
    assert row.file.name == f"timm_{EXPECTED[row.network, 'timm'][0]}.safetensors"


@of("onnx")
def test_digests_of_the_model_zoo(row):
    digest, size = ONNX_FILES[row.file.name]
    assert row.file.digest == f"sha256:{digest}"
    assert size <= row.file.limit
    assert row.file.size == pytest.approx(size, rel=0.01)


FACTORIES = {
    "vgg16": "VGG16",
    "vgg19": "VGG19",
    "resnet50": "ResNet50",
    "resnet101": "ResNet101",
    "resnet152": "ResNet152",
    "inception_v3": "InceptionV3",
    "inception_resnet_v2": "InceptionResNetV2",
    "xception": "Xception",
    **{f"resnet{depth}_v2": f"ResNet{depth}V2" for depth in (50, 101, 152)},
    **{f"densenet{depth}": f"DenseNet{depth}" for depth in (121, 169, 201)},
    "mobilenet_v3_large": "MobileNetV3Large",
    "mobilenet_v3_small": "MobileNetV3Small",
    **{f"efficientnet_b{n}": f"EfficientNetB{n}" for n in range(8)},
    "efficientnet_v2_s": "EfficientNetV2S",
    "convnext_tiny": "ConvNeXtTiny",
    "convnext_small": "ConvNeXtSmall",
    "convnext_base": "ConvNeXtBase",
}
MODULES = {"densenet": "densenet", "resnet": "resnet"}


class Asked(Exception):
    """Keras asked for something; `request` is what it asked for."""

    def __init__(self, *request):
        self.request = request


def asked(monkeypatch, module, function, factory, names):
    """The arguments of these names that `keras.applications` gives to a function of its own."""

    def ask(*arguments, **options):
        given = inspect.signature(original).bind(*arguments, **options).arguments
        raise Asked(*(given[name] for name in names))

    original = getattr(module, function)
    monkeypatch.setattr(module, function, ask)
    with pytest.raises(Asked) as stopped:
        build_weightless(getattr(keras.applications, factory), weights="imagenet")
    return stopped.value.request


@pytest.mark.long
@of("keras")
def test_keras_itself_would_download_the_same_file(row, monkeypatch):
    if row.network.startswith("res"):  # one table for all; of ResNeXt Keras has the files and no factory
        source = importlib.import_module("keras.src.applications.resnet")
        theirs = row.network.replace("_v2", "v2")
        name = f"{theirs}_weights_tf_dim_ordering_tf_kernels.h5"
        url, digest = source.BASE_WEIGHTS_PATH + name, source.WEIGHTS_HASHES[theirs][0]
    else:
        names = ("fname", "origin", "file_hash")
        name, url, digest = asked(monkeypatch, file_utils, "get_file", FACTORIES[row.network], names)
    kind = {32: "md5", 64: "sha256"}[len(digest)]
    assert (row.file.name, row.file.url, row.file.digest) == (name, url, f"{kind}:{digest}")


@of("keras")
def test_keras_itself_preprocesses_like_this(row, monkeypatch):
    steps = row.preprocessing
    pixels = np.random.default_rng(1).uniform(0, 255, (1, 4, 4, 3)).astype("float32")
    ours = ((pixels[..., ::-1] if steps.mode == "BGR" else pixels) - steps.mean) / steps.std
    if row.network not in FACTORIES:  # ResNeXt's, in keras-applications, was this mode
        np.testing.assert_allclose(
            ours, imagenet_utils.preprocess_input(pixels.copy(), mode="torch"), atol=1e-4
        )
        return
    module = next((each for each in MODULES.values() if row.network.startswith(each)), row.network)
    module = {"mobilenet_v3_large": "mobilenet_v3", "mobilenet_v3_small": "mobilenet_v3"}.get(module, module)
    module = re.sub("^(efficientnet|convnext)_(?!v2).*", r"\1", module).replace("v2_s", "v2")
    module = "resnet_v2" if row.network.endswith("_v2") and module == "resnet" else module
    theirs = getattr(keras.applications, module).preprocess_input(pixels.copy())
    factory = FACTORIES[row.network]
    if module in ("mobilenet_v3", "efficientnet", "efficientnet_v2", "convnext"):
        assert np.array_equal(theirs, pixels)  # their networks begin with the preparation
        theirs = prepared_inside(factory, pixels)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    if module != "mobilenet_v3":  # which has a table of sizes, and 224 in the name of the file
        wanted = asked(monkeypatch, imagenet_utils, "obtain_input_shape", factory, ("default_size",))
        assert wanted == (steps.size,)


def prepared_inside(factory, pixels):
    """What the first layers of Keras' network make of pixels: those before its first convolution."""
    from support.published import IMAGENET

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(file_utils, "get_file", lambda *arguments, **options: "no file")
        patched.setattr(keras.Model, "load_weights", lambda *arguments: None)
        model = build_weightless(getattr(keras.applications, factory), weights="imagenet")
    for layer in model.layers[1:]:
        if not isinstance(layer, (keras.layers.Rescaling, keras.layers.Normalization)):
            return pixels
        copy = type(layer).from_config(layer.get_config())
        copy.build(pixels.shape)
        if copy.weights:
            copy.set_weights(IMAGENET)
            copy.finalize_state()
        pixels = keras.ops.convert_to_numpy(copy(pixels))


def torchvision_weights(row):
    """torchvision's own entry for the file of a row."""
    from support.published import name_at_torchvision
    from support.torch_peers import models

    weights = models.get_model_weights(name_at_torchvision(row))
    return next(each for each in weights if each.url == row.file.url)


@pytest.mark.peers
@of("torchvision", "torchvision-v2")
def test_torchvision_itself(row):
    weights = torchvision_weights(row)
    figures = weights.meta["_metrics"]["ImageNet-1K"]
    assert (row.top1, row.top5) == (figures["acc@1"], figures["acc@5"])
    assert row.file.size == pytest.approx(weights.meta["_file_size"] * 2**20, rel=0.01)
    steps, theirs = row.preprocessing, weights.transforms()
    assert ([steps.resize], [steps.size]) == (theirs.resize_size, theirs.crop_size)
    assert steps.interpolation == theirs.interpolation.value
    assert steps.mean == pytest.approx([255 * mean for mean in theirs.mean])
    assert steps.std == pytest.approx([255 * std for std in theirs.std])
    assert (len(weights.meta["categories"]), steps.mode) == (row.classes, "RGB")


@pytest.mark.peers
@of("timm")
def test_timm_itself(row):
    from support.torch_peers import timm

    name = EXPECTED[row.network, "timm"][0]
    peers = {f"se_resnet{depth}": f"legacy_seresnet{depth}" for depth in (50, 101, 152)}
    peers |= {f"se_resnext{depth}": f"legacy_seresnext{depth}_32x4d" for depth in (50, 101)}
    if name.startswith("https:"):
        theirs = timm.get_pretrained_cfg(peers.get(row.network, f"legacy_{row.network}"))
        assert theirs.url == name
    else:
        theirs = timm.get_pretrained_cfg(name)
        assert theirs.hf_hub_id == f"timm/{name}"
    assert theirs.license.lower() == row.licence.lower()
    assert theirs.num_classes == row.classes
    steps = row.preprocessing
    assert (3, steps.size, steps.size) in (theirs.input_size, theirs.test_input_size)
    assert (theirs.interpolation, int(steps.size / theirs.crop_pct)) == (steps.interpolation, steps.resize)
    assert steps.mean == pytest.approx([255 * mean for mean in theirs.mean])
    assert steps.std == pytest.approx([255 * std for std in theirs.std])


# Which sources' files the loader knows for each network, in the order in which they are tried.
EXPECTED_LAYOUTS = {
    "alexnet": ("onnx",),
    "alexnet_owt": ("torch",),
    "vgg11": ("torch", "torch"),  # torchvision's names of the classifier, and timm's
    "vgg13": ("torch", "torch"),
    "vgg16": ("torch", "torch", "keras"),
    "vgg19": ("torch", "torch", "keras", "onnx"),
    "inception_v1": ("onnx",),
    "inception_v3": ("keras",),
    "resnet18": ("torch",),
    "resnet34": ("torch",),
    "resnet50": ("keras", "torch", "onnx"),
    "resnet101": ("keras", "torch"),
    "resnet152": ("keras", "torch"),
    "inception_v4": ("torch",),
    "inception_resnet_v2": ("keras", "torch"),
    "xception": ("keras", "torch"),
    "resnext50": ("torch", "keras", "keras"),  # the last layer has had two names
    "resnext101": ("torch", "keras", "keras"),
    "resnext101_64x4d": ("torch",),
    "resnext101_32x8d": ("torch",),
    **dict.fromkeys(("wrn50_2", "wrn101_2", "squeezenet", "squeezenet_1_1", "shufflenet_v2"), ("torch",)),
    **{f"resnet{depth}_v2": ("keras",) for depth in (50, 101, 152)},
    **{f"densenet{depth}": ("keras", "torch", "torch") for depth in (121, 169, 201)},  # old names and new
    "densenet161": ("torch", "torch"),
    **dict.fromkeys((*(f"se_resnet{depth}" for depth in (50, 101, 152)), "senet154"), ("torch",)),
    **dict.fromkeys(("se_resnext50", "se_resnext101"), ("torch",)),
    **dict.fromkeys(("mobilenet", "mobilenet_v2"), ("keras", "torch")),
    **{f"mobilenet_v3_{variant}": ("keras", "torch") for variant in ("large", "small")},
    **{f"efficientnet_b{n}": ("keras", "torch", "torch") for n in range(8)},  # timm's, torchvision's
    "efficientnet_v2_s": ("keras", "torch", "torch"),
    **{f"convnext_{size}": ("keras", "torch", "torch") for size in ("tiny", "small", "base")},
}


def test_layouts():
    families = {".onnx": "onnx", ".h5": "keras", ".pth": "torch"}
    found = {name: tuple(families[layout.suffixes[0]] for layout in known) for name, known in LAYOUTS.items()}
    assert found == EXPECTED_LAYOUTS


def test_lookalikes():
    assert [(network, fragment) for network, fragment, _ in LOOKALIKES] == [
        ("inception_v1", "inception3a.branch3.1.conv"),
        ("inception_v3", "Mixed_5b.branch1x1.conv"),
        ("inception_v2", "conv1/7x7_s2/bn_scale"),
        *((f"resnet{depth}_v2", "stages.0.blocks.0.norm1") for depth in (50, 101, 152)),
        ("resnet18", "bn_data"),
        ("resnet34", "bn_data"),
    ]
