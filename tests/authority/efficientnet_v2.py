"""EfficientNetV2: what its paper and independent implementations say, typed by hand from them."""

from authority import Peer, Row

PAPERS = {
    "EFFICIENTNET_V2": (
        "EfficientNetV2: Smaller Models and Faster Training",
        ("Mingxing Tan", "Quoc V. Le", 2),
        "2021-04",
        "2104.00298",
    )
}

NETWORKS = {
    "efficientnet_v2_s": Row(
        "EfficientNetV2-S",
        "EFFICIENTNET_V2",
        depth=111,
        field=1487,
        last_map=(12, 12, 1280),
        accuracy=(83.9, 96.7, "Keras' weights"),
        landmarks={
            "stem": (192, 192, 24),
            "stage1_2": (192, 192, 24),
            "stage2_4": (96, 96, 48),
            "stage3_4": (48, 48, 64),
            "stage4_6": (24, 24, 128),
            "stage5_9": (24, 24, 160),
            "stage6_15": (12, 12, 256),
            "head": (12, 12, 1280),
        },
    ),
}


def timms(peers, size):
    peer = peers.timm.create_model("tf_efficientnetv2_s", num_classes=peers.N_CLASSES)
    return peer, peers.weighted(peer)


def torchvisions(peers, size):
    return peers.padded_as_tensorflow(peers.models.efficientnet_v2_s(num_classes=peers.N_CLASSES))


# In float32 the rounding of so many layers on maps of 2x4 grows beyond the bound.
PEERS = {
    "efficientnet_v2_s": Peer(timms, precisions=("float64",)),
    "efficientnet_v2_s-torchvision": Peer(torchvisions, precisions=("float64",), network="efficientnet_v2_s"),
}
MISTAKES = {
    "efficientnet_v2: gate before the activation": (
        "efficientnet_v2_s",
        """    y = norm_swish(layers.DepthwiseConv2D(3, strides, "same", **options)(y), f"{name}_depthwise")
    y = conv(gate(y, max(1, x.shape[-1] // 4), f"{name}_gate"), width, 1, 1, f"{name}_project")
""",
        """    y = layers.BatchNormalization()(layers.DepthwiseConv2D(3, strides, "same", **options)(y))
    y = layers.Activation("swish")(gate(y, max(1, x.shape[-1] // 4), f"{name}_gate"))
    y = conv(y, width, 1, 1, f"{name}_project")
""",
    ),
}

APPLICATIONS = {"efficientnet_v2_s": ("EfficientNetV2S", (65, 64, 3))}
