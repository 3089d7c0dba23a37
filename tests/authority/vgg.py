"""VGG: what its paper and independent implementations say, typed by hand from them."""

from authority import Row

PAPERS = {
    "VGG": (
        "Very Deep Convolutional Networks for Large-Scale Image Recognition",
        ("Karen Simonyan", "Andrew Zisserman", 2),
        "2014-09",
        "1409.1556",
    )
}

NETWORKS = {
    "vgg11": Row("VGG-11", "VGG", depth=11, field=150, last_map=(7, 7, 512)),
    "vgg13": Row("VGG-13", "VGG", depth=13, field=156, last_map=(7, 7, 512)),
    "vgg16": Row(
        "VGG-16",
        "VGG",
        depth=16,
        field=212,
        last_map=(7, 7, 512),
        accuracy=(71.6, 90.4, "torchvision's weights"),
        landmarks={
            "conv1_2": (224, 224, 64),
            "pool1": (112, 112, 64),
            "conv4_3": (28, 28, 512),
            "pool5": (7, 7, 512),
        },
    ),
    "vgg19": Row(
        "VGG-19",
        "VGG",
        depth=19,
        field=268,
        last_map=(7, 7, 512),
        accuracy=(72.4, 90.9, "torchvision's weights"),
        landmarks={"conv5_4": (14, 14, 512), "pool5": (7, 7, 512), "fc6": (4096,), "fc7": (4096,)},
    ),
}
