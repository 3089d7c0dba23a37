"""Inception-v3: what its paper and independent implementations say, typed by hand from them."""

from authority import Row

PAPERS = {
    "RETHINKING": (
        "Rethinking the Inception Architecture for Computer Vision",
        ("Christian Szegedy", "Zbigniew Wojna", 5),
        "2015-12",
        "1512.00567",
    )
}

NETWORKS = {
    "inception_v3": Row(
        "Inception-v3",
        "RETHINKING",
        depth=48,
        field=1311,
        last_map=(8, 8, 2048),
        accuracy=(78.0, 93.9, "TF-Slim's weights"),
        landmarks={
            "stem": (35, 35, 192),
            "inception_a1": (35, 35, 256),
            "inception_a3": (35, 35, 288),
            "reduction_a": (17, 17, 768),
            "inception_b4": (17, 17, 768),
            "reduction_b": (8, 8, 1280),
            "inception_c1": (8, 8, 2048),
            "inception_c2": (8, 8, 2048),
        },
    ),
}

# Trainable and other parameters, multiply-adds.
OPTIONS = [
    ("inception_v3", {"aux": True}, 27143152, 36224, 5718899296),
]
