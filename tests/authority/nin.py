"""Network in Network: what its paper and independent implementations say, typed by hand from them."""

from authority import Row

PAPERS = {"NIN": ("Network In Network", ("Min Lin", "Shuicheng Yan", 3), "2013-12", "1312.4400")}

NETWORKS = {
    "nin": Row(
        "Network in Network",
        "NIN",
        depth=12,
        field=195,
        last_map=(6, 6, 1000),
        landmarks={
            "mlpconv1": (54, 54, 96),
            "mlpconv2": (27, 27, 256),
            "mlpconv3": (13, 13, 384),
            "mlpconv4": (6, 6, 1000),
        },
    ),
    "nin_cifar": Row(
        "Network in Network (CIFAR-10)",
        "NIN",
        depth=9,
        field=27,
        last_map=(8, 8, 10),
        landmarks={"mlpconv1": (32, 32, 96), "mlpconv2": (16, 16, 192), "mlpconv3": (8, 8, 10)},
    ),
}
