"""Inputs small enough to run each network in a test, and a way to build one without filling its weights."""

import keras

from keras_cnns.catalog import NETWORKS

SMALL = {network.name: max(32, network.smallest) for network in NETWORKS} | {
    "lenet_caffe": 28,
    "xception": 48,
}


def unfilled(factory, *arguments, **options):
    """Build with shapes only: no weight is drawn, so even VGG takes milliseconds and no memory.

    The optimizer is made outside, for it counts its steps in a variable that has to exist.
    """
    optimizer = keras.optimizers.SGD()
    with keras.StatelessScope(initialize_variables=False):
        return factory(*arguments, opt=optimizer, **options)
