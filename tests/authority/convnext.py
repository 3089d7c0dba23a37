"""ConvNeXt: what its paper and independent implementations say, typed by hand from them."""

from authority import Peer, Row

PAPERS = {"CONVNEXT": ("A ConvNet for the 2020s", ("Zhuang Liu", "Saining Xie", 6), "2022-01", "2201.03545")}

NETWORKS = {
    "convnext_tiny": Row(
        "ConvNeXt-T",
        "CONVNEXT",
        depth=59,
        field=1688,
        last_map=(7, 7, 768),
        accuracy=(82.1, None, "the paper"),
        landmarks={
            "stem": (56, 56, 96),
            "stage1_3": (56, 56, 96),
            "downsample2": (28, 28, 192),
            "stage2_3": (28, 28, 192),
            "stage3_9": (14, 14, 384),
            "stage4_3": (7, 7, 768),
        },
    ),
    "convnext_small": Row(
        "ConvNeXt-S",
        "CONVNEXT",
        depth=113,
        field=3416,
        last_map=(7, 7, 768),
        accuracy=(83.1, None, "the paper"),
        landmarks={
            "stem": (56, 56, 96),
            "stage1_3": (56, 56, 96),
            "downsample2": (28, 28, 192),
            "stage2_3": (28, 28, 192),
            "stage3_27": (14, 14, 384),
            "stage4_3": (7, 7, 768),
        },
    ),
    "convnext_base": Row(
        "ConvNeXt-B",
        "CONVNEXT",
        depth=113,
        field=3416,
        last_map=(7, 7, 1024),
        accuracy=(83.8, None, "the paper"),
        landmarks={
            "stem": (56, 56, 128),
            "stage1_3": (56, 56, 128),
            "downsample2": (28, 28, 256),
            "stage2_3": (28, 28, 256),
            "stage3_27": (14, 14, 512),
            "stage4_3": (7, 7, 1024),
        },
    ),
}


def torchvision(name):
    def build(peers, size):
        peer = getattr(peers.models, name)(num_classes=peers.N_CLASSES)
        for block in [module for module in peer.modules() if hasattr(module, "layer_scale")]:
            block.block[4] = peers.RoundedGELU()
        return peer, peers.weighted(peer)

    return build


PEERS = {
    "convnext_tiny": Peer(torchvision("convnext_tiny")),
    "convnext_small": Peer(torchvision("convnext_small"), precisions=("float64",)),
    "convnext_base": Peer(torchvision("convnext_base"), precisions=("float64",)),
}

MISTAKES = {
    "convnext: branches without their factors": ("convnext_tiny", "x * self.gamma", "x + 0 * self.gamma"),
    "convnext: ReLU for GELU": ("convnext_tiny", '"gelu"', '"relu"'),
    "convnext: shortcut around nothing": ("convnext_tiny", "(name=name)([x, y])", "(name=name)([y, y])"),
}

# Theirs can normalize the images in front.
PLAIN = {"include_preprocessing": False}
APPLICATIONS = {
    "convnext_tiny": ("ConvNeXtTiny", (65, 64, 3), {}, PLAIN),
    "convnext_small": ("ConvNeXtSmall", (65, 64, 3), {}, PLAIN),
    "convnext_base": ("ConvNeXtBase", (65, 64, 3), {}, PLAIN),
}
APPLICATION_MISTAKES = {
    "branches without their factors": ("convnext_tiny", "x * self.gamma", "x + 0 * self.gamma")
}
