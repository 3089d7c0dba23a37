"""The names that each source's files give to the layers of each network.

Every function returns, for each of our landmarks, the file's names of the layers with weights up to it, in
the order in which our file builds them.
"""

from collections.abc import Callable, Sequence

Names = dict[str, list[str]]
DEPTHS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
VGG = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


def under(prefix: str, *names: str) -> list[str]:
    return [f"{prefix}.{name}" for name in names]


def torch_resnet(depth: int) -> Names:
    """torchvision's and timm's ResNet and ResNeXt."""
    bottleneck = depth >= 50
    block = [f"{kind}{i}" for i in range(1, 4 if bottleneck else 3) for kind in ("conv", "bn")]
    names = {"conv1": ["conv1", "bn1"]}
    for stage, blocks in enumerate(DEPTHS[depth], start=1):
        for i in range(blocks):
            projected = i == 0 and (bottleneck or stage > 1)
            shortcut = ["downsample.0", "downsample.1"] if projected else []
            names[f"conv{stage + 1}_{i + 1}"] = under(f"layer{stage}.{i}", *shortcut, *block)
    return names | {"predictions": ["fc"]}


DENSE_BLOCKS = {
    121: (6, 12, 24, 16),
    161: (6, 12, 36, 24),
    169: (6, 12, 32, 32),
    201: (6, 12, 48, 32),
}


def torch_densenet(depth: int, dot: str = "") -> Names:
    """torchvision's and timm's DenseNet; in torchvision's own files `dot` parts each kind from its number."""
    layer = [f"{kind}{dot}{i}" for i in (1, 2) for kind in ("norm", "conv")]
    names = {"conv1": ["features.conv0", "features.norm0"]}
    for block, layers in enumerate(DENSE_BLOCKS[depth], start=1):
        places = [f"features.denseblock{block}.denselayer{i}" for i in range(1, layers + 1)]
        names[f"dense{block}"] = [name for place in places for name in under(place, *layer)]
        names[f"transition{block}"] = under(f"features.transition{block}", "norm", "conv")
    del names["transition4"]
    return names | {"predictions": ["features.norm5", "classifier"]}


def timm_senet(depths: tuple[int, ...], stem: int) -> Names:
    """timm's ports of SENet; `stem` is how many convolutions come before the first pool."""
    block = [f"{kind}{i}" for i in (1, 2, 3) for kind in ("conv", "bn")]
    names = {"conv1": [f"layer0.{kind}{i}" for i in range(1, stem + 1) for kind in ("conv", "bn")]}
    for stage, blocks in enumerate(depths, start=1):
        for i in range(blocks):
            shortcut = ["downsample.0", "downsample.1"] if i == 0 else []
            gate = ["se_module.fc1", "se_module.fc2"]
            names[f"conv{stage + 1}_{i + 1}"] = under(f"layer{stage}.{i}", *shortcut, *block, *gate)
    return names | {"predictions": ["last_linear"]}


def keras_resnext(depth: int, classifier: str) -> Names:
    """keras-applications' ResNeXt, which Keras no longer builds."""
    names = {"conv1": ["conv1_conv", "conv1_bn"]}
    for stage, blocks in enumerate(DEPTHS[depth], start=2):
        for i in range(1, blocks + 1):
            convolutions = range(0 if i == 1 else 1, 4)
            block = [f"{k}_{kind}" for k in convolutions for kind in ("conv", "bn")]
            names[f"conv{stage}_{i}"] = [f"conv{stage}_block{i}_{name}" for name in block]
    return names | {"predictions": [classifier]}


def onnx_resnet50() -> Names:
    """Caffe2's ResNet-50; it was trained on a GPU, hence the names."""
    names = {"conv1": ["gpu_0/conv1", "gpu_0/res_conv1_bn"]}
    for stage, blocks in enumerate(DEPTHS[50], start=2):
        for i in range(blocks):
            branches = (["branch1"] if i == 0 else []) + ["branch2a", "branch2b", "branch2c"]
            block = [name + kind for name in branches for kind in ("", "_bn")]
            names[f"conv{stage}_{i + 1}"] = [f"gpu_0/res{stage}_{i}_{name}" for name in block]
    return names | {"predictions": ["gpu_0/pred"]}


def torch_alexnet() -> Names:
    convolutions = {f"conv{i}": [f"features.{k}"] for i, k in enumerate((0, 3, 6, 8, 10), start=1)}
    return convolutions | {f"fc{i}": [f"classifier.{k}"] for i, k in ((6, 1), (7, 4), (8, 6))}


def torch_vgg(depth: int, dense: tuple[str, str, str]) -> Names:
    """Convolutions are numbered together with the ReLU after each and the pool after each stage."""
    names, i = {}, 0
    for stage, convolutions in enumerate(VGG[depth], start=1):
        for k in range(1, convolutions + 1):
            names[f"conv{stage}_{k}"] = [f"features.{i}"]
            i += 2
        i += 1
    return names | {f"fc{k}": [name] for k, name in enumerate(dense, start=6)}


def caffe_alexnet() -> Names:
    return {name: [name] for name in ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")}


def caffe_vgg19() -> Names:
    stages = enumerate(VGG[19], start=1)
    convolutions = [f"conv{stage}_{k}" for stage, depth in stages for k in range(1, depth + 1)]
    return {name: [name] for name in (*convolutions, "fc6", "fc7", "fc8")}


def caffe_inception_v1() -> Names:
    towers = ("1x1", "3x3_reduce", "3x3", "5x5_reduce", "5x5", "pool_proj")
    names = {"stem": ["conv1/7x7_s2", "conv2/3x3_reduce", "conv2/3x3"]}
    for module in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"):
        names[f"inception_{module}"] = [f"inception_{module}/{tower}" for tower in towers]
    return names | {"predictions": ["loss3/classifier"]}


def normalized(prefix: str, *convolutions: str) -> list[str]:
    """timm's convolutions, each with its batch normalization."""
    return [f"{prefix}.{name}.{kind}" for name in convolutions for kind in ("conv", "bn")]


def timm_inception_v4() -> Names:
    first = [name for i in range(3) for name in (f"features.{i}.conv", f"features.{i}.bn")]
    forked = [f"branch{tower}.{i}" for tower, depth in ((0, 2), (1, 4)) for i in range(depth)]
    names = {"stem": first + normalized("features.3", "conv") + normalized("features.4", *forked)}
    names["stem"] += normalized("features.5", "conv")
    a = (
        ["branch0"]
        + [f"branch{tower}.{i}" for tower, n in ((1, 2), (2, 3)) for i in range(n)]
        + ["branch3.1"]
    )
    b = (
        ["branch0"]
        + [f"branch{tower}.{i}" for tower, n in ((1, 3), (2, 5)) for i in range(n)]
        + ["branch3.1"]
    )
    c = ["branch0", "branch1_0", "branch1_1a", "branch1_1b", "branch2_0", "branch2_1", "branch2_2"]
    c += ["branch2_3a", "branch2_3b", "branch3.1"]
    names |= {f"inception_a{i}": normalized(f"features.{5 + i}", *a) for i in range(1, 5)}
    names["reduction_a"] = normalized("features.10", "branch0", "branch1.0", "branch1.1", "branch1.2")
    names |= {f"inception_b{i}": normalized(f"features.{10 + i}", *b) for i in range(1, 8)}
    names["reduction_b"] = normalized("features.18", *forked)
    names |= {f"inception_c{i}": normalized(f"features.{18 + i}", *c) for i in range(1, 4)}
    return names | {"predictions": ["last_linear"]}


def timm_inception_resnet_v2() -> Names:
    def module(prefix: str, *towers: int) -> list[str]:
        """One convolution in the first tower, `towers` in the others, each with its batch normalization."""
        others = [f"branch{tower}.{i}" for tower, n in enumerate(towers, start=1) for i in range(n)]
        return normalized(prefix, "branch0", *others)

    def residual(prefix: str, *towers: int) -> list[str]:
        return [*module(prefix, *towers), f"{prefix}.conv2d"]

    stem = [f"conv2d_{name}.{kind}" for name in ("1a", "2a", "2b", "3b", "4a") for kind in ("conv", "bn")]
    names = {"stem": stem}
    names["inception_a"] = module("mixed_5b", 2, 3) + normalized("mixed_5b", "branch3.1")
    names |= {f"inception_resnet_a{i}": residual(f"repeat.{i - 1}", 2, 3) for i in range(1, 11)}
    names["reduction_a"] = module("mixed_6a", 3)
    names |= {f"inception_resnet_b{i}": residual(f"repeat_1.{i - 1}", 3) for i in range(1, 21)}
    reduction_b = [f"branch{tower}.{i}" for tower, n in enumerate((2, 2, 3)) for i in range(n)]
    names["reduction_b"] = normalized("mixed_7a", *reduction_b)
    names |= {f"inception_resnet_c{i}": residual(f"repeat_2.{i - 1}", 3) for i in range(1, 10)}
    names["inception_resnet_c10"] = residual("block8", 3)
    return names | {"predictions": ["conv2d_7b.conv", "conv2d_7b.bn", "classif"]}


def timm_xception() -> Names:
    def block(number: int, *places: int, skip: bool = True) -> list[str]:
        """`places` are those of the separable convolutions; the batch normalization of each comes next."""
        main = [f"rep.{place + i}" for place in places for i in (0, 1)]
        return under(f"block{number}", *main, *(["skip", "skipbn"] if skip else []))

    names = {"entry_module1": ["conv1", "bn1", "conv2", "bn2", *block(1, 0, 3)]}
    names |= {"entry_module2": block(2, 1, 4), "entry_module3": block(3, 1, 4)}
    names |= {f"middle_module{i}": block(3 + i, 1, 4, 7, skip=False) for i in range(1, 9)}
    names["exit_module1"] = block(12, 1, 4)
    names["exit_module2"] = ["conv3", "bn3", "conv4", "bn4"]
    return names | {"predictions": ["fc"]}


CONVNEXT = {"tiny": (3, 3, 9, 3), "small": (3, 3, 27, 3), "base": (3, 3, 27, 3)}


def torch_convnext(variant: str) -> Names:
    names = {"stem": ["features.0.0", "features.0.1"]}
    block = ("block.0", "block.2", "block.3", "block.5", "layer_scale")
    for stage, blocks in enumerate(CONVNEXT[variant], start=1):
        if stage > 1:
            names[f"downsample{stage}"] = under(f"features.{2 * stage - 2}", "0", "1")
        names |= {
            f"stage{stage}_{i + 1}": under(f"features.{2 * stage - 1}.{i}", *block) for i in range(blocks)
        }
    return names | {"predictions": ["classifier.0", "classifier.2"]}


def timm_convnext(variant: str) -> Names:
    names = {"stem": ["stem.0", "stem.1"]}
    block = ("conv_dw", "norm", "mlp.fc1", "mlp.fc2", "gamma")
    for stage, blocks in enumerate(CONVNEXT[variant], start=1):
        place = f"stages.{stage - 1}"
        if stage > 1:
            names[f"downsample{stage}"] = under(place, "downsample.0", "downsample.1")
        names |= {f"stage{stage}_{i + 1}": under(f"{place}.blocks.{i}", *block) for i in range(blocks)}
    return names | {"predictions": ["head.norm", "head.fc"]}


def steps(*kinds: str) -> list[str]:
    """torchvision's names of the steps in a block; a convolution has its batch normalization."""
    parts = {"conv": ("0", "1"), "gate": ("fc1", "fc2")}
    return [f"block.{i}.{part}" for i, kind in enumerate(kinds) for part in parts[kind]]


PLAIN, GATED = ("conv", "conv", "conv"), ("conv", "conv", "gate", "conv")
MOBILENET_V3 = {  # which blocks after the first, which does not widen, have a gate
    "large": (False, False, True, True, True, False, False, False, False, *[True] * 5),
    "small": (False, False, *[True] * 8),
}


SHUFFLENET_V2 = (4, 8, 4)


def torch_shufflenet_v2() -> Names:
    """The first unit of a stage has two branches; in the others one half of the maps passes."""
    names = {"conv1": ["conv1.0", "conv1.1"]}
    left, right = (
        [f"branch{n}.{i}" for i in places] for n, places in ((1, range(4)), (2, (0, 1, 3, 4, 5, 6)))
    )
    for stage, depth in enumerate(SHUFFLENET_V2, start=2):
        for i in range(depth):
            block = [*left, *right] if i == 0 else right
            names[f"stage{stage}_{i + 1}"] = under(f"stage{stage}.{i}", *block)
    return names | {"conv5": ["conv5.0", "conv5.1"], "predictions": ["fc"]}


def torch_squeezenet(fires: Sequence[int]) -> Names:
    """The layers are numbered, pools and ReLU among them; `fires` are the numbers of the fire modules."""
    names = {"conv1": ["features.0"], "conv10": ["classifier.1"]}
    for module, number in enumerate(fires, start=2):
        names[f"fire{module}"] = under(f"features.{number}", "squeeze", "expand1x1", "expand3x3")
    return names


def torch_mobilenet_v2() -> Names:
    names = {"conv1": ["features.0.0", "features.0.1"]}
    for i in range(1, 18):
        widened = ["conv.0.0", "conv.0.1"] if i > 1 else []
        at = len(widened) // 2
        block = [*widened, *(f"conv.{at}.{k}" for k in (0, 1)), f"conv.{at + 1}", f"conv.{at + 2}"]
        names[f"block{i}"] = under(f"features.{i}", *block)
    return names | {"head": ["features.18.0", "features.18.1"], "predictions": ["classifier.1"]}


def torch_mobilenet_v3(variant: str) -> Names:
    first = steps("conv", "conv") if variant == "large" else steps("conv", "gate", "conv")
    blocks = [first, *(steps(*(GATED if gated else PLAIN)) for gated in MOBILENET_V3[variant])]
    names = {"conv1": ["features.0.0", "features.0.1"]}
    names |= {f"block{i}": under(f"features.{i}", *block) for i, block in enumerate(blocks, start=1)}
    names["head"] = under(f"features.{len(blocks) + 1}", "0", "1")
    return names | {"fc": ["classifier.0"], "predictions": ["classifier.3"]}


def timm_mobilenet() -> Names:
    names, block = {"conv1": ["conv_stem", "bn1"]}, 1
    for stage, blocks in enumerate((1, 2, 2, 6, 2)):
        for i in range(blocks):
            names[f"block{block}"] = under(f"blocks.{stage}.{i}", "conv_dw", "bn1", "conv_pw", "bn2")
            block += 1
    return names | {"predictions": ["classifier"]}


EFFICIENTNET = (1, 2, 2, 3, 3, 4, 1)
DEEPER = (1.0, 1.1, 1.2, 1.4, 1.8, 2.2, 2.6, 3.1)
EFFICIENTNET_V2_S = (2, 4, 4, 6, 9, 15)


def scaled(n: int) -> list[int]:
    """The blocks in each stage of EfficientNet-Bn; numbers are rounded up."""
    return [-int(-blocks * DEEPER[n] // 1) for blocks in EFFICIENTNET]


def stages(depths: Sequence[int], prefix: str, first: int, block: Callable[[int], list[str]]) -> Names:
    """The blocks of every stage; `block` gives the names in one of that stage, `first` the first's number."""
    return {
        f"stage{stage}_{i + 1}": under(f"{prefix}.{stage - 1 + first}.{i}", *block(stage))
        for stage, depth in enumerate(depths, start=1)
        for i in range(depth)
    }


TIMM_GATE = ["se.conv_reduce", "se.conv_expand"]
TIMM_GATED = ["conv_pw", "bn1", "conv_dw", "bn2", *TIMM_GATE, "conv_pwl", "bn3"]
TIMM_ENDS = {"stem": ["conv_stem", "bn1"], "head": ["conv_head", "bn2"], "predictions": ["classifier"]}


def torch_ends(last: int) -> Names:
    head = [f"features.{last}.0", f"features.{last}.1"]
    return {"stem": ["features.0.0", "features.0.1"], "head": head, "predictions": ["classifier.1"]}


def timm_efficientnet(n: int) -> Names:
    first = ["conv_dw", "bn1", *TIMM_GATE, "conv_pw", "bn2"]
    return TIMM_ENDS | stages(scaled(n), "blocks", 0, lambda stage: first if stage == 1 else TIMM_GATED)


def torch_efficientnet(n: int) -> Names:
    first, others = steps("conv", "gate", "conv"), steps(*GATED)
    return torch_ends(8) | stages(scaled(n), "features", 1, lambda stage: first if stage == 1 else others)


def timm_efficientnet_v2() -> Names:
    fused = {1: ["conv", "bn1"], 2: ["conv_exp", "bn1", "conv_pwl", "bn2"]}
    fused[3] = fused[2]
    return TIMM_ENDS | stages(EFFICIENTNET_V2_S, "blocks", 0, lambda stage: fused.get(stage, TIMM_GATED))


def torch_efficientnet_v2() -> Names:
    fused = {1: steps("conv"), 2: steps("conv", "conv"), 3: steps("conv", "conv")}
    gated = steps(*GATED)
    return torch_ends(7) | stages(EFFICIENTNET_V2_S, "features", 1, lambda stage: fused.get(stage, gated))
