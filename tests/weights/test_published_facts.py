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

# File, top-1, top-5, preprocessing. Keras': keras.io/api/applications; ResNeXt: keras-applications' README.
# ONNX: the model zoo; the accuracies are BVLC's, in Caffe's models/bvlc_alexnet and bvlc_googlenet.
# torchvision's: its table of weights. timm's: whoever trained them, torchvision or TF-Slim.
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
    "torch": ("RGB", (0.485 * 255, 0.456 * 255, 0.406 * 255), (0.229 * 255, 0.224 * 255, 0.225 * 255)),
}


def of(*sources):
    rows = [row for row in SETS if row.source in sources]
    return pytest.mark.parametrize("row", rows, ids=lambda row: f"{row.network}-{row.source}")


def address(source, name):
    """The whole address of a file, for the short name in EXPECTED."""
    if source == "keras":
        folder = "resnet" if name.startswith("resne") else name
        return f"{KERAS}{folder}/{name}_weights_tf_dim_ordering_tf_kernels.h5"
    if source == "timm":
        return f"https://huggingface.co/timm/{name}/resolve/main/model.safetensors"
    if source == "onnx":
        return f"https://huggingface.co/onnxmodelzoo/{name.removesuffix('.onnx')}/resolve/main/{name}"
    return TORCHVISION + name


def test_every_row_is_expected_here():
    assert sorted((row.network, row.source) for row in SETS) == sorted(EXPECTED)


@of("keras", "torchvision", "torchvision-v2", "timm", "onnx")
def test_rows_say_what_their_publishers_say(row):
    name, top1, top5, (mode, resize, size, interpolation) = EXPECTED[row.network, row.source]
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
        re.fullmatch(r"\w+(-owt)?-([0-9a-f]{8})\.pth", row.file.name)[2] == row.file.digest[len("sha256:") :]
    )
    assert row.file.url.endswith(f"/{row.file.name}")


@of("timm")
def test_the_host_states_the_digests_of_timm(row):
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
}


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


@of("keras")
def test_keras_itself_would_download_the_same_file(row, monkeypatch):
    if row.network.startswith("res"):  # one table for all; of ResNeXt Keras has the files and no factory
        source = importlib.import_module("keras.src.applications.resnet")
        name = f"{row.network}_weights_tf_dim_ordering_tf_kernels.h5"
        url, md5 = source.BASE_WEIGHTS_PATH + name, source.WEIGHTS_HASHES[row.network][0]
    else:
        names = ("fname", "origin", "file_hash")
        name, url, md5 = asked(monkeypatch, file_utils, "get_file", FACTORIES[row.network], names)
    assert (row.file.name, row.file.url, row.file.digest) == (name, url, f"md5:{md5}")


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
    module = "resnet" if row.network.startswith("resnet") else row.network
    theirs = getattr(keras.applications, module).preprocess_input(pixels.copy())
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    wanted = asked(
        monkeypatch, imagenet_utils, "obtain_input_shape", FACTORIES[row.network], ("default_size",)
    )
    assert wanted == (steps.size,)


def torchvision_weights(row):
    """torchvision's own entry for the file of a row."""
    from support.torch_peers import models

    name = {"alexnet_owt": "alexnet", "resnext50": "resnext50_32x4d"}.get(row.network, row.network)
    return next(weights for weights in models.get_model_weights(name) if weights.url == row.file.url)


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
    theirs = timm.get_pretrained_cfg(name)
    assert theirs.hf_hub_id == f"timm/{name}"
    assert theirs.license.lower() == row.licence.lower()
    assert theirs.num_classes == row.classes
    steps = row.preprocessing
    assert theirs.input_size == (3, steps.size, steps.size)
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
        ("resnet18", "bn_data"),
        ("resnet34", "bn_data"),
    ]
