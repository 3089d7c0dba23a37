"""MobileNet: what its paper and independent implementations say, typed by hand from them."""

from authority import Peer, Row

PAPERS = {
    "MOBILENET": (
        "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications",
        ("Andrew G. Howard", "Hartwig Adam", 8),
        "2017-04",
        "1704.04861",
    )
}

NETWORKS = {
    "mobilenet": Row(
        "MobileNet",
        "MOBILENET",
        depth=28,
        field=315,
        last_map=(7, 7, 1024),
        accuracy=(70.4, 89.5, "Keras' weights"),
        landmarks={
            "conv1": (112, 112, 32),
            "block1": (112, 112, 64),
            "block3": (56, 56, 128),
            "block5": (28, 28, 256),
            "block11": (14, 14, 512),
            "block13": (7, 7, 1024),
        },
    ),
}

# Trainable and other parameters, multiply-adds.
OPTIONS = [
    ("mobilenet", {"alpha": 0.75}, 2_585_560, 16_416, 325_400_448),
    ("mobilenet", {"alpha": 0.5}, 1_331_592, 10_944, 149_497_088),
    ("mobilenet", {"alpha": 0.25}, 470_072, 5_472, 41_030_272),
]


def timms(peers, size):
    return peers.padded_as_tensorflow(peers.timm.create_model("mobilenetv1_100", num_classes=peers.N_CLASSES))


PEERS = {"mobilenet": Peer(timms)}
MISTAKES = {
    "mobilenet: windows padded alike on every side": (
        "mobilenet",
        'layers.DepthwiseConv2D(3, strides, "same", **options)(x)',
        "layers.DepthwiseConv2D(3, strides, **options)(layers.ZeroPadding2D(1)(x))",
    ),
}

# keras.applications aligns maps of odd sides in its own way.
APPLICATIONS = {"mobilenet": ("MobileNet", (96, 64, 3))}
APPLICATION_MISTAKES = {
    "mobilenet: ReLU for ReLU6": ("mobilenet", "layers.ReLU(6.0, ", "layers.ReLU("),
    "mobilenet: windows padded alike on every side": MISTAKES[
        "mobilenet: windows padded alike on every side"
    ],
}
