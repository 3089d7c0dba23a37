"""Wide ResNet: what its paper and independent implementations say, typed by hand from them."""

from dataclasses import replace

from authority import Peer, Row

PAPERS = {
    "WIDE_RESNET": (
        "Wide Residual Networks",
        ("Sergey Zagoruyko", "Nikos Komodakis", 2),
        "2016-05",
        "1605.07146",
    )
}


def cifar(title, depth, field, units, times):
    """Table 1 of the paper; it counts the projections, which no path from image to classes has all of."""
    widths = zip((32, 16, 8), (16, 32, 64), (2, 3, 4))
    landmarks = {f"conv{stage}_{units}": (side, side, width * times) for side, width, stage in widths}
    last = (8, 8, 64 * times)
    return Row(title, "WIDE_RESNET", depth=depth, field=field, last_map=last, landmarks=landmarks)


def imagenet(title, depth, field, units, accuracy):
    landmarks = {"conv3_4": (28, 28, 512), f"conv4_{units}": (14, 14, 1024), "conv5_3": (7, 7, 2048)}
    row = Row(title, "WIDE_RESNET", depth=depth, field=field, last_map=(7, 7, 2048), landmarks=landmarks)
    return replace(row, accuracy=(*accuracy, "torchvision's weights"))


NETWORKS = {
    "wrn16_8": cifar("WRN-16-8 (CIFAR-10)", 14, 53, 2, 8),
    "wrn28_10": cifar("WRN-28-10 (CIFAR-10)", 26, 109, 4, 10),
    "wrn40_4": cifar("WRN-40-4 (CIFAR-10)", 38, 165, 6, 4),
    "wrn50_2": imagenet("WRN-50-2", 50, 427, 6, (78.5, 94.1)),
    "wrn101_2": imagenet("WRN-101-2", 101, 971, 23, (78.8, 94.3)),
}

PEERS = {
    "wrn50_2": Peer(lambda peers, size: peers.torchvision_resnet("wide_resnet50_2")),
    "wrn101_2": Peer(
        lambda peers, size: peers.torchvision_resnet("wide_resnet101_2"), precisions=("float64",)
    ),
}
MISTAKES = {
    "wide_resnet: no ReLU after the addition": (
        "wrn50_2",
        'layers.ReLU(name=name)(layers.Add(name=f"{name}_add")([x, y]))',
        "layers.Add(name=name)([x, y])",
    ),
    "wide_resnet: stride on the first 1x1": (
        "wrn50_2",
        """padded_conv(x, width, 1, 1, f"{name}_1"), f"{name}_1")
    y = norm_relu(padded_conv(y, width, 3, strides, f""",
        """padded_conv(x, width, 1, strides, f"{name}_1"), f"{name}_1")
    y = norm_relu(padded_conv(y, width, 3, 1, f""",
    ),
}

# The code of all three for CIFAR is that of wrn16_8, whose units are compared with the paper's in NumPy.
NOT_COMPARED = dict.fromkeys(("wrn28_10", "wrn40_4"), "as wrn16_8")
