"""What keras.applications and torchvision call the layers of networks after 2016; see `published_names`.

Each function returns landmarks of ours, in the order of the network, and ours for each published name. Beside
the modules there are landmarks which tell networks apart whose modules have the same names.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

Tables = tuple[tuple[str, ...], dict[str, str]]
DENSENET = ((6, 12, 24, 16), (6, 12, 32, 32), (6, 12, 48, 32), (6, 12, 36, 24))
RESNET_V2 = ((3, 4, 6, 3), (3, 4, 23, 3), (3, 8, 36, 3))
CONVNEXT = {"tiny": (3, 3, 9, 3), "small": (3, 3, 27, 3), "base": (3, 3, 27, 3)}
MOBILENET_V2 = (1, 2, 3, 4, 3, 3, 1)
# How many blocks MobileNet v3 has, which of them add what they read, and which have a gate.
MOBILENET_V3 = {
    "large": (15, {1, 3, 5, 6, 8, 9, 10, 12, 14, 15}, {4, 5, 6, 11, 12, 13, 14, 15}),
    "small": (11, {3, 5, 6, 8, 10, 11}, {1, 4, 5, 6, 7, 8, 9, 10, 11}),
}
SHUFFLENET_V2 = (4, 8, 4)
EFFICIENTNET = (1, 2, 2, 3, 3, 4, 1)
DEEPER = (1.0, 1.1, 1.2, 1.4, 1.8, 2.2, 2.6, 3.1)
EFFICIENTNET_V2_S = (2, 4, 4, 6, 9, 15)
EXPANDING = {"expand_conv": "expand_conv", "expand_bn": "expand_bn", "expand_activation": "expand_swish"}
GATED = {"dwconv": "depthwise_conv", "dwconv2": "depthwise_conv", "bn": "depthwise_bn"}
GATED |= {"activation": "depthwise_swish", "se_excite": "gate"}
PROJECTING = {"project_conv": "project_conv", "project_bn": "project_bn"}


def densenet(depths: tuple[int, ...]) -> Tables:
    """Where keras.applications has `conv2_block6_concat`, torchvision has a block of maps joined later."""
    landmarks = ["conv1", "pool1"]
    ours = {"conv1_relu": "conv1", "bn": "post_bn", "relu": "post_relu", "features.norm5": "post_bn"}
    stem = {"conv0": "conv1_conv", "norm0": "conv1_bn", "relu0": "conv1", "pool0": "pool1"}
    ours |= {f"features.{theirs}": mine for theirs, mine in stem.items()}
    for block, depth in enumerate(depths, start=1):
        for i in range(1, depth + 1):
            landmarks.append(f"dense{block}_{i}" if i < depth else f"dense{block}")
            mine, of_keras = f"dense{block}_{i}", f"conv{block + 1}_block{i}"
            of_torch = f"features.denseblock{block}.denselayer{i}"
            ours |= {f"{of_keras}_concat": landmarks[-1], of_torch: f"{mine}_2_conv"}
            for n in (1, 2):
                ours |= {f"{of_keras}_{n - 1}_{part}": f"{mine}_{n}_{part}" for part in ("bn", "relu")}
                ours[f"{of_keras}_{n}_conv"] = f"{mine}_{n}_conv"
                parts = (("norm", "bn"), ("relu", "relu"), ("conv", "conv"))
                ours |= {f"{of_torch}.{theirs}{n}": f"{mine}_{n}_{part}" for theirs, part in parts}
        ours[f"features.denseblock{block}"] = f"dense{block}"
        if block < len(depths):
            landmarks.append(f"transition{block}")
            ours |= transition(block)
    return (*landmarks, "post_relu"), ours | {"classifier": "predictions"}


def transition(block: int) -> dict[str, str]:
    of_keras, of_torch, mine = f"pool{block + 1}", f"features.transition{block}", f"transition{block}"
    ours = {f"{of_keras}_pool": mine, of_torch: mine, f"{of_torch}.pool": mine}
    for of_keras_part, of_torch_part in (("bn", "norm"), ("relu", "relu"), ("conv", "conv")):
        ours[f"{of_keras}_{of_keras_part}"] = f"{mine}_{of_keras_part}"
        ours[f"{of_torch}.{of_torch_part}"] = f"{mine}_{of_keras_part}"
    return ours


def resnet_v2(depths: tuple[int, ...], slim: bool) -> Tables:
    """keras.applications', which is TF-Slim's network: `slim=True`, without `conv1`, a ReLU."""
    landmarks = ["pool1"] if slim else ["conv1", "pool1"]
    ours = {"pool1_pool": "pool1"}
    for stage, depth in enumerate(depths, start=2):
        for number in range(1, depth + 1):
            mine, theirs = f"conv{stage}_{number}", f"conv{stage}_block{number}"
            landmarks += [f"{mine}_3_relu", mine]
            ours[f"{theirs}_out"] = mine
            ours |= {f"{theirs}_0_conv": f"{mine}_shortcut_conv"} if number == 1 else {}
            for i, before in enumerate(("preact", "1", "2"), start=1):
                ours[f"{theirs}_{i}_conv"] = f"{mine}_{i}_conv"
                ours |= {f"{theirs}_{before}_{part}": f"{mine}_{i}_{part}" for part in ("bn", "relu")}
    if not slim:  # conv1 is what the first unit begins with
        del ours["conv2_block1_preact_bn"], ours["conv2_block1_preact_relu"]
    return (*landmarks, "post_relu"), ours


def convnext(size: str) -> Tables:
    """keras.applications' layers, and torchvision's blocks and the convolutions in them."""
    keras, landmarks = f"convnext_{size}", ["stem", "stage1_1_scale"]
    ours = {f"{keras}_stem": "stem", "features.0": "stem", "features.0.0": "stem_conv"}
    ours |= {f"{keras}_head_gap": "avg_pool", f"{keras}_head_layernorm": "head_norm"}
    ours |= {f"{keras}_head_dense": "predictions", "classifier.0": "head_norm", "classifier.2": "predictions"}
    parts = {"depthwise_conv": "depthwise", "layernorm": "norm", "pointwise_conv_1": "expand", "gelu": "gelu"}
    parts |= {"pointwise_conv_2": "project", "layer_scale": "scale", "identity": "drop"}
    for stage, depth in enumerate(CONVNEXT[size], start=1):
        if stage > 1:
            landmarks.append(f"downsample{stage}")
            ours[f"{keras}_downsampling_block_{stage - 2}"] = f"downsample{stage}"
            ours[f"features.{2 * stage - 2}"] = f"downsample{stage}"
        for i in range(1, depth + 1):
            landmarks.append(f"stage{stage}_{i}")
            theirs, of_torch = f"{keras}_stage_{stage - 1}_block_{i - 1}", f"features.{2 * stage - 1}.{i - 1}"
            ours |= {f"{theirs}_{part}": f"{landmarks[-1]}_{mine}" for part, mine in parts.items()}
            ours |= {of_torch: landmarks[-1], f"{of_torch}.block.0": f"{landmarks[-1]}_depthwise"}
        ours[f"features.{2 * stage - 1}"] = landmarks[-1]
    return tuple(landmarks), ours | {"avgpool": "avg_pool"}


def mobilenet() -> Tables:
    """keras.applications' layers."""
    ours = {"conv1_relu": "conv1"}
    for i in range(1, 14):
        for theirs, mine in (
            (f"conv_dw_{i}", f"block{i}_depthwise"),
            (f"conv_pw_{i}", f"block{i}_pointwise"),
        ):
            ours |= {theirs: f"{mine}_conv", f"{theirs}_bn": f"{mine}_bn", f"{theirs}_relu": f"{mine}_relu6"}
        ours[f"conv_pw_{i}_relu"] = f"block{i}"
    blocks = (f"block{i}" for i in range(1, 14))
    return ("conv1", "block1_depthwise_relu6", "block1_pointwise_conv", *blocks), ours


def inverted(theirs: str, mine: str, adds: bool, upper: bool = False) -> dict[str, str]:
    """keras.applications' names in a block of MobileNet v2 or v3, without those that are counted."""
    bn = "BN" if upper else "bn"
    ours: dict[str, str] = {}
    for part in ("expand", "depthwise", "project")[theirs == "expanded_conv" :]:  # the first has two
        ours |= {f"{theirs}_{part}": f"{mine}_{part}_conv", f"{theirs}_{part}_{bn}": f"{mine}_{part}_bn"}
        ours |= {f"{theirs}_{part}_relu": f"{mine}_{part}_relu6"} if upper and part != "project" else {}
    end = "add" if adds else f"project_{bn}"
    return ours | {f"{theirs}_{end}": mine}


def mobilenet_v2() -> Tables:
    """keras.applications' layers and torchvision's blocks."""
    ours = {"Conv1": "conv1_conv", "bn_Conv1": "conv1_bn", "Conv1_relu": "conv1"}
    ours |= {"Conv_1": "head_conv", "Conv_1_bn": "head_bn", "out_relu": "head", "classifier.1": "predictions"}
    places = ["conv1"]
    for depth in MOBILENET_V2:
        for i in range(depth):
            theirs = f"block_{len(places) - 1}" if len(places) > 1 else "expanded_conv"
            places.append(f"block{len(places)}")
            ours |= inverted(theirs, places[-1], adds=i > 0, upper=True)
    places.append("head")
    ours |= {f"features.{i}": place for i, place in enumerate(places)}
    return ("conv1", "block1_depthwise_relu6", *places[1:]), ours


def mobilenet_v3(size: str) -> Tables:
    """keras.applications' layers and torchvision's blocks."""
    number, adding, gated = MOBILENET_V3[size]
    ours = {"conv": "conv1_conv", "conv_bn": "conv1_bn", "conv_1": "head_conv", "conv_1_bn": "head_bn"}
    for i in range(1, number + 1):
        theirs = f"expanded_conv_{i - 1}" if i > 1 else "expanded_conv"
        ours |= inverted(theirs, f"block{i}", adds=i in adding)
        ours |= {f"{theirs}_squeeze_excite_mul": f"block{i}_gate"} if i in gated else {}
    places = ("conv1", *(f"block{i}" for i in range(1, number + 1)), "head")
    ours |= {f"features.{i}": place for i, place in enumerate(places)} | {"avgpool": "avg_pool"}
    marks = ("block1_depthwise_relu", "block1_gate")[: 1 if size == "large" else 2]
    return ("conv1", *marks, *places[1:]), ours


def efficientnet(deeper: float) -> Tables:
    """keras.applications' layers and torchvision's blocks."""
    parts = [GATED | PROJECTING, *[EXPANDING | GATED | PROJECTING] * 6]
    landmarks, ours = of_stages([ceil(deeper * depth) for depth in EFFICIENTNET], parts)
    return ("stem", "stage1_1_gate", *landmarks), ours


def efficientnet_v2_s() -> Tables:
    """keras.applications' layers and torchvision's blocks; blocks of the first stage have one convolution."""
    only = {"project_conv": "expand_conv", "project_bn": "expand_bn", "project_activation": "swish"}
    fused, gated = EXPANDING | PROJECTING, EXPANDING | GATED | PROJECTING
    landmarks, ours = of_stages(EFFICIENTNET_V2_S, [only, *[fused] * 2, *[gated] * 3], first_adds=True)
    return ("stem", "stage1_1_swish", *landmarks), ours


def of_stages(depths: Sequence[int], parts: list[dict[str, str]], first_adds: bool = False) -> Tables:
    """What both generations of EfficientNet have in common, without the stem.

    Args:
        depths: how many blocks each stage has.
        parts: of each stage's blocks, keras.applications' name and ours.
        first_adds: whether the first block of the first stage adds what it reads, as all second blocks do.
    """
    landmarks = []
    ours = {"stem_activation": "stem", "top_conv": "head_conv", "top_bn": "head_bn", "top_activation": "head"}
    for stage, depth in enumerate(depths, start=1):
        for i in range(1, depth + 1):
            mine, theirs = f"stage{stage}_{i}", f"block{stage}{chr(ord('a') + i - 1)}"
            landmarks.append(mine)
            ours |= {f"{theirs}_{part}": f"{mine}_{own}" for part, own in parts[stage - 1].items()}
            if i > 1 or (first_adds and stage == 1):
                ours |= {f"{theirs}_drop": f"{mine}_drop", f"{theirs}_add": mine}
            else:
                ours[f"{theirs}_project_bn"] = mine
            ours[f"features.{stage}.{i - 1}"] = mine
        ours[f"features.{stage}"] = landmarks[-1]
    ours |= {"features.0": "stem", f"features.{len(depths) + 1}": "head", "classifier.1": "predictions"}
    return (*landmarks, "head"), ours | {"avgpool": "avg_pool"}


def shufflenet_v2() -> Tables:
    """torchvision's units, and the layers in them."""
    ours = {"conv1.0": "conv1_conv", "conv1.1": "conv1_bn", "conv1.2": "conv1", "maxpool": "pool1"}
    ours |= {"conv5.0": "conv5_conv", "conv5.1": "conv5_bn", "conv5.2": "conv5", "fc": "predictions"}
    landmarks = ["conv1", "pool1"]
    for stage, depth in enumerate(SHUFFLENET_V2, start=2):
        for i in range(1, depth + 1):
            landmarks.append(f"stage{stage}_{i}")
            ours |= shuffled_unit(f"stage{stage}.{i - 1}", landmarks[-1], halves=i == 1)
        ours[f"stage{stage}"] = landmarks[-1]
    return (*landmarks, "conv5"), ours


def shuffled_unit(theirs: str, mine: str, halves: bool) -> dict[str, str]:
    """A unit that `halves` the map has convolutions in its first branch, too."""
    right = ("1_conv", "1_bn", "1_relu", "2_conv", "2_bn", "3_conv", "3_bn", "3_relu")
    left = ("left_1_conv", "left_1_bn", "left_2_conv", "left_2_bn", "left_2_relu")
    ours = {theirs: mine}
    for branch, parts in (("branch1", left if halves else ()), ("branch2", right)):
        ours |= {f"{theirs}.{branch}.{i}": f"{mine}_{part}" for i, part in enumerate(parts)}
        ours |= {f"{theirs}.{branch}": f"{mine}_{part}" for part in parts[-1:]}
    return ours


def later_networks() -> list[Tables]:
    """Return the tables of all networks after 2016."""
    return [
        *map(densenet, DENSENET),
        *(resnet_v2(depths, slim) for depths in RESNET_V2 for slim in (True, False)),
        *map(convnext, CONVNEXT),
        shufflenet_v2(),
        mobilenet(),
        mobilenet_v2(),
        *map(mobilenet_v3, MOBILENET_V3),
        *map(efficientnet, DEEPER),
        efficientnet_v2_s(),
    ]
