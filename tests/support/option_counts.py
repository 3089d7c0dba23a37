"""What networks with options count: the one place where tests have these numbers."""

# The network, its options, trainable and other parameters, multiply-adds. The tests of the catalogue and of
# `profile` count them in two ways; torchvision has the stride on the 3×3, too.
OPTION_COUNTS = [
    ("alexnet", {"groups": 1}, 62_378_344, 0, 1_135_256_096),
    ("resnet50", {"stride_in_3x3": True}, 25_557_032, 53_120, 4_089_184_256),
    ("resnet101", {"stride_in_3x3": True}, 44_549_160, 105_344, 7_801_405_440),
    ("resnet152", {"stride_in_3x3": True}, 60_192_808, 151_424, 11_513_626_624),
    ("inception_v1", {"aux": True}, 13_378_280, 0, 1_591_044_096),
    ("inception_v3", {"aux": True}, 27_143_152, 36_224, 5_718_899_296),
    ("inception_v4", {"aux": True}, 46_006_800, 64_960, 12_260_477_024),
    ("resnet20", {"shortcut": "projection"}, 272_474, 1_568, 40_813_184),
    ("resnet20", {"shortcut": "none"}, 269_722, 1_376, 40_551_040),
]
