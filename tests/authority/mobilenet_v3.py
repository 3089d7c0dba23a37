"""MobileNetV3: what its paper and independent implementations say, typed by hand from them."""

from authority import Peer, Row

PAPERS = {
    "MOBILENET_V3": (
        "Searching for MobileNetV3",
        ("Andrew Howard", "Hartwig Adam", 12),
        "2019-05",
        "1905.02244",
    )
}

NETWORKS = {
    "mobilenet_v3_large": Row(
        "MobileNetV3-Large",
        "MOBILENET_V3",
        depth=48,
        field=595,
        last_map=(7, 7, 960),
        accuracy=(75.6, None, "Keras' weights"),
        landmarks={
            "conv1": (112, 112, 16),
            "block3": (56, 56, 24),
            "block6": (28, 28, 40),
            "block10": (14, 14, 80),
            "block12": (14, 14, 112),
            "block15": (7, 7, 160),
            "head": (7, 7, 960),
        },
    ),
    "mobilenet_v3_small": Row(
        "MobileNetV3-Small",
        "MOBILENET_V3",
        depth=36,
        field=639,
        last_map=(7, 7, 576),
        accuracy=(68.1, None, "Keras' weights"),
        landmarks={
            "conv1": (112, 112, 16),
            "block1": (56, 56, 16),
            "block3": (28, 28, 24),
            "block6": (14, 14, 40),
            "block8": (14, 14, 48),
            "block11": (7, 7, 96),
            "head": (7, 7, 576),
        },
    ),
}


def large(peers, size):
    return peers.padded_as_tensorflow(peers.models.mobilenet_v3_large(num_classes=peers.N_CLASSES))


def small(peers, size):
    return peers.padded_as_tensorflow(peers.models.mobilenet_v3_small(num_classes=peers.N_CLASSES))


PEERS = {"mobilenet_v3_large": Peer(large), "mobilenet_v3_small": Peer(small)}
MISTAKES = {
    "mobilenet_v3: gate before the activation": (
        "mobilenet_v3_small",
        """    y = layers.Activation(activation, name=f"{name}_depthwise_{activation}")(y)
    if gated:
        y = hard_gate(y, round8(inside / 4), f"{name}_gate")
""",
        """    if gated:
        y = hard_gate(y, round8(inside / 4), f"{name}_gate")
    y = layers.Activation(activation, name=f"{name}_depthwise_{activation}")(y)
""",
    ),
    "mobilenet_v3: swish for the hard swish": (
        "mobilenet_v3_small",
        'RE, HS = "relu", "hard_swish"',
        'RE, HS = "relu", "swish"',
    ),
}

APPLICATIONS = {
    "mobilenet_v3_large": ("MobileNetV3Large", (65, 64, 3)),
    "mobilenet_v3_small": ("MobileNetV3Small", (65, 64, 3)),
}
APPLICATION_MISTAKES = {
    "mobilenet_v3: sigmoid for the hard sigmoid": (
        "mobilenet_v3_small",
        'activation="hard_sigmoid"',
        'activation="sigmoid"',
    ),
}
