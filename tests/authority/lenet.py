"""LeNet-5: what its paper and independent implementations say, typed by hand from them."""

from authority import Row

PAPERS = {
    "LENET": (
        "Gradient-Based Learning Applied to Document Recognition",
        ("Yann LeCun", "Patrick Haffner", 4),
        "1998-11",
        "https://doi.org/10.1109/5.726791",
    ),
    "CAFFE": (
        "Caffe: Convolutional Architecture for Fast Feature Embedding",
        ("Yangqing Jia", "Trevor Darrell", 8),
        "2014-06",
        "1408.5093",
    ),
}

NETWORKS = {
    "lenet_5": Row(
        "LeNet-5",
        "LENET",
        depth=5,
        field=32,
        last_map=(1, 1, 120),
        landmarks={
            "c1": (28, 28, 6),
            "s2": (14, 14, 6),
            "c3": (10, 10, 16),
            "s4": (5, 5, 16),
            "c5": (1, 1, 120),
        },
    ),
    "lenet_caffe": Row(
        "LeNet of Caffe",
        "CAFFE",
        depth=4,
        field=16,
        last_map=(4, 4, 50),
        landmarks={"pool1": (12, 12, 20), "pool2": (4, 4, 50), "ip1": (500,)},
    ),
}
