"""torchvision's files load to the same answers, proved without PyTorch and without names of this package.

`support.torch_forward` computes each network from a state dictionary by torchvision's names; here the same
dictionary goes through `load_weights`. `make test-peers` has torchvision itself say so for every file.
"""

import keras
import numpy as np
import pytest
from safetensors.numpy import save_file
from support import torch_forward as torch

from keras_cnns import architectures, load_weights

NETWORKS = {
    "resnet18": ((32, 32, 3), {}, lambda *given: torch.resnet(*given, (2, 2, 2, 2), bottleneck=False)),
    "resnext50": (
        (32, 32, 3),
        {},
        lambda *given: torch.resnet(*given, (3, 4, 6, 3), bottleneck=True, groups=32, width=128),
    ),
    "vgg11": (
        (64, 64, 3),
        {},
        lambda *given: torch.vgg(*given, ((64, 1), (128, 1), (256, 2), (512, 2), (512, 2))),
    ),
    "alexnet_owt": ((95, 95, 3), {}, torch.alexnet),
}


def images(in_shape):
    """Coloured patches: of plain noise a network would see the same mean in both images."""
    height, width, channels = in_shape
    patches = np.random.default_rng(6).normal(size=(2, 4, 4, channels))
    rows, columns = (np.arange(size) * 4 // size for size in (height, width))
    return patches[:, rows][:, :, columns].astype("float32")


def difference(ours, theirs):
    """Relative to the largest probability; those of two images must differ, or nothing would show."""
    assert abs(theirs[0] - theirs[1]).max() > 0.02 * theirs.max()
    return abs(ours - theirs).max() / theirs.max()


@pytest.mark.long
@pytest.mark.parametrize("name", NETWORKS)
def test_answers(name, tmp_path):
    in_shape, options, forward = NETWORKS[name]
    x, state = images(in_shape), torch.StateDict()
    theirs = forward(state, x)
    save_file(state, tmp_path / "weights.safetensors")
    model = getattr(architectures, name)(in_shape, **options)
    loaded = load_weights(model, tmp_path / "weights.safetensors")
    assert (loaded.left_out, loaded.new) == ((), ())
    assert difference(keras.ops.convert_to_numpy(model(x, training=False)), theirs) < 1e-4


def test_another_order_shows(tmp_path):
    """Two layers of the same shape that changed places: the bound is narrow enough to see it."""
    in_shape, _, forward = NETWORKS["resnet18"]
    x, state = images(in_shape), torch.StateDict()
    theirs = forward(state, x)
    first, second = "layer2.0.conv2.weight", "layer2.1.conv1.weight"
    changed = dict(state) | {first: state[second], second: state[first]}
    save_file(changed, tmp_path / "weights.safetensors")
    model = architectures.resnet18(in_shape)
    load_weights(model, tmp_path / "weights.safetensors")
    assert difference(keras.ops.convert_to_numpy(model(x, training=False)), theirs) > 1e-2
