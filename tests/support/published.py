"""Files of weights as their publishers would write them, with random weights, and what their networks answer.

For each row of `SETS` the publisher's own code builds the network, random weights make every layer count, the
publisher's format is written, and a photograph goes through the publisher's own preprocessing.
"""

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import h5py
import keras
import numpy as np
import onnx
import onnxruntime
from keras import applications
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group
from keras.src.utils import file_utils

from keras_cnns.weights import SETS
from support.onnx_graphs import LIGHT, declared_weights, edit_inception_v1, edit_nothing, nodes
from support.parity import randomize

PHOTOGRAPH = (300, 380)  # pixels high and wide
CALM = 0.1  # times the classifier's kernel: keeps the probabilities away from 0 and 1, which hide differences
CAFFE_MEAN = (103.939, 116.779, 123.68)

APPLICATIONS = {
    "vgg16": applications.VGG16,
    "vgg19": applications.VGG19,
    "resnet50": applications.ResNet50,
    "resnet101": applications.ResNet101,
    "resnet152": applications.ResNet152,
    "inception_v3": applications.InceptionV3,
    "inception_resnet_v2": applications.InceptionResNetV2,
    "xception": applications.Xception,
    "densenet121": applications.DenseNet121,
    "densenet169": applications.DenseNet169,
    "densenet201": applications.DenseNet201,
    "resnet50_v2": applications.ResNet50V2,
    "resnet101_v2": applications.ResNet101V2,
    "resnet152_v2": applications.ResNet152V2,
    "mobilenet": applications.MobileNet,
    "mobilenet_v2": applications.MobileNetV2,
    "mobilenet_v3_large": applications.MobileNetV3Large,
    "mobilenet_v3_small": applications.MobileNetV3Small,
    **{f"efficientnet_b{n}": getattr(applications, f"EfficientNetB{n}") for n in range(8)},
    "efficientnet_v2_s": applications.EfficientNetV2S,
    "convnext_tiny": applications.ConvNeXtTiny,
    "convnext_small": applications.ConvNeXtSmall,
    "convnext_base": applications.ConvNeXtBase,
}
MODES = {"vgg": "caffe", "resnet": "caffe", "inception": "tf", "xception": "tf", "resnext": "torch"}
MODES |= {"densenet": "torch", "mobilenet": "tf"}
PREPARE_INSIDE = ("mobilenet_v3", "efficientnet", "convnext")  # these read pixels from 0 to 255
# What Keras' files have in EfficientNet's first layer: deviations where it expects variances, which a layer
# after it makes up for (github.com/tensorflow/tensorflow/issues/49930).
IMAGENET = [np.array(numbers) for numbers in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), 0)]


def photograph(draw: np.random.Generator) -> np.ndarray:
    """Coloured patches under noise, as integers."""
    rows, columns = (np.arange(size) * 6 // size for size in PHOTOGRAPH)
    patches = draw.uniform(0, 255, (6, 6, 3))[rows][:, columns]
    return np.clip(patches + draw.normal(0, 30, patches.shape), 0, 255).astype("uint8")


def photographs() -> list[np.ndarray]:
    draw = np.random.default_rng(7)
    return [photograph(draw), photograph(draw)]


def publish(row, folder: Path) -> tuple[Path, np.ndarray]:
    """Write the file of a row; return it, and the probabilities that its network gives the photographs."""
    path = folder / row.file.name
    return path, PUBLISHERS[row.source.partition("-")[0]](row, path)


def with_digest(row, path: Path):
    """The row for this file: the digest and the size are its."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return replace(row, file=replace(row.file, digest=f"sha256:{digest}", size=path.stat().st_size))


def resized(image: np.ndarray, resize: int, interpolation: str) -> np.ndarray:
    """The shorter side brought to `resize` by Pillow, as every publisher does."""
    from PIL import Image

    height, width = image.shape[:2]
    short = min(height, width)
    size = (int(resize * width / short), int(resize * height / short))
    return np.asarray(Image.fromarray(image).resize(size, getattr(Image, interpolation.upper())))


def cropped(image: np.ndarray, size: int) -> np.ndarray:
    top, left = (round((n - size) / 2) for n in image.shape[:2])
    return image[top : top + size, left : left + size]


def seen(row) -> np.ndarray:
    """The photographs in the size of the network, as floats from 0 to 255."""
    wanted = row.preprocessing
    images = [
        cropped(resized(image, wanted.resize, wanted.interpolation), wanted.size) for image in photographs()
    ]
    return np.stack(images).astype("float32")


def by_keras(row, path: Path) -> np.ndarray:
    """`keras.applications`, in the HDF5 that Keras 2 wrote."""
    factory = APPLICATIONS.get(row.network)
    model = as_trained(factory, path) if factory else resnext(row.network)
    x = seen(row)
    if not row.network.startswith(PREPARE_INSIDE):
        mode = next(mode for start, mode in MODES.items() if row.network.startswith(start))
        mode = "tf" if row.network.endswith("_v2") else mode
        x = applications.imagenet_utils.preprocess_input(x, mode=mode)
    randomize(model, x)
    tell_apart(model, x)
    write(model, path)
    return keras.ops.convert_to_numpy(model(x, training=False))


def tell_apart(model: keras.Model, x: np.ndarray) -> None:
    """Let the classifier see in what the images of x differ, and not what the deepest networks have for all.

    Its kernel gets no larger, so that rounding does not either; as a rule the logits differ by one at most.
    """
    *_, classifier = (layer for layer in model.layers if layer.weights)
    kernel, bias = classifier.get_weights()
    read = keras.ops.convert_to_numpy(keras.Model(model.inputs, classifier.input)(x, training=False))
    logits = read.reshape(len(x), -1) @ kernel.reshape(-1, len(bias))
    scale = min(1, 1 / np.std(logits[0] - logits[1]))
    classifier.set_weights([scale * kernel, bias - scale * logits.mean(0)])


def write(model: keras.Model, path: Path) -> None:
    with h5py.File(path, "w") as file:
        save_weights_to_hdf5_group(file, model)


def as_trained(factory, path: Path) -> keras.Model:
    """The model that Keras builds for its published weights, which here it finds in `path`.

    It is not quite the one without weights: EfficientNet then has one layer more.
    """
    model = factory(weights=None)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization) and layer.weights:
            layer.set_weights(IMAGENET)
    write(model, path)
    with patch.object(file_utils, "get_file", lambda *arguments, **options: str(path)):
        return factory(weights="imagenet")


def resnext(network: str) -> keras.Model:
    """ResNeXt as keras-applications had it: no grouped convolutions, but depthwise ones, summed in groups."""
    layers = keras.layers

    def normalized(x, name):
        return layers.BatchNormalization(epsilon=1.001e-5, name=name + "_bn")(x)

    def convolution(x, filters, kernel, strides, name):
        return normalized(
            layers.Conv2D(filters, kernel, strides, use_bias=False, name=name + "_conv")(x), name
        )

    def grouped(x, strides, name):
        each = x.shape[-1] // 32
        x = layers.ZeroPadding2D(1)(x)
        x = layers.DepthwiseConv2D(3, strides, depth_multiplier=each, use_bias=False, name=name + "_conv")(x)
        height, width, _ = x.shape[1:]
        x = layers.Lambda(lambda x: keras.ops.sum(x, axis=4))(
            layers.Reshape((height, width, 32, each, each))(x)
        )
        return normalized(layers.Reshape((height, width, 32 * each))(x), name)

    inputs = keras.Input((224, 224, 3))
    x = layers.ReLU()(convolution(layers.ZeroPadding2D(3)(inputs), 64, 7, 2, "conv1"))
    x = layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(x))
    depths = {"resnext50": (3, 4, 6, 3), "resnext101": (3, 4, 23, 3)}[network]
    for stage, depth in enumerate(depths, start=2):
        for i in range(1, depth + 1):
            name, width = f"conv{stage}_block{i}", 32 * 2**stage
            strides = 2 if stage > 2 and i == 1 else 1
            shortcut = convolution(x, 2 * width, 1, strides, f"{name}_0") if i == 1 else x
            y = layers.ReLU()(convolution(x, width, 1, 1, f"{name}_1"))
            y = layers.ReLU()(grouped(y, strides, f"{name}_2"))
            x = layers.ReLU()(layers.Add()([shortcut, convolution(y, 2 * width, 1, 1, f"{name}_3")]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(1000, "softmax", name="probs")(x))


AT_TORCHVISION = {
    "alexnet_owt": "alexnet",
    "resnext50": "resnext50_32x4d",
    "squeezenet": "squeezenet1_0",
    "squeezenet_1_1": "squeezenet1_1",
    "wrn50_2": "wide_resnet50_2",
    "wrn101_2": "wide_resnet101_2",
}


def name_at_torchvision(row) -> str:
    if row.network == "shufflenet_v2":
        return "shufflenet_v2_x" + str(row.options.get("scale", 1.0)).replace(".", "_")
    return AT_TORCHVISION.get(row.network, row.network)


def by_torchvision(row, path: Path) -> np.ndarray:
    """torchvision, as a state dictionary."""
    import torch

    from support import torch_peers

    name = name_at_torchvision(row)
    published = torch_peers.models.get_model_weights(name)
    stem = row.file.name.removesuffix(".pth")
    transform = next(weights for weights in published if stem in weights.url).transforms
    if row in SETS:
        transform = transform()
    else:  # in another size than usual
        transform = transform(crop_size=row.preprocessing.size, resize_size=row.preprocessing.resize)

    def save(tensors):
        """The files of DenseNet are older than the names in torchvision's code, which renames on loading."""
        older = r"(denselayer\d+\.(?:norm|conv))(\d)"
        torch.save({re.sub(older, r"\1.\2", key): tensor for key, tensor in tensors.items()}, path)

    return by_torch(getattr(torch_peers.models, name)(), transform, save, halves="float16" in row.note)


def by_timm(row, path: Path) -> np.ndarray:
    """timm, as safetensors; older files are state dictionaries."""
    import torch
    from safetensors.torch import save_file

    from support import torch_peers

    name = row.file.name.removeprefix("timm_").removesuffix(".safetensors")
    older = {f"se_resnet{depth}": f"legacy_seresnet{depth}" for depth in (50, 101, 152)}
    older |= {f"se_resnext{depth}": f"legacy_seresnext{depth}_32x4d" for depth in (50, 101)}
    older["senet154"] = "legacy_senet154"
    module = torch_peers.timm.create_model(older.get(row.network, name))
    data = torch_peers.timm.data
    wanted = row.preprocessing
    size = {"input_size": (3, row.preprocessing.size, row.preprocessing.size)}
    settings = data.resolve_data_config(size, model=module)
    if row not in SETS:  # in another size than usual
        settings["crop_pct"] = wanted.size / wanted.resize
    transform = data.create_transform(**settings)
    strength = 0.5 if row.network.startswith("se") else 1.0  # fifty gated blocks amplify rounding
    save = torch.save if path.suffix == ".pth" else save_file
    return by_torch(module, transform, lambda tensors: save(tensors, path), strength)


def by_torch(module, transform, save, strength=1.0, halves=False) -> np.ndarray:
    """With `halves` the file has float16 numbers, and the network computes with these."""
    import torch
    from PIL import Image

    from support import torch_peers

    x = torch.stack([transform(Image.fromarray(image)) for image in photographs()])
    torch_peers.randomise(module, x, gamma=True, strength=strength)
    *_, classifier = torch_peers.weighted(module)
    with torch.no_grad():
        classifier.weight *= CALM
        save((module.half() if halves else module).state_dict())
        return torch.softmax(module.float()(x), dim=-1).numpy()


def by_onnx(row, path: Path) -> np.ndarray:
    """Caffe's networks, as graphs of the onnx package; test_parity_onnx says what has to be edited."""
    name, edit, calm = CAFFE[row.network]
    graph = onnx.load(LIGHT / f"light_{name}.onnx").graph
    edit(graph)
    values = caffe_weights(graph, calm)
    data = next(item.name for item in graph.input if item.name.endswith("data_0"))
    for node in nodes(graph, "Reshape"):
        values[node.input[1]] = np.array([1000 if node.input[0] in values else 2, -1])
    body = [node for node in graph.node if node.op_type != "ConstantOfShape"]
    ends = [
        onnx.helper.make_tensor_value_info(end, onnx.TensorProto.FLOAT, None)
        for end in (data, body[-1].output[0])
    ]
    weights = [onnx.numpy_helper.from_array(value, weight) for weight, value in values.items()]
    made = onnx.helper.make_graph(body, name, ends[:1], ends[1:], weights)
    model = onnx.helper.make_model(made, opset_imports=[onnx.helper.make_opsetid("", 9)], ir_version=4)
    onnx.save(model, path)
    x = (seen(row)[..., ::-1] - CAFFE_MEAN).transpose(0, 3, 1, 2)
    session = onnxruntime.InferenceSession(path.read_bytes())
    return session.run(None, {data: np.float32(x)})[0]


def caffe_weights(graph, calm: float) -> dict[str, np.ndarray]:
    """He's kernels, a calmer one for the classifier, normalizations that let half of the scale through."""
    draw = np.random.default_rng(3)
    shapes = declared_weights(graph)
    *_, classifier = (weight for weight, shape in shapes.items() if len(shape) > 1)
    values = {}
    for weight, shape in shapes.items():
        if weight.endswith(("_s_0", "_riv_0")):
            value = (
                draw.uniform(0.3, 0.7, shape) if weight.endswith("_s_0") else draw.uniform(0.5, 2.0, shape)
            )
        elif len(shape) == 1:
            value = draw.normal(0, 0.2, shape)
        elif weight == classifier:
            value = draw.normal(0, calm / shape[-1] ** 0.5, shape)
        else:
            fan_in = np.prod(shape[-3:] if len(shape) > 2 else shape[1:])
            value = draw.normal(0, (2 / fan_in) ** 0.5, shape)
        values[weight] = np.float32(value)
    return values


CAFFE = {
    "alexnet": ("bvlc_alexnet", edit_nothing, 0.002),
    "inception_v1": ("inception_v1", edit_inception_v1, 0.002),
    "vgg19": ("vgg19", edit_nothing, 0.002),
    "resnet50": ("resnet50", edit_nothing, 0.1),
}
PUBLISHERS = {"keras": by_keras, "torchvision": by_torchvision, "timm": by_timm, "onnx": by_onnx}
