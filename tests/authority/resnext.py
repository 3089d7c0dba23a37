"""ResNeXt: what its paper and independent implementations say, typed by hand from them."""

from authority import Peer, Row

PAPERS = {
    "RESNEXT": (
        "Aggregated Residual Transformations for Deep Neural Networks",
        ("Saining Xie", "Kaiming He", 5),
        "2016-11",
        "1611.05431",
    )
}

NETWORKS = {
    "resnext50": Row(
        "ResNeXt-50 (32×4d)",
        "RESNEXT",
        depth=50,
        field=427,
        last_map=(7, 7, 2048),
        accuracy=(77.8, None, "the paper"),
        landmarks={
            "conv2_3": (56, 56, 256),
            "conv3_4": (28, 28, 512),
            "conv4_6": (14, 14, 1024),
            "conv5_3": (7, 7, 2048),
        },
    ),
    "resnext101": Row(
        "ResNeXt-101 (32×4d)",
        "RESNEXT",
        depth=101,
        field=971,
        last_map=(7, 7, 2048),
        accuracy=(78.8, 94.4, "the paper"),
        landmarks={"conv4_23": (14, 14, 1024), "conv5_3": (7, 7, 2048)},
    ),
    "resnext101_64x4d": Row(
        "ResNeXt-101 (64×4d)",
        "RESNEXT",
        depth=101,
        field=971,
        last_map=(7, 7, 2048),
        accuracy=(79.6, 94.7, "the paper"),
        landmarks={"conv4_23": (14, 14, 1024), "conv5_3": (7, 7, 2048)},
    ),
    "resnext101_32x8d": Row(
        "ResNeXt-101 (32×8d)",
        "RESNEXT",
        depth=101,
        field=971,
        last_map=(7, 7, 2048),
        accuracy=(79.3, 94.5, "torchvision's weights"),
        landmarks={"conv4_23": (14, 14, 1024), "conv5_3": (7, 7, 2048)},
    ),
}

PEERS = {
    "resnext101_32x8d": Peer(lambda peers, size: peers.torchvision_resnet("resnext101_32x8d")),
}
