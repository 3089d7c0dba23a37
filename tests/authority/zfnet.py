"""ZFNet: what its paper and independent counts say, typed by hand from them."""

from authority import Row

PAPERS = {
    "ZFNET": (
        "Visualizing and Understanding Convolutional Networks",
        ("Matthew D. Zeiler", "Rob Fergus", 2),
        "2013-11",
        "1311.2901",
    )
}

NETWORKS = {
    "zfnet": Row(
        "ZFNet",
        "ZFNET",
        depth=8,
        field=171,
        last_map=(6, 6, 256),
        landmarks={
            "conv1": (110, 110, 96),
            "pool1": (55, 55, 96),
            "conv2": (26, 26, 256),
            "pool2": (13, 13, 256),
            "conv3": (13, 13, 384),
            "conv5": (13, 13, 256),
            "pool5": (6, 6, 256),
            "fc6": (4096,),
        },
    )
}

# Trainable and other parameters, multiply-adds.
OPTIONS = [("zfnet", {"wide": True}, 107_627_624, 0, 2_476_704_896)]
