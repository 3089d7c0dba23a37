"""Inception-v4: what its paper and independent implementations say, typed by hand from them."""

from authority import Row

PAPERS = {
    "INCEPTION_V4": (
        "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning",
        ("Christian Szegedy", "Alex Alemi", 4),
        "2016-02",
        "1602.07261",
    )
}

NETWORKS = {
    "inception_v4": Row(
        "Inception-v4",
        "INCEPTION_V4",
        depth=76,
        field=2071,
        last_map=(8, 8, 1536),
        accuracy=(80.2, 95.2, "TF-Slim's weights"),
        landmarks={
            "stem": (35, 35, 384),
            "inception_a4": (35, 35, 384),
            "reduction_a": (17, 17, 1024),
            "inception_b7": (17, 17, 1024),
            "reduction_b": (8, 8, 1536),
            "inception_c3": (8, 8, 1536),
        },
    ),
}

# Trainable and other parameters, multiply-adds.
OPTIONS = [
    ("inception_v4", {"aux": True}, 46006800, 64960, 12260477024),
]
