"""Xception: what its paper and independent implementations say, typed by hand from them."""

from authority import Row

PAPERS = {
    "XCEPTION": (
        "Xception: Deep Learning with Depthwise Separable Convolutions",
        ("François Chollet", "François Chollet", 1),
        "2016-10",
        "1610.02357",
    )
}

NETWORKS = {
    "xception": Row(
        "Xception",
        "XCEPTION",
        depth=37,
        field=1083,
        last_map=(10, 10, 2048),
        accuracy=(79.0, 94.5, "the paper"),
        landmarks={
            "entry_module1": (74, 74, 128),
            "entry_module2": (37, 37, 256),
            "entry_module3": (19, 19, 728),
            "middle_module8": (19, 19, 728),
            "exit_module1": (10, 10, 1024),
            "exit_module2": (10, 10, 2048),
        },
    ),
}
