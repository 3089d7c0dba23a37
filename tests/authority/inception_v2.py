"""Inception-v2 (BN-Inception): what its paper and independent implementations say, typed by hand."""

from authority import Row

PAPERS = {
    "BATCH_NORMALIZATION": (
        "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
        ("Sergey Ioffe", "Christian Szegedy", 2),
        "2015-02",
        "1502.03167",
    )
}

NETWORKS = {
    "inception_v2": Row(
        "Inception-v2",
        "BATCH_NORMALIZATION",
        depth=34,
        field=699,
        last_map=(7, 7, 1024),
        accuracy=(73.9, 91.8, "TF-Slim's weights"),
        landmarks={
            "stem": (28, 28, 192),
            "inception_3a": (28, 28, 256),
            "inception_3b": (28, 28, 320),
            "inception_3c": (14, 14, 576),
            "inception_4a": (14, 14, 576),
            "inception_4b": (14, 14, 576),
            "inception_4c": (14, 14, 576),
            "inception_4d": (14, 14, 576),
            "inception_4e": (7, 7, 1024),
            "inception_5a": (7, 7, 1024),
            "inception_5b": (7, 7, 1024),
        },
    ),
}
