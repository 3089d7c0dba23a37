"""The values of a file as our layers need them: Keras' axes, and differences absorbed into the weights."""

from math import sqrt

import keras
import numpy as np

from keras_cnns.weights.formats.tensors import Shape
from keras_cnns.weights.matching.weighted_layers import WeightedLayer

Values = dict[str, np.ndarray]


def shapes_in_file(
    item: WeightedLayer, part: str, keras_order: bool, grouped_as_depthwise: bool
) -> list[Shape]:
    """The shapes that a file may have for a part of our layer, in Keras' axes or PyTorch's and ONNX'."""
    ours = getattr(item.layer, part, None)
    if ours is None:  # a bias or a gamma that is absorbed
        return [tuple((item.layer.beta if item.kind == "normalization" else item.layer.kernel).shape[-1:])]
    shape = tuple(ours.shape)
    if keras_order:
        grouped = part == "kernel" and grouped_as_depthwise and getattr(item.layer, "groups", 1) > 1
        if item.kind == "depthwise" and part == "kernel":
            return [shape, (*shape[:2], 1, shape[2])]  # also with a group for each map
        if item.kind == "dense" and part == "kernel":
            return [shape, (1, 1, *shape)]  # also as a 1x1 convolution
        return [(*shape[:2], shape[3], shape[2])] if grouped else [shape]
    if item.kind == "scale":
        return [shape, (*shape, 1, 1)]
    if is_depthwise(item, part):
        return [(shape[2] * shape[3], 1, *shape[:2])]
    if part in ("kernel", "pointwise_kernel") and len(shape) == 4:
        return [(shape[3], shape[2], *shape[:2])]
    if part != "kernel":
        return [shape]
    inputs, outputs = shape
    height, width, maps = item.flattened or (1, 1, inputs)
    as_convolution = [(outputs, maps, height, width)] if maps * height * width == inputs else []
    return [(outputs, inputs), (1, 1, outputs, inputs), *as_convolution]


def is_depthwise(item: WeightedLayer, part: str) -> bool:
    """Whether a part is a kernel that convolves each map alone."""
    return part == "depthwise_kernel" or (item.kind == "depthwise" and part == "kernel")


def to_keras(value: np.ndarray, item: WeightedLayer, part: str, keras_order: bool) -> np.ndarray:
    """Bring a part of a layer into Keras' axes: height, width, inputs, outputs.

    The result is no copy if it can be none, so a dense kernel that reads a map keeps the map's axes.
    """
    ours = getattr(item.layer, part, None)
    if ours is None:
        return value
    shape = tuple(ours.shape)
    if keras_order:
        grouped = getattr(item.layer, "groups", 1) > 1 and value.shape != shape
        return from_depthwise(value, shape) if grouped else value.reshape(shape)
    if item.kind == "scale":
        return value.reshape(shape)
    if is_depthwise(item, part):
        return value.reshape(shape[2], shape[3], *shape[:2]).transpose(2, 3, 0, 1)
    if len(shape) == 4:
        return value.transpose(2, 3, 1, 0)
    if part == "kernel":
        if item.flattened:  # flattened there with channels first, here with channels last
            height, width, maps = item.flattened
            return value.reshape(-1, maps, height, width).transpose(2, 3, 1, 0)
        return value.reshape(shape[1], shape[0]).T
    return value


def from_depthwise(kernel: np.ndarray, shape: Shape) -> np.ndarray:
    """Turn a depthwise kernel whose outputs are summed within groups into that of a grouped convolution."""
    height, width, inputs, _ = shape
    grouped = kernel.reshape(height, width, -1, inputs, inputs)
    return grouped.transpose(0, 1, 3, 2, 4).reshape(shape)


def absorb_normalization(
    item: WeightedLayer, values: Values, before: Values, epsilon: float, absorbs_bias: bool = True
) -> None:
    """Fit a batch normalization of the file, γ(x + b - μ) / sqrt(v + ε) + β, to ours, in place.

    If our convolution before it has no bias b, b is subtracted from μ. If our ε differs, γ compensates. If
    ours has no γ, γ scales the kernel and μ. The variance stays as it was measured.

    Args:
        item: our layer.
        values: what the file has for it.
        before: what the file has for the convolution before, if that is what the layer reads.
        epsilon: ε in the network of the file.
        absorbs_bias: whether our convolution before has no bias.
    """
    mean, variance = (values[part].astype(np.float64) for part in ("moving_mean", "moving_variance"))
    gamma = values.pop("gamma", np.ones_like(values["beta"]))
    if abs(item.layer.epsilon - epsilon) > 1e-9:
        gamma = gamma * np.sqrt((variance + item.layer.epsilon) / (variance + epsilon))
    if absorbs_bias:
        mean = mean - before.pop("bias", 0.0)
    if item.layer.scale:
        values["gamma"] = gamma
    else:
        kernel = "pointwise_kernel" if "pointwise_kernel" in before else "kernel"
        before[kernel] = before[kernel] * gamma
        mean = mean * gamma
    values["moving_mean"] = mean


def absorb_response_normalization(
    layers: list[keras.Layer], values: list[Values], constants: tuple[float, float]
) -> None:
    """Fit weights made for other constants of response normalization, x / (k + a Σ x²)^β, to AlexNet's.

    With x' = c x and c² = a K / (k A), ours, x' / (K + A Σ x'²)^β, is c (k / K)^β times theirs. ReLU and max
    pooling keep such factors: the convolution before is multiplied by c, the one after divided by it all.

    Args:
        layers: those of the model, in order.
        values: what the file has for those that have weights; changed in place.
        constants: k and a in the network of the file.
    """
    k, a = constants
    index = -1  # of the last layer with weights
    for layer in layers:
        index += bool(layer.weights)
        if type(layer).__name__ == "LocalResponseNormalization":
            before, after = values[index], values[index + 1]
            factor = sqrt(a * layer.k / (k * layer.alpha))
            for part in before:
                before[part] = before[part] * factor
            after["kernel"] = after["kernel"] / (factor * (k / layer.k) ** layer.beta)
