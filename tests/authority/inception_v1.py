"""Inception-v1 (GoogLeNet): what its paper and independent implementations say, typed by hand from them."""

from authority import Row

PAPERS = {
    "GOOGLENET": (
        "Going Deeper with Convolutions",
        ("Christian Szegedy", "Andrew Rabinovich", 9),
        "2014-09",
        "1409.4842",
    )
}

NETWORKS = {
    "inception_v1": Row(
        "Inception-v1",
        "GOOGLENET",
        depth=22,
        field=715,
        last_map=(7, 7, 1024),
        accuracy=(68.7, 88.9, "BVLC's weights for Caffe"),
        landmarks={
            "stem": (28, 28, 192),
            "inception_3a": (28, 28, 256),
            "inception_3b": (28, 28, 480),
            "inception_4a": (14, 14, 512),
            "inception_4d": (14, 14, 528),
            "inception_4e": (14, 14, 832),
            "inception_5a": (7, 7, 832),
            "inception_5b": (7, 7, 1024),
        },
    ),
    "inception_net": Row(
        "Inception-v1 (training graph)", "GOOGLENET", depth=22, field=715, last_map=(7, 7, 1024)
    ),
}

# Trainable and other parameters, multiply-adds.
OPTIONS = [
    ("inception_v1", {"aux": True}, 13378280, 0, 1591044096),
]
