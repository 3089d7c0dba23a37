"""What keras.applications, torchvision, timm, TF-Slim and Caffe call the layers that we name by the papers.

Only outputs that are equal have a row: `layer3.5` of torchvision is a block with its ReLU, like `conv4_6`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from keras_cnns.submodels.later_names import later_networks

Table = dict[str, str]
RESNET = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
VGG = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
ENDS = {"avgpool": "avg_pool", "global_pool": "avg_pool", "fc": "predictions", "probs": "predictions"}


@dataclass(frozen=True)
class Names:
    """The names of one network's layers.

    Attributes:
        landmarks: ours, in the order of the network, without those of the classifier.
        ours: for each published name, ours of the layer with the same output.
    """

    landmarks: tuple[str, ...]
    ours: Table


def numbered(name: str, last: int) -> list[str]:
    return [f"{name}{i}" for i in range(1, last + 1)]


def resnet(depths: tuple[int, ...], bottleneck: bool) -> Names:
    """keras.applications', torchvision's and timm's ResNets and ResNeXts."""
    landmarks = ["conv1", "pool1"]
    landmarks += ["conv2_1_shortcut_bn"] if bottleneck else []  # tells ResNet-50 from 34, both of 16 blocks
    ours = {
        "conv1_relu": "conv1",
        "relu": "conv1",
        "act1": "conv1",
        "pool1_pool": "pool1",
        "maxpool": "pool1",
    }
    ours["bn1"] = "conv1_bn"
    for stage, depth in enumerate(depths, start=2):
        for number in range(1, depth + 1):
            landmarks.append(f"conv{stage}_{number}")
            ours |= residual_block(stage, number, bottleneck)
        ours[f"layer{stage - 1}"] = landmarks[-1]
    return Names(tuple(landmarks), ours | ENDS)


def residual_block(stage: int, number: int, bottleneck: bool) -> Table:
    """What is in a block; keras.applications calls the shortcut's layers 0, torchvision `downsample`.

    The convolutions of keras.applications have biases and ours have none, so their outputs differ.
    """
    ours = f"conv{stage}_{number}"
    of_keras, of_torch = f"conv{stage}_block{number}", f"layer{stage - 1}.{number - 1}"
    table = {f"{of_keras}_out": ours, f"{of_keras}_add": f"{ours}_add", of_torch: ours}
    if number == 1 and (bottleneck or stage > 2):
        table |= {f"{of_torch}.downsample.0": f"{ours}_shortcut_conv"}
        for theirs in (f"{of_keras}_0_bn", f"{of_torch}.downsample", f"{of_torch}.downsample.1"):
            table[theirs] = f"{ours}_shortcut_bn"
    last = 3 if bottleneck else 2
    for i in range(1, last + 1):
        table |= {f"{of_keras}_{i}_bn": f"{ours}_{i}_bn", f"{of_torch}.bn{i}": f"{ours}_{i}_bn"}
        table[f"{of_torch}.conv{i}"] = f"{ours}_{i}_conv"
    return table | {f"{of_keras}_{i}_relu": f"{ours}_{i}_relu" for i in range(1, last)}


def vgg(depths: tuple[int, ...]) -> Names:
    """keras.applications', and torchvision's activations and pools, numbered with the convolutions."""
    landmarks: list[str] = []
    ours = {"fc1": "fc6", "fc2": "fc7", "predictions": "fc8"}
    place = 0
    for stage, depth in enumerate(depths, start=1):
        for i in range(1, depth + 1):
            landmarks.append(f"conv{stage}_{i}")
            ours[f"block{stage}_conv{i}"] = ours[f"features.{place + 1}"] = landmarks[-1]
            place += 2
        landmarks.append(f"pool{stage}")
        ours[f"block{stage}_pool"] = ours[f"features.{place}"] = landmarks[-1]
        place += 1
    return Names(tuple(landmarks), ours)


def inception_v1() -> Names:
    """Caffe's, TF-Slim's and torchvision's modules; what else torchvision has is another network."""
    modules = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")
    slim = ("3b", "3c", "4b", "4c", "4d", "4e", "4f", "5b", "5c")
    ours = {
        "pool2/3x3_s2": "stem",
        "pool3/3x3_s2": "pool3",
        "pool4/3x3_s2": "pool4",
        "pool5/7x7_s1": "avg_pool",
    }
    for module, theirs in zip(modules, slim):
        name = f"inception_{module}"
        ours |= {f"{name}/output": name, f"inception{module}": name, f"Mixed_{theirs}": name}
        for tower in ("1x1", "3x3_reduce", "3x3", "5x5_reduce", "5x5", "pool", "pool_proj"):
            ours[f"{name}/{tower}"] = f"{name}_{tower}"
    landmarks = ["stem", *(f"inception_{module}" for module in modules)]
    landmarks.insert(3, "pool3")
    landmarks.insert(9, "pool4")
    return Names(tuple(landmarks), ours | ENDS)


def inception_v3() -> Names:
    """keras.applications' `mixed0` to `mixed10`, and TF-Slim's and torchvision's `Mixed_5b` to `Mixed_7c`."""
    modules = [*numbered("inception_a", 3), "reduction_a", *numbered("inception_b", 4)]
    modules += ["reduction_b", *numbered("inception_c", 2)]
    slim = ("5b", "5c", "5d", "6a", "6b", "6c", "6d", "6e", "7a", "7b", "7c")
    ours = {f"mixed{i}": module for i, module in enumerate(modules)}
    ours |= {f"Mixed_{theirs}": module for theirs, module in zip(slim, modules)}
    return Names(("stem", *modules), ours | ENDS)


def inception_v4() -> Names:
    """TF-Slim's modules, and timm's, which have one number each."""
    modules = [*numbered("inception_a", 4), "reduction_a", *numbered("inception_b", 7)]
    modules += ["reduction_b", *numbered("inception_c", 3)]
    slim = [
        f"{stage}{letter}"
        for stage, letters in (("5", "bcde"), ("6", "abcdefgh"), ("7", "abcd"))
        for letter in letters
    ]
    ours = {f"Mixed_{theirs}": module for theirs, module in zip(slim, modules)}
    ours |= {f"features.{i}": module for i, module in enumerate(("stem", *modules), start=5)}
    return Names(("stem", *modules), ours | ENDS)


def inception_resnet_v2() -> Names:
    """keras.applications', TF-Slim's and timm's modules."""
    kinds = (("a", 10, "block35", "repeat"), ("b", 20, "block17", "repeat_1"), ("c", 9, "block8", "repeat_2"))
    ours = {
        "mixed_5b": "inception_a",
        "mixed_6a": "reduction_a",
        "mixed_7a": "reduction_b",
        "maxpool_5a": "stem",
    }
    ours |= {"Mixed_5b": "inception_a", "Mixed_6a": "reduction_a", "Mixed_7a": "reduction_b"}
    for letter, depth, of_keras, of_timm in kinds:
        for i, name in enumerate(numbered(f"inception_resnet_{letter}", depth), start=1):
            ours[f"{of_keras}_{i}_ac"] = ours[f"{of_timm}.{i - 1}"] = name
    ours |= {
        "block8": "inception_resnet_c10",
        "conv_7b_ac": "conv_7b",
        "conv2d_7b": "conv_7b",
        "classif": "predictions",
    }
    landmarks = ["stem", "inception_a", *numbered("inception_resnet_a", 10), "reduction_a"]
    landmarks += [
        *numbered("inception_resnet_b", 20),
        "reduction_b",
        *numbered("inception_resnet_c", 10),
        "conv_7b",
    ]
    return Names(tuple(landmarks), ours | ENDS)


def xception() -> Names:
    """keras.applications' layers, and timm's blocks, which it counts without the first two convolutions."""
    modules = [*numbered("entry_module", 3), *numbered("middle_module", 8), "exit_module1"]
    ours = {"block1_conv1_act": "entry_conv1", "block1_conv2_act": "entry_conv2"}
    for number, name in enumerate(modules, start=2):
        ours[f"block{number - 1}"] = name
        if "middle" not in name:
            ours[f"block{number}_pool"] = f"{name}_pool"
        for i in (1, 2, 3)[: 3 if "middle" in name else 2]:
            ours[f"block{number}_sepconv{i}_act"] = f"{name}_{i}_relu"
            ours[f"block{number}_sepconv{i}"] = f"{name}_{i}_conv"
            ours[f"block{number}_sepconv{i}_bn"] = f"{name}_{i}_bn"
    del ours["block2_sepconv1_act"]  # this block begins with its convolution
    ours |= {"block14_sepconv1_act": "exit_module2_1_relu", "block14_sepconv2_act": "exit_module2"}
    ours |= {"act3": "exit_module2_1_relu", "act4": "exit_module2"}
    return Names(("entry_conv1", "entry_conv2", *modules, "exit_module2"), ours | ENDS)


@cache
def networks() -> tuple[Names, ...]:
    others = (inception_v1(), inception_v3(), inception_v4(), inception_resnet_v2(), xception())
    later = (Names(*tables) for tables in later_networks())
    resnets = (resnet(depths, bottleneck=number >= 50) for number, depths in RESNET.items())
    return (*resnets, *map(vgg, VGG.values()), *others, *later)


@cache
def all_landmarks() -> frozenset[str]:
    return frozenset(name for network in networks() for name in network.landmarks)


def fitting(names: Collection[str]) -> list[Names]:
    """Return the networks of which a model with layers of these names can be, whole or cut at one."""
    known = all_landmarks().intersection(names)
    return [each for each in networks() if known and known == {*each.landmarks[: len(known)]}]


def ours(name: str, names: Collection[str]) -> str | None:
    """Return which layer of a model a published name means; None if none, or if that is not certain.

    A cut model can be of several networks, and where `layer3` ends depends on which.

    Args:
        name: as in another library; it may begin with the path of the nested model that the layer is in.
        names: of the model's layers, with the paths of those in nested models.
    """
    groups: dict[str, set[str]] = defaultdict(set)
    for full in names:
        path, _, own = full.rpartition("/")
        groups[path].add(own)
    found: set[str | None] = set()
    for path, own_names in groups.items():
        meant = {network.ours.get(name.removeprefix(f"{path}/")) for network in fitting(own_names)}
        if meant - {None}:
            (only,) = meant if len(meant) == 1 else (None,)
            found.add(only and (f"{path}/{only}" if path else only))
    (only,) = found if len(found) == 1 else (None,)
    return only if only in names else None
