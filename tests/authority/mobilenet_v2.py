"""MobileNetV2: what its paper and independent implementations say, typed by hand from them."""

from authority import Peer, Row

PAPERS = {
    "MOBILENET_V2": (
        "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
        ("Mark Sandler", "Liang-Chieh Chen", 5),
        "2018-01",
        "1801.04381",
    )
}

NETWORKS = {
    "mobilenet_v2": Row(
        "MobileNetV2",
        "MOBILENET_V2",
        depth=53,
        field=491,
        last_map=(7, 7, 1280),
        accuracy=(71.3, 90.1, "Keras' weights"),
        landmarks={
            "conv1": (112, 112, 32),
            "block1": (112, 112, 16),
            "block3": (56, 56, 24),
            "block6": (28, 28, 32),
            "block10": (14, 14, 64),
            "block13": (14, 14, 96),
            "block16": (7, 7, 160),
            "block17": (7, 7, 320),
            "head": (7, 7, 1280),
        },
    ),
}

# Trainable and other parameters, multiply-adds.
OPTIONS = [
    ("mobilenet_v2", {"alpha": 1.4}, 6_108_776, 47_936, 582_195_824),
    ("mobilenet_v2", {"alpha": 0.75}, 2_636_424, 26_640, 209_069_792),
    ("mobilenet_v2", {"alpha": 0.5}, 1_968_680, 18_544, 97_131_840),
    ("mobilenet_v2", {"alpha": 0.35}, 1_677_128, 14_080, 59_285_808),
]


def torchvisions(peers, size):
    return peers.padded_as_tensorflow(peers.models.mobilenet_v2(num_classes=peers.N_CLASSES))


def timms_wider(peers, size):
    return peers.padded_as_tensorflow(peers.timm.create_model("mobilenetv2_140", num_classes=peers.N_CLASSES))


PEERS = {
    "mobilenet_v2": Peer(torchvisions),
    "mobilenet_v2-1.4": Peer(timms_wider, options={"alpha": 1.4}, network="mobilenet_v2"),
}
MISTAKES = {
    "mobilenet_v2: ReLU6 after the addition": (
        "mobilenet_v2",
        'layers.Add(name=name)([x, conv_bn_997(y, width, 1, 1, f"{name}_project")])',
        'layers.ReLU(6.0)(layers.Add()([x, conv_bn_997(y, width, 1, 1, f"{name}_project")]))',
    ),
}

APPLICATIONS = {"mobilenet_v2": ("MobileNetV2", (65, 64, 3))}
APPLICATION_MISTAKES = {
    "mobilenet_v2: ReLU6 after a linear bottleneck": (
        "mobilenet_v2",
        'layers.Add(name=name)([x, conv_bn_997(y, width, 1, 1, f"{name}_project")])',
        'layers.Add(name=name)([x, layers.ReLU(6.0)(conv_bn_997(y, width, 1, 1, f"{name}_project"))])',
    ),
}
