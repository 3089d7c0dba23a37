"""Inception-ResNet: what its paper and independent implementations say, typed by hand from them."""

from authority import Row

NETWORKS = {
    "inception_resnet_v1": Row(
        "Inception-ResNet-v1",
        "INCEPTION_V4",
        depth=93,
        field=1567,
        last_map=(8, 8, 1792),
        accuracy=(78.7, 94.5, "the paper"),
        landmarks={
            "stem": (35, 35, 256),
            "inception_resnet_a5": (35, 35, 256),
            "reduction_a": (17, 17, 896),
            "inception_resnet_b10": (17, 17, 896),
            "reduction_b": (8, 8, 1792),
            "inception_resnet_c5": (8, 8, 1792),
        },
    ),
    "inception_resnet_v2": Row(
        "Inception-ResNet-v2",
        "INCEPTION_V4",
        depth=176,
        field=3039,
        last_map=(8, 8, 1536),
        accuracy=(80.4, 95.3, "TF-Slim's weights"),
        landmarks={
            "stem": (35, 35, 192),
            "inception_a": (35, 35, 320),
            "inception_resnet_a10": (35, 35, 320),
            "reduction_a": (17, 17, 1088),
            "reduction_b": (8, 8, 2080),
            "inception_resnet_b20": (17, 17, 1088),
            "inception_resnet_c10": (8, 8, 2080),
        },
    ),
}
