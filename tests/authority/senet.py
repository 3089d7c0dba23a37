"""SENet: what its paper and independent implementations say, typed by hand from them."""

from authority import Peer, Row

PAPERS = {"SENET": ("Squeeze-and-Excitation Networks", ("Jie Hu", "Enhua Wu", 5), "2017-09", "1709.01507")}

NETWORKS = {
    "se_resnet50": Row(
        "SE-ResNet-50",
        "SENET",
        depth=50,
        field=483,
        last_map=(7, 7, 2048),
        accuracy=(77.6, 93.6, "the authors' weights for Caffe"),
        landmarks={
            "conv1": (112, 112, 64),
            "conv2_3": (56, 56, 256),
            "conv3_4": (28, 28, 512),
            "conv4_6": (14, 14, 1024),
            "conv5_3": (7, 7, 2048),
            "conv5_3_gate_squeeze": (1, 1, 128),
        },
    ),
    "se_resnet101": Row(
        "SE-ResNet-101",
        "SENET",
        depth=101,
        field=1027,
        last_map=(7, 7, 2048),
        accuracy=(78.2, 94.3, "the authors' weights for Caffe"),
        landmarks={
            "conv1": (112, 112, 64),
            "conv2_3": (56, 56, 256),
            "conv3_4": (28, 28, 512),
            "conv4_23": (14, 14, 1024),
            "conv5_3": (7, 7, 2048),
            "conv5_3_gate_squeeze": (1, 1, 128),
        },
    ),
    "se_resnet152": Row(
        "SE-ResNet-152",
        "SENET",
        depth=152,
        field=1507,
        last_map=(7, 7, 2048),
        accuracy=(78.7, 94.5, "the authors' weights for Caffe"),
        landmarks={
            "conv1": (112, 112, 64),
            "conv2_3": (56, 56, 256),
            "conv3_8": (28, 28, 512),
            "conv4_36": (14, 14, 1024),
            "conv5_3": (7, 7, 2048),
            "conv5_3_gate_squeeze": (1, 1, 128),
        },
    ),
    "se_resnext50": Row(
        "SE-ResNeXt-50",
        "SENET",
        depth=50,
        field=427,
        last_map=(7, 7, 2048),
        accuracy=(79.0, 94.5, "the authors' weights for Caffe"),
        landmarks={
            "conv1": (112, 112, 64),
            "conv2_3": (56, 56, 256),
            "conv3_4": (28, 28, 512),
            "conv4_6": (14, 14, 1024),
            "conv5_3": (7, 7, 2048),
            "conv5_3_gate_squeeze": (1, 1, 128),
        },
    ),
    "se_resnext101": Row(
        "SE-ResNeXt-101",
        "SENET",
        depth=101,
        field=971,
        last_map=(7, 7, 2048),
        accuracy=(80.2, 95.0, "the authors' weights for Caffe"),
        landmarks={
            "conv1": (112, 112, 64),
            "conv2_3": (56, 56, 256),
            "conv3_4": (28, 28, 512),
            "conv4_23": (14, 14, 1024),
            "conv5_3": (7, 7, 2048),
            "conv5_3_gate_squeeze": (1, 1, 128),
        },
    ),
    "senet154": Row(
        "SENet-154",
        "SENET",
        depth=154,
        field=1455,
        last_map=(7, 7, 2048),
        accuracy=(81.3, 95.5, "the authors' weights for Caffe"),
        landmarks={
            "conv1": (112, 112, 128),
            "conv2_3": (56, 56, 256),
            "conv3_8": (28, 28, 512),
            "conv4_36": (14, 14, 1024),
            "conv5_3": (7, 7, 2048),
            "conv5_3_gate_squeeze": (1, 1, 128),
        },
    ),
}

# Maps of even size at the first pool, whose last window overhangs: 34, 17, 9, 5, 3 and 46, 23, 12, 6, 3.
SIZE = (68, 92)


def timm(name):
    """timm's ports of the authors' Caffe networks."""

    def build(peers, size):
        peer = peers.timm.create_model(name, num_classes=peers.N_CLASSES)
        return peer, peers.weighted(peer, first=("downsample",))

    return build


# Many gated blocks with gammas around 1 would amplify rounding until it hides what is compared.
PEERS = {
    "se_resnet50": Peer(timm("legacy_seresnet50"), SIZE, gammas=0.5),
    "se_resnet101": Peer(timm("legacy_seresnet101"), SIZE, gammas=0.5),
    "se_resnet152": Peer(timm("legacy_seresnet152"), SIZE, gammas=0.5),
    "se_resnext50": Peer(timm("legacy_seresnext50_32x4d"), SIZE, gammas=0.5),
    "se_resnext101": Peer(timm("legacy_seresnext101_32x4d"), SIZE, gammas=0.5),
    "senet154": Peer(timm("legacy_senet154"), SIZE, gammas=0.5),
}

MISTAKES = {
    "senet: stride on the 3x3": ("se_resnet50", "(1, 1), 1, (2, 1)", "(1, 1), 1, (1, 2)"),
    "senet: gate after the addition": (
        "se_resnet50",
        """squeeze_and_excite(grouped_conv_norm(y, widths[2], 1, 1, f"{name}_3"), f"{name}_gate")
    if x.shape != y.shape:
        kernel = 3 if of_3x3 and 2 in strides else 1
        x = grouped_conv_norm(x, widths[2], kernel, max(strides), f"{name}_shortcut")
    return layers.ReLU(name=name)(layers.Add(name=f"{name}_add")([x, y]))""",
        """grouped_conv_norm(y, widths[2], 1, 1, f"{name}_3")
    if x.shape != y.shape:
        kernel = 3 if of_3x3 and 2 in strides else 1
        x = grouped_conv_norm(x, widths[2], kernel, max(strides), f"{name}_shortcut")
    y = squeeze_and_excite(layers.Add(name=f"{name}_add")([x, y]), f"{name}_gate")
    return layers.ReLU(name=name)(y)""",
    ),
    "senet: gate of straight lines": ("se_resnet50", '"sigmoid"', '"hard_sigmoid"'),
    "senet: first pool padded alike on every side": (
        "se_resnet50",
        'layers.MaxPooling2D(3, 2, "same", name="pool1")(stem(inputs, of_3x3))',
        'layers.MaxPooling2D(3, 2, name="pool1")(layers.ZeroPadding2D(1)(stem(inputs, of_3x3)))',
    ),
}
