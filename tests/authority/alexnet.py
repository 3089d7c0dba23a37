"""AlexNet: what its paper and independent implementations say, typed by hand from them."""

from authority import Row

PAPERS = {
    "ALEXNET": (
        "ImageNet Classification with Deep Convolutional Neural Networks",
        ("Alex Krizhevsky", "Geoffrey E. Hinton", 3),
        "2012-12",
        "https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
    ),
    "ONE_WEIRD_TRICK": (
        "One weird trick for parallelizing convolutional neural networks",
        ("Alex Krizhevsky", "Alex Krizhevsky", 1),
        "2014-04",
        "1404.5997",
    ),
}

NETWORKS = {
    "alexnet": Row(
        "AlexNet",
        "ALEXNET",
        depth=8,
        field=195,
        last_map=(6, 6, 256),
        accuracy=(57.1, 80.2, "BVLC's weights for Caffe"),
        landmarks={
            "conv1": (55, 55, 96),
            "pool1": (27, 27, 96),
            "pool2": (13, 13, 256),
            "pool5": (6, 6, 256),
        },
    ),
    "alexnet_owt": Row(
        "AlexNet (one tower)",
        "ONE_WEIRD_TRICK",
        depth=8,
        field=195,
        last_map=(6, 6, 256),
        accuracy=(56.5, 79.1, "torchvision's weights"),
        landmarks={"conv1": (55, 55, 64), "pool2": (13, 13, 192), "pool5": (6, 6, 256), "fc7": (4096,)},
    ),
}

# Trainable and other parameters, multiply-adds.
OPTIONS = [
    ("alexnet", {"groups": 1}, 62378344, 0, 1135256096),
]
