"""DenseNet: what its paper and independent implementations say, typed by hand from them."""

from authority import Peer, Row

PAPERS = {
    "DENSENET": (
        "Densely Connected Convolutional Networks",
        ("Gao Huang", "Kilian Q. Weinberger", 4),
        "2016-08",
        "1608.06993",
    )
}

NETWORKS = {
    "densenet121": Row(
        "DenseNet-121",
        "DENSENET",
        depth=121,
        field=2071,
        last_map=(7, 7, 1024),
        accuracy=(74.4, 92.0, "torchvision's weights"),
        landmarks={
            "conv1": (112, 112, 64),
            "pool1": (56, 56, 64),
            "dense1": (56, 56, 256),
            "transition1": (28, 28, 128),
            "dense2": (28, 28, 512),
            "transition2": (14, 14, 256),
            "dense3": (14, 14, 1024),
            "transition3": (7, 7, 512),
            "dense4": (7, 7, 1024),
        },
    ),
    "densenet169": Row(
        "DenseNet-169",
        "DENSENET",
        depth=169,
        field=3351,
        last_map=(7, 7, 1664),
        accuracy=(75.6, 92.8, "torchvision's weights"),
        landmarks={"dense3": (14, 14, 1280), "transition3": (7, 7, 640), "dense4": (7, 7, 1664)},
    ),
    "densenet201": Row(
        "DenseNet-201",
        "DENSENET",
        depth=201,
        field=3863,
        last_map=(7, 7, 1920),
        accuracy=(76.9, 93.4, "torchvision's weights"),
        landmarks={"dense3": (14, 14, 1792), "transition3": (7, 7, 896), "dense4": (7, 7, 1920)},
    ),
    "densenet264": Row(
        "DenseNet-264",
        "DENSENET",
        depth=265,
        field=5399,
        last_map=(7, 7, 2688),
        landmarks={"dense3": (14, 14, 2304), "transition3": (7, 7, 1152), "dense4": (7, 7, 2688)},
    ),
    "densenet161": Row(
        "DenseNet-161",
        "DENSENET",
        depth=161,
        field=2967,
        last_map=(7, 7, 2208),
        accuracy=(77.1, 93.6, "torchvision's weights"),
        landmarks={"conv1": (112, 112, 96), "dense1": (56, 56, 384), "dense4": (7, 7, 2208)},
    ),
}


def torchvision(name):
    def build(peers, size):
        peer = getattr(peers.models, name)(num_classes=peers.N_CLASSES)
        return peer, peers.weighted(peer)

    return build


PEERS = {"densenet121": Peer(torchvision("densenet121"))}
for name in ("densenet161", "densenet169", "densenet201"):
    PEERS[name] = Peer(torchvision(name), precisions=("float64",))

MISTAKES = {
    "densenet: new maps before the old ones": ("densenet121", "([x, y])", "([y, x])"),
    "densenet: transitions take maxima": (
        "densenet121",
        "layers.AveragePooling2D(2",
        "layers.MaxPooling2D(2",
    ),
    "densenet: no ReLU at the end": (
        "densenet121",
        """    return layers.ReLU(name=last or f"{name}_relu")(x)""",
        """    return x if name == "post" else layers.ReLU(name=last or f"{name}_relu")(x)""",
    ),
}

APPLICATIONS = {
    "densenet121": ("DenseNet121", (65, 64, 3)),
    "densenet169": ("DenseNet169", (65, 64, 3)),
    "densenet201": ("DenseNet201", (65, 64, 3)),
}
APPLICATION_MISTAKES = {"new maps before the old ones": ("densenet121", "([x, y])", "([y, x])")}

NOT_COMPARED = {"densenet264": "as densenet201"}
