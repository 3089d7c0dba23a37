"""PyTorch's definitions of our networks, with random weights that make every layer count.

Each function that is named after one of our networks, and each `Peer` of `authority`,
builds its peer for images of `size` (height, width) and
returns it with its weighted layers, in the order in which a depth-first walk of our graph meets ours. That
is the order in which the peer registers them, but for the children said to come `first` or `last` among
their siblings. What is changed in a peer, because its library differs from the paper, is said there.
"""

import importlib
import sys
from typing import NamedTuple

import authority
import keras
import numpy as np
import torch
from torch import nn


def import_torchvision():
    """Only its Python code is needed; without its compiled operators it asks for these two declarations."""
    try:
        import torchvision
    except RuntimeError:
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision

        torchvision.declared_operators = library  # they last as long as this object does
    return torchvision


models = import_torchvision().models
timm = importlib.import_module("timm")  # imports torchvision

torch.set_num_threads(1)  # on small maps threads wait for each other more than they compute

N_CLASSES = 10


def weighted(module, first=(), last=()):
    """The layers that have weights, depth first."""
    if isinstance(module, (nn.Conv2d, nn.Linear, nn.BatchNorm2d, nn.LayerNorm)):
        return [module]
    children = sorted(module.named_children(), key=lambda child: (child[0] in last) - (child[0] in first))
    own = getattr(module, "layer_scale", getattr(module, "gamma", None))  # torchvision's name, and timm's
    scale = [Scale(own)] if isinstance(own, nn.Parameter) else []
    return [layer for _, child in children for layer in weighted(child, first, last)] + scale


class Scale(NamedTuple):
    """The factors that ConvNeXt's blocks keep beside their layers."""

    weight: nn.Parameter
    bias: None = None


class RoundedGELU(nn.Module):
    """GELU as Keras has it: TensorFlow rounds the root of 1/2 to float32, in a float64 network too."""

    def forward(self, x):
        root = np.float32(np.sqrt(0.5)) if keras.backend.backend() == "tensorflow" else np.sqrt(0.5)
        return 0.5 * x * (1 + torch.erf(x * float(root)))


def torchvision_resnet(name):
    """Ours adds [shortcut, residual], so that a projection is met before the block's own convolutions."""
    peer = getattr(models, name)(num_classes=N_CLASSES)
    return peer, weighted(peer, first=("downsample",))


def torchvision_resnet_v1(name):
    """torchvision strides in a bottleneck's 3x3 ("v1.5"); here the stride goes back to the paper's 1x1."""
    peer, order = torchvision_resnet(name)
    for stage in (peer.layer2, peer.layer3, peer.layer4):
        stage[0].conv1.stride, stage[0].conv2.stride = stage[0].conv2.stride, stage[0].conv1.stride
    return peer, order


def resnet18(size):
    return torchvision_resnet("resnet18")


def resnet34(size):
    return torchvision_resnet("resnet34")


def resnet50(size):
    return torchvision_resnet_v1("resnet50")


def resnet50_v1_5(size):
    return torchvision_resnet("resnet50")


def resnet101(size):
    return torchvision_resnet_v1("resnet101")


def resnet152(size):
    return torchvision_resnet_v1("resnet152")


def resnext50(size):
    return torchvision_resnet("resnext50_32x4d")


def resnext101(size):
    """32x4d is timm's; torchvision has 32x8d."""
    peer = timm.create_model("resnext101_32x4d", num_classes=N_CLASSES)
    return peer, weighted(peer, first=("downsample",))


def resnext101_64x4d(size):
    return torchvision_resnet("resnext101_64x4d")


def alexnet_owt(size):
    peer = models.alexnet(num_classes=N_CLASSES)
    return peer, weighted(peer)


def torchvision_vgg(name, size):
    """torchvision makes any last map 7x7; here one of another size goes to the dense layer as it is."""
    peer = getattr(models, name)(num_classes=N_CLASSES, init_weights=False)
    height, width = size[0] // 32, size[1] // 32
    if (height, width) != (7, 7):
        peer.avgpool = nn.Identity()
        peer.classifier[0] = nn.Linear(512 * height * width, 4096)
    return peer, weighted(peer)


def vgg11(size):
    return torchvision_vgg("vgg11", size)


def vgg13(size):
    return torchvision_vgg("vgg13", size)


def vgg16(size):
    return torchvision_vgg("vgg16", size)


def vgg19(size):
    return torchvision_vgg("vgg19", size)


def over_the_inside(branch_pool, inputs):
    """What a 3x3 average that counted the padding's zeros would be if it did not."""
    inside = nn.functional.avg_pool2d(torch.ones_like(inputs[0]), 3, 1, 1)
    return (inputs[0] / inside,)


def inception_v3(size):
    """Ours meets the auxiliary classifier last, and its averages do not count the padding, as in TF-Slim."""
    peer = timm.create_model("inception_v3", num_classes=N_CLASSES, aux_logits=min(size) >= 299)
    for name, module in peer.named_modules():
        if name.endswith("branch_pool"):
            module.register_forward_pre_hook(over_the_inside)
    return peer, weighted(peer, last=("AuxLogits",))


def inception_v4(size):
    peer = timm.create_model("inception_v4", num_classes=N_CLASSES)
    return peer, weighted(peer)


def inception_resnet_v2(size):
    """Keras rounds the factor of a Rescaling to float32, in a float64 network too; so here."""
    peer = timm.create_model("inception_resnet_v2", num_classes=N_CLASSES)
    for module in peer.modules():
        if hasattr(module, "scale"):
            module.scale = float(np.float32(module.scale))
    return peer, weighted(peer)


def xception(size):
    """Ours adds [residual, shortcut]; epsilon is the author's (Keras's), where timm has PyTorch's.

    timm's pools pad even maps on both sides, TensorFlow's on one: `size` must give odd maps.
    """
    peer = timm.create_model("legacy_xception", num_classes=N_CLASSES)
    for module in peer.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 1e-3
    return peer, weighted(peer, last=("skip", "skipbn"))


def padded_as_tensorflow(peer):
    """Windows of stride 2 get their padding where TensorFlow puts it, and epsilon is TensorFlow's.

    torchvision, and timm where a name has no "tf_", pad alike on every side.
    """
    for module in peer.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 1e-3
        if isinstance(module, nn.Conv2d) and module.stride != (1, 1) and module.padding != (0, 0):
            module.padding = (0, 0)
            module.register_forward_pre_hook(pad_same)
    return peer, weighted(peer)


def pad_same(module, inputs):
    """The output has ceil(size / stride) rows; an odd row of padding comes last."""
    both = []
    for size, kernel, stride in zip(inputs[0].shape[2:], module.kernel_size, module.stride):
        missing = max(0, (-(-size // stride) - 1) * stride + kernel - size)
        both = [missing // 2, missing - missing // 2, *both]
    return (nn.functional.pad(inputs[0], both),)


def randomise(module, images, gamma, strength=1.0):
    """Weights of a healthy size, no two alike.

    He-normal kernels; statistics of the batch normalizations near those of the images, so that activations
    keep their size at any depth, but moved at random; gammas are around `strength`, or stay 1.
    """
    generator = torch.Generator().manual_seed(1)
    layers = weighted(module)
    norms = [layer for layer in layers if isinstance(layer, nn.BatchNorm2d)]
    for layer in layers:
        if layer.bias is not None:
            nn.init.normal_(layer.bias, 0.0, 0.2, generator)
        if not isinstance(layer, (nn.BatchNorm2d, nn.LayerNorm, Scale)):
            nn.init.normal_(layer.weight, 0.0, (2 / layer.weight[0].numel()) ** 0.5, generator)
        elif gamma:
            nn.init.uniform_(layer.weight, 0.5 * strength, 1.5 * strength, generator)
    for norm in norms:
        norm.momentum = 1.0  # the statistics of the next images replace the old ones
    with torch.no_grad():
        module.train()(images)
    for norm in norms:
        mean, variance = norm.running_mean, norm.running_var
        variance.clamp_(min=0.1 * float(variance.mean()))
        mean += 0.3 * variance.sqrt() * torch.randn(mean.shape, generator=generator)
        variance *= 0.5 + 1.5 * torch.rand(variance.shape, generator=generator)
    module.eval()


def channels_first(images):
    return torch.from_numpy(images.transpose(0, 3, 1, 2).copy())


def build(case, images):
    """The peer of one of our networks, and its layers in our order."""
    network = case.partition("-")[0]
    if case in authority.PEERS:
        module, order = authority.PEERS[case].build(sys.modules[__name__], images.shape[1:3])
    else:
        module, order = globals()[network](images.shape[1:3])
    strength = authority.PEERS[case].gammas if case in authority.PEERS else 1.0
    randomise(module, channels_first(images).float(), not network.startswith("inception"), strength)
    return module, order


def logits(module, images):
    """In the precision of the images; those of the auxiliary classifier come second."""
    images = channels_first(images)
    with torch.no_grad():
        outputs = module.to(images.dtype)(images)
    return [output.numpy() for output in (outputs if isinstance(outputs, tuple) else (outputs,))]
