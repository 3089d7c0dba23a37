"""torchvision's ResNet, VGG and AlexNet as their documentation and papers describe them, in NumPy alone.

Each function computes the probabilities of a network from its state dictionary. It asks for every tensor by
name and shape, and the dictionary makes up a random one the first time. So the names, shapes and order of
these files come from here, and nothing of the package under test takes part.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class StateDict(dict):
    """Tensors by name; those that are missing are made when they are asked for."""

    def __init__(self):
        super().__init__()
        self.draw = np.random.default_rng(5)

    def kernel(self, name, shape, scale=1.0):
        """He's, times `scale`."""
        return self.tensor(
            name, shape, lambda: scale * self.draw.normal(0, (2 / np.prod(shape[1:])) ** 0.5, shape)
        )

    def between(self, low, high, name, shape):
        return self.tensor(name, shape, lambda: self.draw.uniform(low, high, shape))

    def tensor(self, name, shape, make):
        if name not in self:
            self[name] = make().astype("float32")
        assert self[name].shape == tuple(shape), name
        return self[name]

    def convolution(self, x, name, filters, size, stride=1, padding=0, groups=1, bias=False):
        kernel = self.kernel(f"{name}.weight", (filters, x.shape[-1] // groups, size, size))
        read = windows(x, size, stride, padding)
        parts = zip(np.split(read, groups, axis=3), np.split(kernel, groups))
        y = np.concatenate(
            [np.tensordot(part, weights, ((3, 4, 5), (1, 2, 3))) for part, weights in parts], -1
        )
        return y + self.between(-0.2, 0.2, f"{name}.bias", (filters,)) if bias else y

    def normalization(self, x, name):
        shape = (x.shape[-1],)
        mean = self.between(-0.2, 0.2, f"{name}.running_mean", shape)
        deviation = np.sqrt(self.between(0.5, 2.0, f"{name}.running_var", shape) + 1e-5)
        scale = self.between(0.3, 0.7, f"{name}.weight", shape) / deviation
        return (x - mean) * scale + self.between(-0.2, 0.2, f"{name}.bias", shape)

    def linear(self, x, name, units, scale=1.0):
        weight = self.kernel(f"{name}.weight", (units, x.shape[-1]), scale)
        return x @ weight.T + self.between(-0.2, 0.2, f"{name}.bias", (units,))


def windows(x, size, stride, padding):
    """What a window sees at each of its places: (images, height, width, channels, size, size)."""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    return sliding_window_view(x, (size, size), axis=(1, 2))[:, ::stride, ::stride]


def max_pool(x, size, stride, padding=0):
    """Zeros may pad it, because what it reads is never negative."""
    return windows(x, size, stride, padding).max(axis=(4, 5))


def relu(x):
    return np.maximum(x, 0)


def flattened(x):
    """PyTorch has the channels first."""
    return x.transpose(0, 3, 1, 2).reshape(len(x), -1)


def probabilities(x):
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def resnet(state, x, depths, bottleneck, groups=1, width=64):
    """conv1, bn1, layer1 to layer4, fc; a bottleneck has its stride on the 3x3 (v1.5)."""
    x = relu(state.normalization(state.convolution(x, "conv1", 64, 7, 2, 3), "bn1"))
    x = max_pool(x, 3, 2, 1)
    for stage, depth in enumerate(depths):
        for i in range(depth):
            name, stride = f"layer{stage + 1}.{i}", 2 if stage and i == 0 else 1
            inner, outer = width * 2**stage, (256 if bottleneck else 64) * 2**stage
            if bottleneck:
                steps = [(inner, 1, 1, 0, 1), (inner, 3, stride, 1, groups), (outer, 1, 1, 0, 1)]
            else:
                steps = [(outer, 3, stride, 1, 1), (outer, 3, 1, 1, 1)]
            y = x
            for k, step in enumerate(steps, start=1):
                y = state.normalization(state.convolution(y, f"{name}.conv{k}", *step), f"{name}.bn{k}")
                y = relu(y) if k < len(steps) else y
            if stride > 1 or x.shape[-1] != outer:
                x = state.convolution(x, f"{name}.downsample.0", outer, 1, stride)
                x = state.normalization(x, f"{name}.downsample.1")
            x = relu(x + y)
    return probabilities(state.linear(x.mean(axis=(1, 2)), "fc", 1000, scale=2.0))


def vgg(state, x, stages):
    """`features` counts each convolution, ReLU and pool; `classifier` each dense layer, ReLU and dropout."""
    k = 0
    for filters, depth in stages:
        for _ in range(depth):
            x = relu(state.convolution(x, f"features.{k}", filters, 3, 1, 1, bias=True))
            k += 2
        x = max_pool(x, 2, 2)
        k += 1
    return classifier(state, x, (0, 3, 6))


def alexnet(state, x):
    """Convolutions at 0, 3, 6, 8 and 10 of `features`; the first dense layer follows a dropout."""
    x = relu(state.convolution(x, "features.0", 64, 11, 4, 2, bias=True))
    x = max_pool(x, 3, 2)
    x = relu(state.convolution(x, "features.3", 192, 5, 1, 2, bias=True))
    x = max_pool(x, 3, 2)
    for k, filters in ((6, 384), (8, 256), (10, 256)):
        x = relu(state.convolution(x, f"features.{k}", filters, 3, 1, 1, bias=True))
    return classifier(state, max_pool(x, 3, 2), (1, 4, 6))


def classifier(state, x, places):
    x = flattened(x)
    first, second, last = (f"classifier.{place}" for place in places)
    for name in (first, second):
        x = relu(state.linear(x, name, 4096))
    return probabilities(
        state.linear(x, last, 1000, scale=0.1)
    )  # calm enough for no probability to be near 1
