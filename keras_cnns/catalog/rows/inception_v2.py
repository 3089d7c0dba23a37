"""Inception-v2 (BN-Inception): the paper, the exact counts, and what to see in the pictures."""

from keras_cnns.catalog.network import IMAGENET, TF_SLIM, Network
from keras_cnns.catalog.papers import Paper

BATCH_NORMALIZATION = Paper(
    "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
    "Sergey Ioffe, Christian Szegedy",
    "ICML 2015",
    "2015-02",
    "1502.03167",
)

# fmt: off
NETWORKS = (
    Network(
        name="inception_v2", title="Inception-v2", module="inception_v2", paper=BATCH_NORMALIZATION,
        family="inception", in_shape=IMAGENET, smallest=1, sensible=33,
        trainable=11_178_336, non_trainable=19_904, macs=1_934_857_216,
        checked_against="TF-Slim's inception_v2",
        introduced="Batch normalization: higher learning rates, fewer steps, no dropout.",
        top1=73.9, top5=91.8, top1_source=TF_SLIM,
        see=(
            "Every convolution has batch normalization, here for the first time: each map is shifted and "
            "scaled to a common range, so that training bears far higher rates. The 5×5 window has become "
            "two of 3×3. The orange “Reduction” panels halve the maps inside a module, with stride and "
            "pooling side by side."
        ),
    ),
)
# fmt: on

# Other names that people use; spelling does not matter.
ALIASES = {"bn_inception": "inception_v2"}
