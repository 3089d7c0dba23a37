"""EfficientNet: what its paper and independent implementations say, typed by hand from them."""

from authority import Peer, Row

PAPERS = {
    "EFFICIENTNET": (
        "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
        ("Mingxing Tan", "Quoc V. Le", 2),
        "2019-05",
        "1905.11946",
    )
}

NETWORKS = {
    "efficientnet_b0": Row(
        "EfficientNet-B0",
        "EFFICIENTNET",
        depth=50,
        field=851,
        last_map=(7, 7, 1280),
        accuracy=(77.1, 93.3, "the paper"),
        landmarks={
            "stem": (112, 112, 32),
            "stage1_1": (112, 112, 16),
            "stage2_2": (56, 56, 24),
            "stage3_2": (28, 28, 40),
            "stage4_3": (14, 14, 80),
            "stage5_3": (14, 14, 112),
            "stage6_4": (7, 7, 192),
            "stage7_1": (7, 7, 320),
            "head": (7, 7, 1280),
        },
    ),
    "efficientnet_b1": Row(
        "EfficientNet-B1",
        "EFFICIENTNET",
        depth=70,
        field=1183,
        last_map=(8, 8, 1280),
        accuracy=(79.1, 94.4, "the paper"),
        landmarks={"stage1_2": (120, 120, 16), "stage3_3": (30, 30, 40), "stage7_2": (8, 8, 320)},
    ),
    "efficientnet_b2": Row(
        "EfficientNet-B2",
        "EFFICIENTNET",
        depth=70,
        field=1183,
        last_map=(9, 9, 1408),
        accuracy=(80.1, 94.9, "the paper"),
    ),
    "efficientnet_b3": Row(
        "EfficientNet-B3",
        "EFFICIENTNET",
        depth=79,
        field=1407,
        last_map=(10, 10, 1536),
        accuracy=(81.6, 95.7, "the paper"),
    ),
    "efficientnet_b4": Row(
        "EfficientNet-B4",
        "EFFICIENTNET",
        depth=97,
        field=1799,
        last_map=(12, 12, 1792),
        accuracy=(82.9, 96.4, "the paper"),
    ),
    "efficientnet_b5": Row(
        "EfficientNet-B5",
        "EFFICIENTNET",
        depth=117,
        field=2131,
        last_map=(15, 15, 2048),
        accuracy=(83.6, 96.7, "the paper"),
    ),
    "efficientnet_b6": Row(
        "EfficientNet-B6",
        "EFFICIENTNET",
        depth=135,
        field=2523,
        last_map=(17, 17, 2304),
        accuracy=(84.0, 96.8, "the paper"),
    ),
    "efficientnet_b7": Row(
        "EfficientNet-B7",
        "EFFICIENTNET",
        depth=164,
        field=3079,
        last_map=(19, 19, 2560),
        accuracy=(84.3, 97.0, "the paper"),
        landmarks={"stage1_4": (300, 300, 32), "stage4_10": (38, 38, 160), "head": (19, 19, 2560)},
    ),
}


def timms(peers, size):
    peer = peers.timm.create_model("tf_efficientnet_b0", num_classes=peers.N_CLASSES)
    return peer, peers.weighted(peer)


def torchvisions(peers, size):
    return peers.padded_as_tensorflow(peers.models.efficientnet_b4(num_classes=peers.N_CLASSES))


PEERS = {"efficientnet_b0": Peer(timms), "efficientnet_b4": Peer(torchvisions)}
MISTAKES = {
    "efficientnet: windows padded alike on every side": (
        "efficientnet_b0",
        'layers.DepthwiseConv2D(kernel, strides, "same", **options)(y)',
        "layers.DepthwiseConv2D(kernel, strides, **options)(layers.ZeroPadding2D(kernel // 2)(y))",
    ),
}

APPLICATIONS = {f"efficientnet_b{n}": (f"EfficientNetB{n}", (65, 64, 3)) for n in range(8)}
APPLICATION_MISTAKES = {
    "efficientnet: ReLU for swish": (
        "efficientnet_b0",
        'layers.Activation("swish"',
        'layers.Activation("relu"',
    ),
    "efficientnet: gate before the activation": (
        "efficientnet_b0",
        """f"{name}_depthwise")
    y = conv(gate(y, max(1, x.shape[-1] // 4), f"{name}_gate"), width, 1, 1, f"{name}_project")
""",
        """f"{name}_depthwise")
    before = y._keras_history.operation.input
    y = layers.Activation("swish")(gate(before, max(1, x.shape[-1] // 4), f"{name}_gate"))
    y = conv(y, width, 1, 1, f"{name}_project")
""",
    ),
    "efficientnet: strides of the first print": (
        "efficientnet_b0",
        """    (3, 6, 80, 3, 2),  # 14x14
    (5, 6, 112, 3, 1),  # 14x14
""",
        """    (3, 6, 80, 3, 1),
    (5, 6, 112, 3, 2),
""",
    ),
}
