"""ShuffleNet: what its paper and the authors' counts say, typed by hand from them."""

from authority import Row

PAPERS = {
    "SHUFFLENET": (
        "ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices",
        ("Xiangyu Zhang", "Jian Sun", 4),
        "2017-07",
        "1707.01083",
    )
}

NETWORKS = {
    "shufflenet": Row(
        "ShuffleNet",
        "SHUFFLENET",
        depth=50,
        field=527,
        last_map=(7, 7, 960),
        accuracy=(67.4, None, "the paper"),
        landmarks={
            "conv1": (112, 112, 24),
            "pool1": (56, 56, 24),
            "stage2_4": (28, 28, 240),
            "stage3_8": (14, 14, 480),
            "stage4_4": (7, 7, 960),
        },
    )
}

# Trainable and other parameters, multiply-adds.
OPTIONS = [
    ("shufflenet", {"groups": 1}, 1_531_936, 14_688, 143_078_976),
    ("shufflenet", {"groups": 2}, 1_733_848, 20_400, 140_836_512),
    ("shufflenet", {"groups": 4}, 1_968_344, 27_744, 134_339_776),
    ("shufflenet", {"groups": 8}, 2_434_768, 39_168, 138_365_952),
]
