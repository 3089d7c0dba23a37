"""ResNet for CIFAR-10: what its paper and independent implementations say, typed by hand from them."""

from authority import Row

NETWORKS = {
    "resnet20": Row(
        "ResNet-20 (CIFAR-10)",
        "RESNET",
        depth=20,
        field=81,
        last_map=(8, 8, 64),
        landmarks={
            "conv1": (32, 32, 16),
            "conv2_3": (32, 32, 16),
            "conv3_3": (16, 16, 32),
            "conv4_3": (8, 8, 64),
        },
    ),
    "resnet32": Row("ResNet-32 (CIFAR-10)", "RESNET", depth=32, field=137, last_map=(8, 8, 64)),
    "resnet44": Row("ResNet-44 (CIFAR-10)", "RESNET", depth=44, field=193, last_map=(8, 8, 64)),
    "resnet56": Row("ResNet-56 (CIFAR-10)", "RESNET", depth=56, field=249, last_map=(8, 8, 64)),
    "resnet110": Row(
        "ResNet-110 (CIFAR-10)",
        "RESNET",
        depth=110,
        field=501,
        last_map=(8, 8, 64),
        landmarks={"conv2_18": (32, 32, 16), "conv3_18": (16, 16, 32), "conv4_18": (8, 8, 64)},
    ),
}

# Trainable and other parameters, multiply-adds.
OPTIONS = [
    ("resnet20", {"shortcut": "projection"}, 272474, 1568, 40813184),
    ("resnet20", {"shortcut": "none"}, 269722, 1376, 40551040),
]

# The code of all of them is that of resnet20, whose blocks are compared with the paper's formulas in NumPy.
NOT_COMPARED = {f"resnet{depth}": "as resnet20" for depth in (32, 44, 56, 110)}
