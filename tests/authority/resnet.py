"""ResNet: what its paper and independent implementations say, typed by hand from them."""

from authority import Row

PAPERS = {
    "RESNET": (
        "Deep Residual Learning for Image Recognition",
        ("Kaiming He", "Jian Sun", 4),
        "2015-12",
        "1512.03385",
    )
}

NETWORKS = {
    "resnet18": Row(
        "ResNet-18",
        "RESNET",
        depth=18,
        field=435,
        last_map=(7, 7, 512),
        accuracy=(69.8, 89.1, "torchvision's weights"),
        landmarks={
            "conv1": (112, 112, 64),
            "conv2_2": (56, 56, 64),
            "conv3_2": (28, 28, 128),
            "conv4_2": (14, 14, 256),
            "conv5_2": (7, 7, 512),
        },
    ),
    "resnet34": Row(
        "ResNet-34",
        "RESNET",
        depth=34,
        field=899,
        last_map=(7, 7, 512),
        accuracy=(73.3, 91.4, "torchvision's weights"),
        landmarks={"conv2_3": (56, 56, 64), "conv3_4": (28, 28, 128), "conv4_6": (14, 14, 256)},
    ),
    "resnet50": Row(
        "ResNet-50",
        "RESNET",
        depth=50,
        field=483,
        last_map=(7, 7, 2048),
        accuracy=(75.3, 92.2, "the authors' weights for Caffe"),
        landmarks={
            "conv2_3": (56, 56, 256),
            "conv3_4": (28, 28, 512),
            "conv4_6": (14, 14, 1024),
            "conv5_3": (7, 7, 2048),
        },
    ),
    "resnet101": Row(
        "ResNet-101",
        "RESNET",
        depth=101,
        field=1027,
        last_map=(7, 7, 2048),
        accuracy=(76.4, 92.9, "the authors' weights for Caffe"),
        landmarks={"conv3_4": (28, 28, 512), "conv4_23": (14, 14, 1024), "conv5_3": (7, 7, 2048)},
    ),
    "resnet152": Row(
        "ResNet-152",
        "RESNET",
        depth=152,
        field=1507,
        last_map=(7, 7, 2048),
        accuracy=(77.0, 93.3, "the authors' weights for Caffe"),
        landmarks={"conv3_8": (28, 28, 512), "conv4_36": (14, 14, 1024), "conv5_3": (7, 7, 2048)},
    ),
}

# Trainable and other parameters, multiply-adds.
OPTIONS = [
    ("resnet50", {"stride_in_3x3": True}, 25557032, 53120, 4089184256),
    ("resnet101", {"stride_in_3x3": True}, 44549160, 105344, 7801405440),
    ("resnet152", {"stride_in_3x3": True}, 60192808, 151424, 11513626624),
]
