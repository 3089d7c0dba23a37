"""ShuffleNet v2: what its paper and independent implementations say, typed by hand from them."""

from authority import Peer, Row

PAPERS = {
    "SHUFFLENET_V2": (
        "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design",
        ("Ningning Ma", "Jian Sun", 4),
        "2018-07",
        "1807.11164",
    )
}

NETWORKS = {
    "shufflenet_v2": Row(
        "ShuffleNet v2",
        "SHUFFLENET_V2",
        depth=51,
        field=527,
        last_map=(7, 7, 1024),
        accuracy=(69.4, 88.3, "torchvision's weights"),
        landmarks={
            "conv1": (112, 112, 24),
            "pool1": (56, 56, 24),
            "stage2_4": (28, 28, 116),
            "stage3_8": (14, 14, 232),
            "stage4_4": (7, 7, 464),
            "conv5": (7, 7, 1024),
        },
    )
}

# Trainable and other parameters, multiply-adds.
OPTIONS = [
    ("shufflenet_v2", {"scale": 0.5}, 1_366_792, 7_952, 40_476_448),
    ("shufflenet_v2", {"scale": 1.5}, 3_503_624, 23_440, 295_759_392),
    ("shufflenet_v2", {"scale": 2.0}, 7_393_996, 33_716, 583_253_464),
]


def torchvision(name):
    def build(peers, size):
        peer = getattr(peers.models, name)(num_classes=peers.N_CLASSES)
        return peer, peers.weighted(peer)

    return build


PEERS = {
    "shufflenet_v2": Peer(torchvision("shufflenet_v2_x1_0")),
    "shufflenet_v2-0.5": Peer(
        torchvision("shufflenet_v2_x0_5"), options={"scale": 0.5}, network="shufflenet_v2"
    ),
}
MISTAKES = {
    "shufflenet_v2: no shuffle": ("shufflenet_v2", "[half * (i % 2) + i // 2 for", "[i for"),
    "shufflenet_v2: every second map": (
        "shufflenet_v2",
        "half * (i % 2) + i // 2",
        "i // half + 2 * (i % half)",
    ),
    "shufflenet_v2: ReLU after the depthwise": (
        "shufflenet_v2",
        """layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x)


def channel""",
        """layers.ReLU()(layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(x))


def channel""",
    ),
    "shufflenet_v2: the other half passes": (
        "shufflenet_v2",
        "left, right = ops.split(x, 2, axis=-1)",
        "right, left = ops.split(x, 2, axis=-1)",
    ),
}
