"""SqueezeNet: what its paper and independent implementations say, typed by hand from them."""

from authority import Peer, Row

PAPERS = {
    "SQUEEZENET": (
        "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
        ("Forrest N. Iandola", "Kurt Keutzer", 6),
        "2016-02",
        "1602.07360",
    )
}

NETWORKS = {
    "squeezenet": Row(
        "SqueezeNet 1.0",
        "SQUEEZENET",
        depth=18,
        field=155,
        last_map=(13, 13, 1000),
        accuracy=(58.1, 80.4, "torchvision's weights"),
        landmarks={
            "conv1": (111, 111, 96),
            "pool1": (55, 55, 96),
            "fire4": (55, 55, 256),
            "fire8": (27, 27, 512),
            "fire9": (13, 13, 512),
            "conv10": (13, 13, 1000),
        },
    ),
    "squeezenet_1_1": Row(
        "SqueezeNet 1.1",
        "SQUEEZENET",
        depth=18,
        field=207,
        last_map=(13, 13, 1000),
        accuracy=(58.2, 80.6, "torchvision's weights"),
        landmarks={"conv1": (111, 111, 64), "fire3": (55, 55, 128), "fire5": (27, 27, 256)},
    ),
}


def torchvision(name):
    def build(peers, size):
        peer = getattr(peers.models, name)(num_classes=peers.N_CLASSES)
        return peer, peers.weighted(peer)

    return build


# torchvision's pools round sizes up, as Caffe's; with these sizes all maps are odd.
PEERS = {
    "squeezenet": Peer(torchvision("squeezenet1_0"), size=(51, 67)),
    "squeezenet_1_1": Peer(torchvision("squeezenet1_1"), size=(47, 63)),
}
MISTAKES = {
    "squeezenet: no ReLU behind conv10": (
        "squeezenet",
        'layers.Conv2D(n_classes, 1, activation="relu", ',
        "layers.Conv2D(n_classes, 1, ",
    ),
    "squeezenet: a pool one module later": (
        "squeezenet_1_1",
        "(64, 3), (3, 5)",
        "(64, 3), (3, 6)",
    ),
    "squeezenet: averages for maxima": (
        "squeezenet_1_1",
        "layers.MaxPooling2D(3, 2, name=f",
        "layers.AveragePooling2D(3, 2, name=f",
    ),
}
