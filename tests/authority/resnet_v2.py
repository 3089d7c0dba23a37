"""ResNet v2: what its paper and independent implementations say, typed by hand from them."""

from authority import Peer, Row

PAPERS = {
    "RESNET_V2": (
        "Identity Mappings in Deep Residual Networks",
        ("Kaiming He", "Jian Sun", 4),
        "2016-03",
        "1603.05027",
    )
}

NETWORKS = {
    "resnet50_v2": Row(
        "ResNet-50 v2",
        "RESNET_V2",
        depth=50,
        field=427,
        last_map=(7, 7, 2048),
        landmarks={
            "conv2_3": (56, 56, 256),
            "conv3_4": (28, 28, 512),
            "conv4_6": (14, 14, 1024),
            "conv5_3": (7, 7, 2048),
            "post_relu": (7, 7, 2048),
        },
    ),
    "resnet101_v2": Row(
        "ResNet-101 v2",
        "RESNET_V2",
        depth=101,
        field=971,
        last_map=(7, 7, 2048),
        landmarks={
            "conv2_3": (56, 56, 256),
            "conv3_4": (28, 28, 512),
            "conv4_23": (14, 14, 1024),
            "conv5_3": (7, 7, 2048),
            "post_relu": (7, 7, 2048),
        },
    ),
    "resnet152_v2": Row(
        "ResNet-152 v2",
        "RESNET_V2",
        depth=152,
        field=1451,
        last_map=(7, 7, 2048),
        landmarks={
            "conv2_3": (56, 56, 256),
            "conv3_8": (28, 28, 512),
            "conv4_36": (14, 14, 1024),
            "conv5_3": (7, 7, 2048),
            "post_relu": (7, 7, 2048),
        },
    ),
}

OPTIONS = [
    ("resnet50_v2", {"slim": True}, 25568360, 45440, 3482255360),
    ("resnet101_v2", {"slim": True}, 44577896, 97664, 7194476544),
    ("resnet152_v2", {"slim": True}, 60236904, 143744, 10906697728),
]


def timm(name):
    """timm pools before the first normalization, the paper after its ReLU.

    As long as no gamma is negative that is the same, since both then keep the order of values.
    """

    def build(peers, size):
        peer = peers.timm.create_model(name, num_classes=peers.N_CLASSES)
        return peer, peers.weighted(peer, first=("norm1",))

    return build


PEERS = {
    "resnet50_v2": Peer(timm("resnetv2_50")),
    "resnet101_v2": Peer(timm("resnetv2_101"), precisions=("float64",)),
    "resnet152_v2": Peer(timm("resnetv2_152"), precisions=("float64",)),
}

MISTAKES = {
    "resnet_v2: stride on the first 1x1": (
        "resnet50_v2",
        """padded_conv(y, width, 1, 1, f"{name}_1")
    y = padded_conv(norm_relu(y, f"{name}_2"), width, 3, strides, f"{name}_2")""",
        """padded_conv(y, width, 1, strides, f"{name}_1")
    y = padded_conv(norm_relu(y, f"{name}_2"), width, 3, 1, f"{name}_2")""",
    ),
    "resnet_v2: ReLU after the addition": (
        "resnet50_v2",
        "layers.Add(name=name)([x, y])",
        "layers.ReLU()(layers.Add(name=name)([x, y]))",
    ),
    "resnet_v2: projection of what is not activated": (
        "resnet50_v2",
        'y = x if activated else norm_relu(x, f"{name}_1")',
        "y = x if activated else layers.BatchNormalization(epsilon=1e-5)(x)",
    ),
}

# Theirs is TF-Slim's form.
SLIM = {"slim": True}
APPLICATIONS = {
    "resnet50_v2": ("ResNet50V2", (65, 64, 3), SLIM),
    "resnet101_v2": ("ResNet101V2", (65, 64, 3), SLIM),
    "resnet152_v2": ("ResNet152V2", (65, 64, 3), SLIM),
}
APPLICATION_MISTAKES = {
    "stride in the first unit of a stage": (
        "resnet50_v2",
        "halves = i == depth - 1 and stage < 3 if slim else i == 0 and stage > 0",
        "halves = i == 0 and stage > 0",
    ),
    "shortcut of means": (
        "resnet50_v2",
        "layers.MaxPooling2D(1, strides,",
        'layers.AveragePooling2D(3, strides, "same",',
    ),
}
